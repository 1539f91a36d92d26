//! A requested change that can't be made yet is shown, with what it waits for.

use conclave_engine::api::{Event, MembershipKind, NewKeyWaits, WaitingFor};
use conclave_engine::{Events, Received};
use conclave_protocol::clock::Clock as _;
use conclave_protocol::wire::ErrorCode;
use conclave_protocol::wire::client_frame::Body as Ask;
use conclave_tests::network::Way;
use conclave_tests::{DAY_MS, Person, World, oracle, story};

use crate::faults::answers;

/// The waiting changes that somebody is shown: what, whom, and what for.
async fn waiting(person: &Person, group: &str) -> Vec<(MembershipKind, Vec<String>, WaitingFor)> {
    let detail = person.sees(group).await;
    let line = person.line(group).await;
    assert_eq!(
        detail.waiting.first().map(|first| first.since_ms),
        line.waits_since_ms,
        "the list says it too"
    );
    let handles = |people: Vec<conclave_engine::api::Person>| people.into_iter().map(|p| p.handle).collect();
    detail.waiting.into_iter().map(|one| (one.what, handles(one.targets), one.why)).collect()
}

/// What the changes wait for.
async fn why(person: &Person, group: &str) -> Vec<WaitingFor> {
    waiting(person, group).await.into_iter().map(|(_, _, why)| why).collect()
}

/// Holds commits on their way.
fn holds_commits(person: &Person) {
    person.network().upstream(|frame| match &frame.body {
        Some(Ask::SubmitCommit(_)) => Way::Hold,
        _ => Way::Pass,
    });
}

async fn harbour(world: &World) -> ([Person; 3], String) {
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let group = alice.creates("Harbour", &[&bob]).await;
    world.quiet().await;
    assert_eq!(why(&alice, &group).await, []);
    ([alice, bob, carol], group)
}

/// Whether an event since then made the page read the group's line again.
fn told(events: &mut Events, of: &str) -> bool {
    let mut told = false;
    while let Some(heard) = events.try_next() {
        told |= matches!(heard, Received::Event(Event::Group { group }) if group == of);
    }
    told
}

#[test]
fn a_change_without_a_connection_is_shown_until_it_is_done() {
    story(1701, |world| async move {
        let ([mut alice, bob, carol], group) = harbour(&world).await;
        let asked = alice.clock().now().0;
        alice.adds(&group, &[&carol]).await;
        alice.network().cut();
        alice.renames(&group, "Quay").await;
        world.settle().await;
        let expected = [
            (MembershipKind::Added, vec!["carol".to_owned()], WaitingFor::Connection),
            (MembershipKind::Renamed, vec![], WaitingFor::Connection),
        ];
        assert_eq!(waiting(&alice, &group).await, expected);
        assert_eq!(alice.sees(&group).await.waiting[0].since_ms, asked);
        alice.stop().await;
        alice.start().await;
        world.settle().await;
        assert_eq!(waiting(&alice, &group).await, expected, "after a restart too");
        let mut events = alice.engine.events();
        alice.network().mend();
        alice.engine.reconnect().await.expect("it is open");
        world.quiet().await;
        assert!(told(&mut events, &group));
        assert_eq!(why(&alice, &group).await, []);
        assert_eq!(alice.sees(&group).await.waiting_total, 0);
        assert_eq!(bob.sees(&group).await.name, "Quay");
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_change_that_the_service_does_not_answer_is_shown_and_the_next_waits_for_its_turn() {
    story(1702, |world| async move {
        let ([alice, bob, carol], group) = harbour(&world).await;
        holds_commits(&alice);
        alice.renames(&group, "Quay").await;
        alice.removes(&group, &bob).await;
        for _ in 0..9 {
            alice.adds(&group, &[&carol]).await;
        }
        world.settle().await;
        let shown = why(&alice, &group).await;
        assert_eq!((shown.len(), alice.sees(&group).await.waiting_total), (8, 11));
        assert_eq!(shown[0], WaitingFor::Answer);
        assert!(shown[1..].iter().all(|why| *why == WaitingFor::Turn), "{shown:?}");
        // Disconnected before the answer, the outcome is unknown until the log shows it.
        let mut events = alice.engine.events();
        alice.network().cut();
        world.settle().await;
        assert!(told(&mut events, &group), "it waits for something else now");
        assert_eq!(why(&alice, &group).await, vec![WaitingFor::Connection; 8]);
        alice.network().mend();
        alice.network().behave();
        world.quiet().await;
        assert_eq!(why(&alice, &group).await, []);
        oracle::agree(&group, &[&alice, &carol]).await;
    });
}

#[test]
fn a_change_that_a_full_service_puts_off_is_shown() {
    story(1703, |world| async move {
        let ([alice, bob, _], group) = harbour(&world).await;
        let told = answers(&alice, |body| matches!(body, Ask::SubmitCommit(_)), 5, ErrorCode::Busy);
        alice.renames(&group, "Quay").await;
        world.pass(2_000).await;
        assert_eq!(why(&alice, &group).await, [WaitingFor::Busy]);
        world.quiet().await;
        assert_eq!(*told.lock().unwrap(), 5);
        assert_eq!(why(&alice, &group).await, []);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn who_waits_for_key_packages_is_shown() {
    story(1704, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        world.sleep(40 * DAY_MS).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        // The addition waits behind a renaming until its key packages have expired.
        holds_commits(&alice);
        alice.renames(&group, "Quay").await;
        world.settle().await;
        alice.adds(&group, &[&carol]).await;
        world.settle().await;
        alice.network().cut();
        world.sleep(60 * DAY_MS).await;
        alice.network().behave();
        let told = answers(&alice, |body| matches!(body, Ask::ClaimKeyPackages(_)), 3, ErrorCode::Busy);
        alice.network().mend();
        for _ in 0..600 {
            world.pass(100).await;
            if *told.lock().unwrap() > 0 {
                break;
            }
        }
        world.pass(100).await;
        let [(kind, who, WaitingFor::KeyPackages { people, put_off: true })] =
            &waiting(&alice, &group).await[..]
        else {
            panic!("{:?}", waiting(&alice, &group).await);
        };
        assert_eq!(
            (*kind, &who[..], &people[0].handle[..]),
            (MembershipKind::Added, &["carol".to_owned()][..], "carol")
        );
        world.quiet().await;
        assert_eq!(*told.lock().unwrap(), 3);
        assert_eq!(why(&alice, &group).await, []);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

/// Longer than a leaf certificate is valid.
const LEAF_ENDED_MS: u64 = 120 * DAY_MS;

fn new_key(why: NewKeyWaits) -> Vec<WaitingFor> {
    vec![WaitingFor::NewKey { why }]
}

#[test]
fn a_change_that_needs_a_new_signature_key_first_says_what_that_waits_for() {
    story(1705, |world| async move {
        let ([alice, bob, _], group) = harbour(&world).await;
        holds_commits(&alice);
        world.sleep(LEAF_ENDED_MS).await;
        alice.renames(&group, "Quay").await;
        world.settle().await;
        assert_eq!(why(&alice, &group).await, new_key(NewKeyWaits::UnderWay));
        alice.network().cut();
        world.settle().await;
        assert_eq!(why(&alice, &group).await, new_key(NewKeyWaits::Connection));
        alice.network().behave();
        let told = answers(&alice, |body| matches!(body, Ask::SubmitCommit(_)), 6, ErrorCode::Busy);
        alice.network().mend();
        for _ in 0..600 {
            world.pass(100).await;
            if *told.lock().unwrap() > 2 {
                break;
            }
        }
        assert_eq!(why(&alice, &group).await, new_key(NewKeyWaits::Busy));
        world.quiet().await;
        assert_eq!(why(&alice, &group).await, []);
        assert_eq!(bob.sees(&group).await.name, "Quay");
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_new_signature_key_that_is_refused_or_that_the_keychain_does_not_take_is_shown_as_such() {
    story(1706, |world| async move {
        let ([mut alice, bob, _], group) = harbour(&world).await;
        alice.vault().set_available(false);
        world.sleep(LEAF_ENDED_MS).await;
        alice.renames(&group, "Quay").await;
        world.settle().await;
        assert_eq!(why(&alice, &group).await, new_key(NewKeyWaits::Keychain));
        // The service accepts none of the keys made then.
        let told = answers(&alice, |body| matches!(body, Ask::SubmitCommit(_)), 100, ErrorCode::Malformed);
        alice.vault().set_available(true);
        world.quiet().await;
        assert_eq!(why(&alice, &group).await, new_key(NewKeyWaits::Refused));
        assert!(*told.lock().unwrap() >= 9, "it was tried");
        alice.network().behave();
        // With the next start it is tried again.
        alice.restart().await;
        world.quiet().await;
        assert_eq!(why(&alice, &group).await, []);
        assert_eq!(bob.sees(&group).await.name, "Quay");
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn who_wants_to_leave_and_can_not_ask_for_it_yet_is_shown() {
    story(1707, |world| async move {
        let ([alice, mut bob, _], group) = harbour(&world).await;
        bob.network().cut();
        bob.restart().await;
        world.settle().await;
        bob.leaves(&group).await;
        world.settle().await;
        assert_eq!(waiting(&bob, &group).await, [(MembershipKind::Left, vec![], WaitingFor::Connection)]);
        bob.network().mend();
        world.quiet().await;
        assert_eq!(why(&bob, &group).await, []);
        assert_eq!(alice.roster(&group).await, ["alice"]);
    });
}
