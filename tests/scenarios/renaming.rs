//! A group is renamed.

use conclave_engine::api::{Error, MembershipKind};
use conclave_tests::{oracle, story};

#[test]
fn a_new_name_is_everybodys_and_is_in_the_log() {
    story(301, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.renames(&group, "Hafen \u{2014} المرفأ").await;
        world.settle().await;
        assert_eq!(bob.sees(&group).await.name, "Hafen \u{2014} المرفأ");
        assert_eq!(bob.line(&group).await.name, "Hafen \u{2014} المرفأ");
        let log = bob.log(&group).await.rows;
        let row =
            log.iter().find(|row| row.change.kind == MembershipKind::Renamed).expect("it is in the log");
        assert_eq!(row.change.name.as_deref(), Some("Hafen \u{2014} المرفأ"));
        assert_eq!(row.change.actor.as_ref().map(|who| who.handle.as_str()), Some("alice"));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn the_same_name_again_is_no_change() {
    story(302, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let before = alice.sees(&group).await.epoch;
        alice.renames(&group, "Harbour").await;
        world.settle().await;
        assert_eq!(alice.sees(&group).await.epoch, before);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn names_have_bounds() {
    story(303, |world| async move {
        let [alice] = world.people(["alice"]).await;
        let group = alice.creates("Harbour", &[]).await;
        world.settle().await;
        let renamed = |name: String| alice.engine.rename_group(group.clone(), name);
        assert_eq!(renamed("  ".to_owned()).await, Err(Error::Empty));
        assert_eq!(renamed("\u{200B}\u{2060}\u{3164}\u{2800}".to_owned()).await, Err(Error::Empty));
        assert_eq!(renamed("ж".repeat(101)).await, Err(Error::NameTooLong { max: 100 }));
        renamed("ж".repeat(100)).await.expect("the longest name");
        world.settle().await;
        assert_eq!(alice.sees(&group).await.name.chars().count(), 100);
        renamed(" x \u{202E}y\u{0} ".to_owned()).await.expect("a name");
        world.settle().await;
        assert_eq!(alice.sees(&group).await.name, "x y", "what can't be seen is no part of it");
        oracle::agree(&group, &[&alice]).await;
    });
}

#[test]
fn wishes_made_without_a_connection_come_true_in_their_order() {
    story(304, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.network().cut();
        for name in ["One", "Two", "Three"] {
            alice.renames(&group, name).await;
        }
        assert!(alice.sees(&group).await.queued > 0);
        world.settle().await;
        alice.network().mend();
        world.quiet().await;
        let log = bob.log(&group).await.rows;
        let names: Vec<_> = log.iter().filter_map(|row| row.change.name.clone()).collect();
        assert_eq!(names, ["One", "Two", "Three"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
