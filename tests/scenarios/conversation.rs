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
