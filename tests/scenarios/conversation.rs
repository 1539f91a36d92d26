//! People make groups, talk, come and go.

use conclave_engine::api::{GroupHealth, MembershipKind};
use conclave_tests::{oracle, story};

#[test]
fn two_people_talk() {
    story(1, |world| async move {
        let (alice, bob) = (world.person("alice").await, world.person("bob").await);
        let group = alice.creates("Harbour", &[&bob]).await;
        world.settle().await;
        alice.says(&group, "hello").await;
        world.settle().await;
        bob.says(&group, "hello yourself").await;
        world.settle().await;
        let talk = [("alice", "hello"), ("bob", "hello yourself")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(alice.texts(&group).await, talk);
        assert_eq!(bob.texts(&group).await, talk);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn three_people_come_go_and_come_again() {
    story(2, |world| async move {
        let (alice, bob, carol) =
            (world.person("alice").await, world.person("bob").await, world.person("carol").await);
        let group = alice.creates("Harbour board", &[]).await;
        world.settle().await;
        alice.adds(&group, &[&bob, &carol]).await;
        world.settle().await;
        bob.says(&group, "one").await;
        world.settle().await;
        alice.removes(&group, &carol).await;
        world.settle().await;
        bob.says(&group, "two").await;
        world.settle().await;
        assert!(matches!(carol.sees(&group).await.health, GroupHealth::Removed { .. }));
        assert_eq!(carol.texts(&group).await.len(), 1);
        alice.adds(&group, &[&carol]).await;
        world.settle().await;
        carol.says(&group, "three").await;
        world.settle().await;
        bob.says(&group, "four").await;
        world.pass(120_000).await;
        assert_eq!(alice.texts(&group).await.len(), 4);
        assert_eq!(carol.texts(&group).await.len(), 3);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        let kinds: Vec<_> = bob.log(&group).await.rows.iter().map(|r| r.change.kind).collect();
        assert!(kinds.contains(&MembershipKind::Removed));
    });
}

#[test]
fn a_quiet_group_goes_on_after_a_restart() {
    story(3, |world| async move {
        let (mut alice, mut bob) = (world.person("alice").await, world.person("bob").await);
        let group = alice.creates("Harbour", &[&bob]).await;
        world.settle().await;
        alice.says(&group, "one").await;
        world.pass(120_000).await;
        alice.restart().await;
        world.settle().await;
        alice.says(&group, "two").await;
        world.settle().await;
        bob.restart().await;
        world.settle().await;
        bob.says(&group, "three").await;
        world.settle().await;
        let said = ["one", "two", "three"];
        assert_eq!(alice.texts(&group).await.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), said);
        oracle::agree(&group, &[&alice, &bob]).await;
        alice.removes(&group, &bob).await;
        world.settle().await;
        assert!(matches!(bob.sees(&group).await.health, GroupHealth::Removed { .. }));
    });
}

#[test]
fn cut_off_for_a_while_everything_is_sent_once() {
    story(4, |world| async move {
        let (mut alice, bob) = (world.person("alice").await, world.person("bob").await);
        let group = alice.creates("Harbour", &[&bob]).await;
        world.pass(120_000).await;
        alice.network().cut();
        alice.says(&group, "queued one").await;
        alice.says(&group, "queued two").await;
        bob.says(&group, "meanwhile").await;
        world.settle().await;
        assert_eq!(bob.texts(&group).await.len(), 1);
        alice.restart().await;
        world.settle().await;
        alice.network().mend();
        world.pass(120_000).await;
        assert_eq!(bob.texts(&group).await.len(), 3);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn whoever_leaves_is_let_go_and_an_owner_has_an_heir() {
    story(5, |world| async move {
        let (alice, bob, carol) =
            (world.person("alice").await, world.person("bob").await, world.person("carol").await);
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.pass(180_000).await;
        carol.leaves(&group).await;
        world.pass(60_000).await;
        assert_eq!(carol.sees(&group).await.health, GroupHealth::Left);
        assert_eq!(alice.roster(&group).await.len(), 2);
        alice.leaves(&group).await;
        world.pass(60_000).await;
        assert_eq!(alice.sees(&group).await.health, GroupHealth::Left);
        assert_eq!(bob.roster(&group).await, ["bob"]);
        bob.engine.rename_group(group.clone(), "Bob's".to_owned()).await.expect("the heir is the owner");
        world.settle().await;
        assert_eq!(bob.sees(&group).await.name, "Bob's");
        bob.leaves(&group).await;
        world.settle().await;
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Left);
    });
}

#[test]
fn two_changes_at_once_both_happen() {
    story(6, |world| async move {
        let (alice, bob, carol) =
            (world.person("alice").await, world.person("bob").await, world.person("carol").await);
        let group = alice.creates("Harbour", &[&bob]).await;
        world.pass(120_000).await;
        alice.network().cut();
        let renamed = alice.engine.rename_group(group.clone(), "Quay".to_owned()).await;
        renamed.expect("the wish is kept");
        bob.leaves(&group).await;
        world.settle().await;
        alice.network().mend();
        world.pass(120_000).await;
        alice.adds(&group, &[&carol]).await;
        world.pass(120_000).await;
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Left);
        assert_eq!(carol.sees(&group).await.name, "Quay");
        oracle::agree(&group, &[&alice, &carol]).await;
    });
}
