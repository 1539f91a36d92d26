//! Keys are renewed on schedule, also where nothing else happens.

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
        let rows = alice.log(&group).await.total;
        let mut before = Vec::new();
        for person in [&alice, &bob, &carol] {
            before.push(renewed(person, &group).await);
        }
        // Bob's group is in memory no more; carol is away when hers are due.
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
        assert_eq!(alice.log(&group).await.total, rows, "nobody came or went");
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
