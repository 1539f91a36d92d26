//! Welcomes: each is opened exactly once, whatever blocks it, and none replaces a membership.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use conclave_engine::api::{GroupHealth, MembershipKind};
use conclave_protocol::wire::{self, ErrorCode, server_frame};
use conclave_tests::impostor::{welcomes_into, welcomes_into_epoch};
use conclave_tests::network::Fate;
use conclave_tests::{Person, World, oracle, story};
use prost::Message as _;

#[test]
fn a_welcome_under_the_id_of_a_group_takes_nothing_away() {
    story(2001, |world| async move {
        let [alice, mut bob, carol, mallory] = world.people(["alice", "bob", "carol", "mallory"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        alice.says(&group, "before").await;
        world.settle().await;
        welcomes_into(&mallory, &group, &bob).await;
        world.quiet().await;
        assert_eq!(bob.roster(&group).await, ["alice", "bob", "carol"]);
        bob.says(&group, "still here").await;
        world.quiet().await;
        assert_eq!(alice.reads(&group).await, ["before", "still here"]);
        bob.restart().await;
        alice.renames(&group, "Quay").await;
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.name, "Quay");
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        // Other groups are joined as usual.
        let other = carol.creates("Other", &[&bob]).await;
        world.quiet().await;
        oracle::agree(&other, &[&bob, &carol]).await;
    });
}

#[test]
fn who_was_removed_and_welcomed_under_the_same_id_can_be_added_again() {
    story(2002, |world| async move {
        let [alice, bob, mallory] = world.people(["alice", "bob", "mallory"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.removes(&group, &bob).await;
        world.quiet().await;
        // He was removed, so nothing rules it out; but the service has no such log.
        welcomes_into(&mallory, &group, &bob).await;
        world.quiet().await;
        assert_eq!(bob.changes(&group).await, [MembershipKind::Added, MembershipKind::Removed], "it is none");
        alice.adds(&group, &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "welcome back").await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["welcome back"]);
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Healthy);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

/// Withholds a group's log from somebody while it is on; the inbox continues.
fn withholds_logs(person: &Person) -> Arc<AtomicBool> {
    let on = Arc::new(AtomicBool::new(true));
    let withholds = Arc::clone(&on);
    person.network().downstream(move |frame| match &frame.body {
        Some(server_frame::Body::LogEntries(_)) if withholds.load(Ordering::SeqCst) => {
            Fate::Instead(Vec::new())
        }
        _ => Fate::Pass,
    });
    on
}

#[test]
fn one_who_is_added_again_before_the_removal_was_read_sees_both() {
    story(2003, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let withholds = withholds_logs(&bob);
        alice.removes(&group, &bob).await;
        world.settle().await;
        alice.adds(&group, &[&bob]).await;
        world.settle().await;
        alice.removes(&group, &bob).await;
        world.settle().await;
        alice.adds(&group, &[&bob]).await;
        world.settle().await;
        assert_eq!(bob.changes(&group).await, [MembershipKind::Added], "the Welcomes wait");
        bob.restart().await;
        withholds.store(false, Ordering::SeqCst);
        bob.network().blink();
        world.quiet().await;
        use MembershipKind::{Added, Removed};
        assert_eq!(bob.changes(&group).await, [Added, Removed, Added, Removed, Added]);
        bob.says(&group, "what was that?").await;
        world.quiet().await;
        assert_eq!(carol.reads(&group).await, ["what was that?"]);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

/// Somebody who was removed and added again while strangers welcomed them into later epochs.
async fn is_back(world: &World, group: &str, [alice, bob, carol]: [&Person; 3]) {
    alice.says(group, "welcome back").await;
    world.quiet().await;
    bob.says(group, "thanks").await;
    world.quiet().await;
    assert_eq!(bob.reads(group).await, ["welcome back", "thanks"]);
    assert_eq!(bob.sees(group).await.health, GroupHealth::Healthy);
    oracle::agree(group, &[alice, bob, carol]).await;
}

#[test]
fn forged_welcomes_crowd_out_none() {
    story(2006, |world| async move {
        let [alice, bob, carol, mallory] = world.people(["alice", "bob", "carol", "mallory"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        for n in 0..6 {
            welcomes_into_epoch(&mallory, &group, &bob, 20, n).await;
        }
        world.quiet().await;
        bob.network().cut();
        alice.removes(&group, &bob).await;
        world.settle().await;
        alice.adds(&group, &[&bob]).await;
        world.settle().await;
        bob.network().mend();
        world.quiet().await;
        is_back(&world, &group, [&alice, &bob, &carol]).await;
    });
}

#[test]
fn forged_welcomes_crowd_out_none_while_the_log_is_withheld() {
    story(2007, |world| async move {
        let [alice, mut bob, carol, mallory, trudy] =
            world.people(["alice", "bob", "carol", "mallory", "trudy"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let withholds = withholds_logs(&bob);
        for n in 0..6 {
            welcomes_into_epoch(&mallory, &group, &bob, 2 + u32::from(n), n).await;
            welcomes_into_epoch(&trudy, &group, &bob, 20, 0x10 + n).await;
        }
        world.settle().await;
        alice.removes(&group, &bob).await;
        world.settle().await;
        alice.adds(&group, &[&bob]).await;
        world.settle().await;
        for n in 0..6 {
            welcomes_into_epoch(&mallory, &group, &bob, 3 + u32::from(n), 0x20 + n).await;
        }
        world.settle().await;
        bob.restart().await;
        withholds.store(false, Ordering::SeqCst);
        bob.network().blink();
        world.quiet().await;
        is_back(&world, &group, [&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_welcome_into_a_group_that_there_is_not_makes_none() {
    story(2008, |world| async move {
        let [bob, mallory] = world.people(["bob", "mallory"]).await;
        welcomes_into(&mallory, &"5e".repeat(16), &bob).await;
        world.quiet().await;
        assert!(bob.engine.groups().await.expect("a list").is_empty());
    });
}

#[test]
fn a_welcome_that_can_not_be_opened_now_is_opened_later_and_those_after_it_too() {
    story(2004, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        bob.vault().set_available(false);
        let first = alice.creates("First", &[&bob]).await;
        world.settle().await;
        bob.vault().set_available(true);
        let second = carol.creates("Second", &[&bob]).await;
        world.quiet().await;
        bob.vault().set_available(false);
        let third = carol.creates("Third", &[&bob]).await;
        world.settle().await;
        bob.vault().set_available(true);
        bob.restart().await;
        world.quiet().await;
        oracle::agree(&first, &[&alice, &bob]).await;
        oracle::agree(&second, &[&carol, &bob]).await;
        oracle::agree(&third, &[&carol, &bob]).await;
    });
}

/// Enough people for the tree to travel apart from the Welcomes.
const CROWD: usize = 30;

#[test]
fn a_tree_that_is_gone_holds_no_other_welcome_up() {
    story(2005, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let mut crowd = Vec::new();
        for i in 0..CROWD {
            crowd.push(world.person(&format!("p{i:02}")).await);
        }
        bob.network().downstream(|frame| {
            let Some(server_frame::Body::Blob(_)) = &frame.body else { return Fate::Pass };
            let error = wire::Error { code: ErrorCode::NoSuchBlob as i32, ..wire::Error::default() };
            let body = Some(server_frame::Body::Error(error));
            let gone = wire::ServerFrame { request: frame.request, body };
            Fate::Instead(vec![gone.encode_to_vec().into()])
        });
        let guests: Vec<&Person> = crowd.iter().chain([&bob]).collect();
        bob.network().cut();
        let large = alice.creates("Assembly", &guests).await;
        world.settle().await;
        let small = alice.creates("Harbour", &[&bob]).await;
        world.settle().await;
        bob.network().mend();
        world.quiet().await;
        let groups = bob.engine.groups().await.expect("the list is there");
        assert!(groups.iter().all(|group| group.id != large), "its tree never came");
        alice.says(&small, "hello").await;
        world.quiet().await;
        assert_eq!(bob.reads(&small).await, ["hello"]);
        oracle::agree(&small, &[&alice, &bob]).await;
    });
}
