//! Two people want something at the same time: one commit wins, and both intents are carried out.

use conclave_engine::api::{GroupHealth, MembershipKind};
use conclave_protocol::wire::client_frame::Body;
use conclave_tests::network::Way;
use conclave_tests::{Person, oracle, story};

/// Holds this person's commits on the way; everything else passes.
fn holds_commits(person: &Person) {
    person.network().upstream(|frame| match &frame.body {
        Some(Body::SubmitCommit(_)) => Way::Hold,
        _ => Way::Pass,
    });
}

#[test]
fn a_renaming_and_a_leaving_race_and_both_happen() {
    story(201, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let before = bob.sees(&group).await.epoch;
        // Alice's commit is built for this epoch, and held; bob commits carol's leaving meanwhile.
        holds_commits(&alice);
        alice.renames(&group, "Quay").await;
        world.settle().await;
        carol.leaves(&group).await;
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.epoch, before + 1, "bob's commit won");
        assert_eq!(bob.sees(&group).await.name, "Harbour");
        alice.network().behave();
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.name, "Quay");
        assert_eq!(carol.sees(&group).await.health, GroupHealth::Left);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn who_lost_unheard_tries_again() {
    story(202, |world| async move {
        let [alice, bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let before = bob.sees(&group).await.epoch;
        // Alice is disconnected in the middle: she built for this epoch, and knows of no other.
        holds_commits(&alice);
        alice.adds(&group, &[&dave]).await;
        world.settle().await;
        alice.network().cut();
        alice.removes(&group, &carol).await;
        bob.leaves(&group).await;
        world.quiet().await;
        assert_eq!(carol.sees(&group).await.epoch, before + 1, "carol carried bob's leaving out");
        alice.network().behave();
        alice.network().mend();
        world.quiet().await;
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Left);
        assert!(matches!(carol.sees(&group).await.health, GroupHealth::Removed { .. }));
        assert_eq!(alice.roster(&group).await, ["alice", "dave"]);
        oracle::agree(&group, &[&alice, &dave]).await;
    });
}

#[test]
fn all_who_joined_renew_their_keys_while_the_owner_changes_the_group() {
    story(203, |world| async move {
        let [alice, bob, carol, dave, erin] = world.people(["alice", "bob", "carol", "dave", "erin"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol, &dave, &erin]).await;
        world.settle().await;
        for (i, person) in [&alice, &bob, &carol, &dave, &erin].into_iter().enumerate() {
            person.says(&group, &format!("hello from {}", person.name())).await;
            alice.renames(&group, &format!("Harbour {i}")).await;
            world.pass(7_000).await;
        }
        world.quiet().await;
        assert_eq!(erin.sees(&group).await.name, "Harbour 4");
        assert_eq!(erin.reads(&group).await.len(), 5);
        let log = alice.log(&group).await.rows;
        let renamed = log.iter().filter(|row| row.change.kind == MembershipKind::Renamed).count();
        assert_eq!(renamed, 5, "each intent was carried out once");
        oracle::agree(&group, &[&alice, &bob, &carol, &dave, &erin]).await;
    });
}

#[test]
fn messages_overtaken_by_a_commit_arrive_all_the_same() {
    story(204, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        bob.network().upstream(|frame| match &frame.body {
            Some(Body::SubmitEntry(_)) => Way::Hold,
            _ => Way::Pass,
        });
        for i in 0..5 {
            bob.says(&group, &format!("on its way {i}")).await;
        }
        world.settle().await;
        // A commit that removes someone makes what was encrypted before it stale.
        alice.removes(&group, &carol).await;
        world.settle().await;
        assert!(alice.reads(&group).await.is_empty());
        bob.network().behave();
        world.quiet().await;
        let expected: Vec<_> = (0..5).map(|i| format!("on its way {i}")).collect();
        assert_eq!(alice.reads(&group).await, expected);
        assert!(carol.reads(&group).await.is_empty(), "it was not meant for her any more");
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
