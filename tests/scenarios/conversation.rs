//! People create groups, talk, join, are removed and join again.

use conclave_engine::api::{GroupHealth, MembershipKind};
use conclave_tests::{oracle, story};

#[test]
fn two_people_talk() {
    story(1, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
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
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
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
        assert!(
            matches!(carol.sees(&group).await.health, GroupHealth::Removed { by: Some(by) } if by.handle == "alice")
        );
        assert_eq!(carol.reads(&group).await, ["one"]);
        alice.adds(&group, &[&carol]).await;
        world.settle().await;
        carol.says(&group, "three").await;
        world.settle().await;
        bob.says(&group, "four").await;
        world.quiet().await;
        assert_eq!(alice.reads(&group).await, ["one", "two", "three", "four"]);
        assert_eq!(carol.reads(&group).await, ["one", "three", "four"]);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        use MembershipKind::{Added, Created, Removed};
        assert_eq!(bob.changes(&group).await, [Added, Removed, Added]);
        assert_eq!(alice.changes(&group).await, [Created, Added, Added, Removed, Added]);
    });
}

#[test]
fn one_person_alone_has_a_group_too() {
    story(3, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Notes", &[]).await;
        alice.says(&group, "to do: invite bob").await;
        world.settle().await;
        oracle::agree(&group, &[&alice]).await;
        alice.adds(&group, &[&bob]).await;
        world.settle().await;
        bob.says(&group, "here I am").await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["here I am"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
