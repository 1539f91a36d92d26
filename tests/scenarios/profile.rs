//! A profile's keychain and folder.

use conclave_engine::api::{AppState, Error};
use conclave_tests::{oracle, story};

#[test]
fn a_locked_keychain_is_said_and_changes_nothing() {
    story(801, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.stop().await;
        let before = std::fs::read(alice.store_file()).expect("the store is there");
        alice.vault().set_available(false);
        alice.start().await;
        assert_eq!(alice.engine.app_state().await, Ok(AppState::KeychainLocked));
        assert_eq!(alice.engine.groups().await, Err(Error::KeychainLocked));
        assert_eq!(alice.engine.unlock().await, Ok(AppState::KeychainLocked));
        assert_eq!(std::fs::read(alice.store_file()).expect("the store is there"), before);
        bob.says(&group, "are you there?").await;
        world.quiet().await;
        alice.vault().set_available(true);
        assert!(matches!(alice.engine.unlock().await, Ok(AppState::Ready { .. })));
        world.settle().await;
        alice.says(&group, "now I am").await;
        world.quiet().await;
        assert_eq!(alice.reads(&group).await, ["are you there?", "now I am"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_keychain_that_locks_under_way_holds_up_and_loses_nothing() {
    story(802, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        world.settle().await;
        // Bob's keychain locks before he is added: the Welcome waits in the inbox.
        bob.vault().set_available(false);
        let group = alice.creates("Harbour", &[&bob]).await;
        alice.says(&group, "welcome").await;
        world.quiet().await;
        assert!(bob.engine.groups().await.expect("the list is there").is_empty());
        bob.vault().set_available(true);
        bob.restart().await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["welcome"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_keychain_locked_at_the_first_run_makes_no_account() {
    story(803, |world| async move {
        let alice = world.newcomer("alice").await;
        alice.vault().set_available(false);
        let new = conclave_engine::api::NewAccount::new("alice", conclave_engine::api::Service::Own);
        assert_eq!(alice.engine.create_account(new.clone()).await, Err(Error::KeychainLocked));
        alice.vault().set_available(true);
        alice.engine.create_account(new).await.expect("the second try");
        assert!(matches!(alice.engine.app_state().await, Ok(AppState::Ready { .. })));
    });
}

#[test]
fn a_profile_is_open_once() {
    story(804, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.settle().await;
        let second = alice.second_engine().await;
        assert_eq!(second.app_state().await, Ok(AppState::ProfileInUse));
        assert!(second.groups().await.is_err());
        alice.says(&group, "still here").await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob]).await;
        alice.engine.close().await;
        world.settle().await;
        assert!(matches!(second.unlock().await, Ok(AppState::Ready { .. })));
        assert_eq!(second.groups().await.expect("the list is there").len(), 1);
    });
}

#[test]
fn a_damaged_store_is_kept_aside_and_said() {
    story(805, |world| async move {
        let [mut alice] = world.people(["alice"]).await;
        alice.creates("Notes", &[]).await;
        world.settle().await;
        alice.stop().await;
        std::fs::write(alice.store_file(), b"not a database").expect("the folder can be written");
        alice.start().await;
        let state = alice.engine.app_state().await.expect("the engine is open");
        assert!(matches!(state, AppState::StoreDamaged { .. }), "{state:?}");
        assert!(alice.vault().operations() > 0);
    });
}

#[test]
fn a_store_without_its_key_is_left_as_it_is() {
    story(806, |world| async move {
        let [mut alice] = world.people(["alice"]).await;
        alice.stop().await;
        let before = std::fs::read(alice.store_file()).expect("the store is there");
        let item = conclave_vault::ItemName::new("store/key").expect("a valid name");
        conclave_vault::Vault::delete(alice.vault(), &item).expect("the vault is open");
        alice.start().await;
        assert_eq!(alice.engine.app_state().await, Ok(AppState::StoreDamaged { kept_as: None }));
        assert_eq!(std::fs::read(alice.store_file()).expect("the store is there"), before);
    });
}
