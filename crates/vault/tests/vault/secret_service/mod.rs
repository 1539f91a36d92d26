//! The real Secret Service: found, absent and unavailable, each in a private session (see `session`).

mod probe;
mod session;

use probe::Probe;
use session::{Session, at_home, home};

fn probe_in(session: &Session<'_>) -> Probe {
    Probe::start(|program| session.command(program))
}

fn assert_unavailable(answer: &str, reason: &str) {
    assert!(answer.starts_with(&format!("unavailable {reason}")), "{answer}");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn it_conforms() {
    let home = home();
    let session = Session::start(home.path());
    let _keyring = session.unlocked_keyring("pw");
    let mut probe = probe_in(&session);
    assert_eq!(probe.ask("open alice"), "opened");
    assert_eq!(probe.ask("conform"), "conforms");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn profiles_do_not_see_each_other() {
    let home = home();
    let session = Session::start(home.path());
    let _keyring = session.unlocked_keyring("pw");
    let (mut alice, mut bob) = (probe_in(&session), probe_in(&session));
    assert_eq!(alice.ask("open alice"), "opened");
    assert_eq!(bob.ask("open bob"), "opened");
    assert_eq!(alice.ask("put key a"), "put");
    assert_eq!(bob.ask("get key"), "absent");
    assert_eq!(bob.ask("list"), "");
    assert_eq!(bob.ask("delete key"), "deleted");
    assert_eq!(alice.ask("get key"), "found a");
    assert_eq!(alice.ask("list"), "key;");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn items_persist_over_processes_and_sessions() {
    let home = home();
    {
        let session = Session::start(home.path());
        let _keyring = session.unlocked_keyring("pw");
        let mut probe = probe_in(&session);
        assert_eq!(probe.ask("open alice"), "opened");
        assert_eq!(probe.ask("put key a"), "put");
        drop(probe);
        let mut again = probe_in(&session);
        assert_eq!(again.ask("open-existing alice"), "opened");
        assert_eq!(again.ask("get key"), "found a");
    }
    let session = Session::start(home.path());
    let _keyring = session.unlocked_keyring("pw");
    let mut probe = probe_in(&session);
    assert_eq!(probe.ask("open-existing alice"), "opened");
    assert_eq!(probe.ask("get key"), "found a");
    assert_eq!(probe.ask("get other"), "absent");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn no_bus_is_unavailable() {
    let home = home();
    let mut probe = Probe::start(|program| at_home(home.path(), program));
    assert_unavailable(&probe.ask("open alice"), "NoService");
    assert_unavailable(&probe.ask("open-existing alice"), "NoService");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn a_failed_start_does_not_stick() {
    let home = home();
    let session = Session::bare(home.path());
    let mut probe = probe_in(&session);
    assert_unavailable(&probe.ask("open alice"), "NoService");
    let _keyring = session.unlocked_keyring("pw");
    assert_eq!(probe.ask("open alice"), "opened");
    assert_eq!(probe.ask("put key a"), "put");
    assert_eq!(probe.ask("get key"), "found a");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn a_locked_keyring_is_unavailable_until_it_is_unlocked() {
    let home = home();
    {
        let session = Session::start(home.path());
        let _keyring = session.unlocked_keyring("pw");
        let mut probe = probe_in(&session);
        assert_eq!(probe.ask("open alice"), "opened");
        assert_eq!(probe.ask("put key a"), "put");
    }
    let session = Session::start(home.path());
    let _keyring = session.locked_keyring();
    let mut probe = probe_in(&session);
    assert_unavailable(&probe.ask("open-existing alice"), "Locked");
    assert_unavailable(&probe.ask("open alice"), "Locked");
    assert!(!session.unlock("wrong"));
    assert_unavailable(&probe.ask("open-existing alice"), "Locked");
    assert!(session.unlock("pw"));
    assert_eq!(probe.ask("open-existing alice"), "opened");
    assert_eq!(probe.ask("get key"), "found a");
    assert_eq!(probe.ask("get other"), "absent");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn a_keyring_locked_while_open_is_not_taken_for_empty() {
    let home = home();
    let session = Session::start(home.path());
    let _keyring = session.unlocked_keyring("pw");
    let mut probe = probe_in(&session);
    assert_eq!(probe.ask("open alice"), "opened");
    assert_eq!(probe.ask("put key a"), "put");
    session.lock();
    for request in ["get key", "get other", "put key b", "put other b", "delete key", "delete other", "list"]
    {
        assert_unavailable(&probe.ask(request), "Locked");
    }
    assert!(session.unlock("pw"));
    assert_eq!(probe.ask("get key"), "found a");
    assert_eq!(probe.ask("get other"), "absent");
    assert_eq!(probe.ask("list"), "key;");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn a_service_that_was_restarted_serves_the_open_vault_again() {
    let home = home();
    let session = Session::bare(home.path());
    let keyring = session.unlocked_keyring("pw");
    let mut probe = probe_in(&session);
    assert_eq!(probe.ask("open alice"), "opened");
    assert_eq!(probe.ask("put key a"), "put");
    session.stop(keyring);
    assert_unavailable(&probe.ask("get key"), "NoService");
    let _keyring = session.unlocked_keyring("pw");
    assert_eq!(probe.ask("get key"), "found a");
}

#[test]
#[ignore = "needs dbus-daemon and gnome-keyring; cargo xtask test runs it"]
fn another_backend_is_unavailable_not_empty() {
    let (first, second) = (home(), home());
    {
        let session = Session::start(first.path());
        let _keyring = session.unlocked_keyring("pw");
        assert_eq!(probe_in(&session).ask("open alice"), "opened");
    }
    let session = Session::start(second.path());
    let _keyring = session.unlocked_keyring("pw");
    assert_unavailable(&probe_in(&session).ask("open-existing alice"), "OtherBackend");
}
