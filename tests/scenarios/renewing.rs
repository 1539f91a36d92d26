//! Keys are renewed on schedule, even if nothing else happens.

use conclave_engine::api::{self, GroupHealth, MembershipKind};
use conclave_protocol::wire::client_frame::Body;
use conclave_tests::network::Way;
use conclave_tests::{DAY_MS, Person, oracle, story};

async fn renewed(person: &Person, group: &str) -> u64 {
    person.sees(group).await.key_renewed_ms.expect("a member")
}

#[test]
fn a_silent_group_has_its_keys_renewed() {
    story(1601, |world| async move {
        let [alice, mut bob, mut carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        world.pass(60_000).await;
        let epoch = alice.sees(&group).await.epoch;
        let changes = alice.changes(&group).await;
        let mut before = Vec::new();
        for person in [&alice, &bob, &carol] {
            before.push(renewed(person, &group).await);
        }
        // Bob's group is no longer in memory; carol is offline when hers are due.
        bob.restart().await;
        carol.stop().await;
        world.pass(6 * DAY_MS).await;
        assert_eq!(alice.sees(&group).await.epoch, epoch, "not before their time");
        world.pass(2 * DAY_MS).await;
        carol.start().await;
        world.quiet().await;
        for (person, before) in [&alice, &bob, &carol].into_iter().zip(before) {
            let after = renewed(person, &group).await;
            assert!(after >= before + 7 * DAY_MS, "{}: {before} {after}", person.name());
        }
        assert!(alice.sees(&group).await.epoch >= epoch + 3);
        assert_eq!(alice.changes(&group).await, changes, "nobody came or went");
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn who_slept_over_it_renews_on_waking() {
    story(1602, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        world.pass(60_000).await;
        let before = (renewed(&alice, &group).await, renewed(&bob, &group).await);
        world.sleep(8 * DAY_MS).await;
        world.quiet().await;
        let after = (renewed(&alice, &group).await, renewed(&bob, &group).await);
        assert!(after.0 >= before.0 + 7 * DAY_MS && after.1 >= before.1 + 7 * DAY_MS, "{before:?} {after:?}");
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

/// Longer than a leaf certificate is valid.
const LEAF_ENDED_MS: u64 = 120 * DAY_MS;

/// How often alice's signature key changed, as this person saw it.
async fn rotations(person: &Person, group: &str) -> usize {
    let rows = person.log(group).await.rows.into_iter().map(|row| row.change);
    let hers = |actor: &Option<api::Person>| actor.as_ref().is_some_and(|actor| actor.handle == "alice");
    rows.filter(|change| change.kind == MembershipKind::KeyRotated && hers(&change.actor)).count()
}

#[test]
fn a_restart_while_the_signature_key_changes_holds_nothing_up() {
    story(1603, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        // The new key's commit is under way when the app ends, and a message waits for it.
        alice.network().upstream(|frame| match &frame.body {
            Some(Body::SubmitCommit(_)) => Way::Hold,
            _ => Way::Pass,
        });
        world.sleep(LEAF_ENDED_MS).await;
        alice.renames(&group, "Quay").await;
        alice.says(&group, "after the change").await;
        world.settle().await;
        alice.stop().await;
        alice.network().behave();
        alice.start().await;
        world.quiet().await;
        assert_eq!(alice.sees(&group).await.health, GroupHealth::Healthy);
        assert_eq!(bob.sees(&group).await.name, "Quay");
        assert_eq!(bob.reads(&group).await, ["after the change"]);
        assert_eq!(rotations(&bob, &group).await, 1);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_keychain_that_is_locked_when_a_new_signature_key_is_due_is_asked_again() {
    story(1604, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.vault().set_available(false);
        world.sleep(LEAF_ENDED_MS).await;
        alice.renames(&group, "Quay").await;
        world.quiet().await;
        let held_up = alice.sees(&group).await.health;
        assert!(!matches!(held_up, GroupHealth::Healthy), "it says what it waits for");
        assert_eq!(bob.sees(&group).await.name, "Harbour");
        alice.vault().set_available(true);
        world.quiet().await;
        world.quiet().await;
        assert_eq!(alice.sees(&group).await.health, GroupHealth::Healthy);
        assert_eq!(bob.sees(&group).await.name, "Quay");
        assert_eq!(rotations(&bob, &group).await, 1);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
