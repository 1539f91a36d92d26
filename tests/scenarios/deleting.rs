//! An account is deleted: nothing of it is left here, and the others are notified as far as possible.

use std::fs;

use conclave_engine::api::{AppState, Error, GroupHealth, MembershipKind, NewAccount, Service};
use conclave_tests::{Person, oracle, story};
use conclave_vault::{ItemName, Vault as _};

/// The file that marks a deletion that has begun.
fn mark(person: &Person) -> std::path::PathBuf {
    person.store_file().with_file_name("deleting")
}

/// No store files, no keys, no mark.
fn assert_nothing_is_left_of(person: &Person) {
    let folder = person.store_file();
    let folder = folder.parent().expect("it is in a folder");
    let names =
        fs::read_dir(folder).expect("the folder is there").map(|file| file.expect("it is read").file_name());
    assert_eq!(names.collect::<Vec<_>>(), Vec::<std::ffi::OsString>::new());
    assert_eq!(person.vault().list().expect("the vault is open"), []);
}

#[test]
fn a_deleted_account_left_its_groups_and_leaves_nothing_behind() {
    story(2201, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        alice.creates("Notes", &[]).await;
        world.quiet().await;
        alice.says(&group, "so long").await;
        world.quiet().await;
        assert_eq!(alice.engine.delete_account("alice".to_owned()).await, Ok(AppState::FirstRun));
        assert_eq!(alice.engine.app_state().await, Ok(AppState::FirstRun));
        assert_eq!(alice.engine.groups().await, Err(Error::NoAccount));
        assert_nothing_is_left_of(&alice);
        world.quiet().await;
        assert_eq!(bob.roster(&group).await, ["bob", "carol"], "the heir is first");
        assert!(bob.changes(&group).await.contains(&MembershipKind::Left));
        assert_eq!(carol.reads(&group).await, ["so long"]);
        oracle::agree(&group, &[&bob, &carol]).await;
    });
}

#[test]
fn the_name_stays_taken_and_another_makes_a_new_account() {
    story(2202, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        assert_eq!(alice.engine.delete_account("alice".to_owned()).await, Ok(AppState::FirstRun));
        let again = alice.engine.create_account(NewAccount::new("alice", Service::Own)).await;
        assert_eq!(again, Err(Error::HandleTaken), "the key of that name is gone");
        alice.engine.create_account(NewAccount::new("alice2", Service::Own)).await.expect("a new account");
        assert!(alice.engine.groups().await.expect("the list is there").is_empty());
        world.settle().await;
        let group = alice.creates("Quay", &[&bob]).await;
        alice.says(&group, "it is me").await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["it is me"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn another_name_deletes_nothing() {
    story(2203, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        for name in ["bob", "", "Alice"] {
            assert_eq!(alice.engine.delete_account(name.to_owned()).await, Err(Error::OtherAccount));
        }
        alice.says(&group, "still here").await;
        world.quiet().await;
        assert!(!mark(&alice).exists());
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn without_a_connection_it_is_deleted_all_the_same_and_the_others_can_remove_it() {
    story(2204, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.network().cut();
        world.settle().await;
        assert_eq!(bob.engine.delete_account("bob".to_owned()).await, Ok(AppState::FirstRun));
        assert_nothing_is_left_of(&bob);
        world.quiet().await;
        assert_eq!(alice.roster(&group).await, ["alice", "bob"]);
        alice.removes(&group, &bob).await;
        world.quiet().await;
        assert_eq!(alice.roster(&group).await, ["alice"]);
        assert_eq!(alice.sees(&group).await.health, GroupHealth::Healthy);
    });
}

#[test]
fn nobody_is_waited_for_for_ever() {
    story(2205, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.stop().await;
        assert_eq!(alice.engine.delete_account("alice".to_owned()).await, Ok(AppState::FirstRun));
        assert_nothing_is_left_of(&alice);
        // The request waits in the log: he commits it when he comes.
        bob.start().await;
        world.quiet().await;
        assert_eq!(bob.roster(&group).await, ["bob"]);
    });
}

#[test]
fn a_keychain_that_locks_on_the_way_holds_the_deletion_up_and_no_account_is_open() {
    story(2206, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.network().cut();
        world.settle().await;
        alice.vault().set_available(false);
        assert_eq!(alice.engine.delete_account("alice".to_owned()).await, Ok(AppState::Deleting));
        assert_eq!(alice.engine.groups().await, Err(Error::NoAccount));
        let another = alice.engine.create_account(NewAccount::new("zoe", Service::Own)).await;
        assert_eq!(another, Err(Error::DiskUnavailable));
        assert_eq!(alice.engine.unlock().await, Ok(AppState::Deleting), "it is still locked");
        alice.restart().await;
        assert_eq!(alice.engine.app_state().await, Ok(AppState::Deleting));
        alice.vault().set_available(true);
        assert_eq!(alice.engine.unlock().await, Ok(AppState::FirstRun));
        assert_nothing_is_left_of(&alice);
    });
}

/// Where a deletion was interrupted, and what removes everything deleted by then.
type Point<'a> = (&'a str, &'a dyn Fn(&Person));

/// Killed at each point of a deletion: the next start finds what is durable then.
#[test]
fn a_deletion_that_was_interrupted_is_finished_at_the_next_start() {
    let delete = |person: &Person, item: &str| {
        person.vault().delete(&ItemName::new(item).expect("a name")).expect("the vault is open");
    };
    let begun = |_: &Person| {};
    let store_key_gone = |person: &Person| delete(person, "store/key");
    let keys_gone = |person: &Person| {
        for item in person.vault().list().expect("the vault is open") {
            person.vault().delete(&item).expect("the vault is open");
        }
    };
    let half_the_store_gone = |person: &Person| {
        delete(person, "store/key");
        fs::remove_file(person.store_file()).expect("it is there");
    };
    let points: [Point<'_>; 4] = [
        ("begun", &begun),
        ("without the store's key", &store_key_gone),
        ("without keys", &keys_gone),
        ("without the database", &half_the_store_gone),
    ];
    for (at, (point, gone_by_then)) in points.into_iter().enumerate() {
        let seed = 2210 + u64::try_from(at).expect("four of them");
        story(seed, move |world| async move {
            let [mut alice, bob] = world.people(["alice", "bob"]).await;
            alice.creates("Harbour", &[&bob]).await;
            world.quiet().await;
            alice.stop().await;
            fs::write(mark(&alice), "").expect("the folder can be written");
            gone_by_then(&alice);
            alice.start().await;
            assert_eq!(alice.engine.app_state().await, Ok(AppState::FirstRun), "{point}");
            assert_nothing_is_left_of(&alice);
            let new = NewAccount::new("zoe", Service::Own);
            alice.engine.create_account(new).await.expect("there is room for a new account");
        });
    }
}
