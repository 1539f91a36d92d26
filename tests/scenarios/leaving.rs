//! People leave: the others commit it, and a leaving owner has an heir.

use conclave_engine::api::{GroupHealth, MembershipKind, Role};
use conclave_tests::{oracle, story};

#[test]
fn a_member_leaves_and_reads_nothing_more() {
    story(101, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        carol.says(&group, "so long").await;
        carol.leaves(&group).await;
        world.quiet().await;
        assert_eq!(carol.sees(&group).await.health, GroupHealth::Left);
        alice.says(&group, "she was nice").await;
        world.settle().await;
        assert_eq!(carol.reads(&group).await, ["so long"]);
        assert_eq!(carol.tries_to_say(&group, "wait").await, Err(conclave_engine::api::Error::NotAMember));
        assert!(bob.changes(&group).await.contains(&MembershipKind::Left));
        assert!(carol.changes(&group).await.contains(&MembershipKind::Left));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn an_owner_who_leaves_has_an_heir_down_to_the_last() {
    story(102, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.settle().await;
        alice.adds(&group, &[&carol]).await;
        world.quiet().await;
        alice.leaves(&group).await;
        world.quiet().await;
        assert_eq!(alice.sees(&group).await.health, GroupHealth::Left);
        assert_eq!(
            bob.sees(&group).await.my_role,
            Some(Role::Owner),
            "no admin is there, and his is the lowest leaf"
        );
        assert_eq!(carol.sees(&group).await.my_role, Some(Role::Member));
        bob.renames(&group, "Bob's").await;
        world.quiet().await;
        oracle::agree(&group, &[&bob, &carol]).await;
        bob.leaves(&group).await;
        world.quiet().await;
        assert_eq!(carol.sees(&group).await.my_role, Some(Role::Owner));
        oracle::agree(&group, &[&carol]).await;
        carol.leaves(&group).await;
        world.settle().await;
        assert_eq!(carol.sees(&group).await.health, GroupHealth::Left);
        let last = carol.log(&group).await.rows.pop().expect("the log is there").change;
        assert_eq!(
            (last.kind, last.actor.map(|who| who.handle)),
            (MembershipKind::Left, Some("carol".into()))
        );
        assert_eq!(carol.sees(&group).await.name, "Bob's", "what was there can still be read");
        carol.engine.forget_group(group.clone()).await.expect("it is hers to forget");
        assert!(carol.engine.groups().await.expect("the list is there").is_empty());
    });
}

#[test]
fn who_leaves_without_a_connection_leaves_later() {
    story(103, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.network().cut();
        bob.leaves(&group).await;
        world.settle().await;
        bob.restart().await;
        world.settle().await;
        alice.says(&group, "still here?").await;
        world.settle().await;
        assert_eq!(alice.roster(&group).await, ["alice", "bob"]);
        bob.network().mend();
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Left);
        assert_eq!(bob.reads(&group).await, ["still here?"], "what was said while bob was a member");
        oracle::agree(&group, &[&alice]).await;
    });
}

#[test]
fn who_left_can_be_added_again() {
    story(104, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        for round in 0..3 {
            bob.leaves(&group).await;
            world.quiet().await;
            assert_eq!(bob.sees(&group).await.health, GroupHealth::Left);
            alice.adds(&group, &[&bob]).await;
            world.quiet().await;
            bob.says(&group, &format!("back for the {round}th time")).await;
            world.settle().await;
            oracle::agree(&group, &[&alice, &bob]).await;
        }
        assert_eq!(alice.reads(&group).await.len(), 3);
    });
}

#[test]
fn all_leave_at_once_and_all_are_let_go() {
    story(105, |world| async move {
        let people = world.people(["alice", "bob", "carol", "dave"]).await;
        let [alice, bob, carol, dave] = &people;
        let group = alice.creates("Harbour", &[bob, carol, dave]).await;
        world.quiet().await;
        for person in &people {
            person.leaves(&group).await;
        }
        world.quiet().await;
        world.quiet().await;
        for person in &people {
            let health = person.sees(&group).await.health;
            assert_eq!(health, GroupHealth::Left, "{} is let go", person.name());
        }
    });
}
