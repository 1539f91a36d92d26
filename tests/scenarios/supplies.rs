//! Key packages and their number: what others need to reach somebody.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conclave_engine::api::{GroupHealth, NewAccount, NotFollowed, Service};
use conclave_protocol::limits::KEY_PACKAGES_MAX;
use conclave_protocol::wire::client_frame::Body as Ask;
use conclave_tests::network::Way;
use conclave_tests::{Setup, oracle, story, story_with};
use conclave_vault::Vault as _;

/// A connection on which large requests fail.
#[test]
fn key_packages_that_can_not_be_published_are_kept_and_go_first() {
    story(9201, |world| async move {
        let alice = world.person("alice").await;
        let bob = world.newcomer("bob").await;
        bob.network().upstream(|frame| match &frame.body {
            Some(Ask::PublishKeyPackages(publish)) if !publish.key_packages.is_empty() => Way::Cut,
            _ => Way::Pass,
        });
        let new = NewAccount::new("bob", Service::Own);
        bob.engine.create_account(new).await.unwrap();
        let keys = || bob.vault().list().unwrap().len();
        world.pass(60_000).await;
        let made = keys();
        world.pass(60 * 60_000).await;
        assert_eq!(keys(), made, "none is made in vain");
        assert!(bob.network().connections() < 200, "it does not hammer: {}", bob.network().connections());
        bob.network().behave();
        world.pass(60 * 60_000).await;
        // Identity, device and store; the last resort; and as many as there may be.
        assert_eq!(keys(), 3 + 1 + KEY_PACKAGES_MAX);
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

/// Anyone else who got the last-resort key package could use it too: once used, it is replaced.
#[test]
fn a_last_resort_that_was_used_is_replaced() {
    story(9202, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        world.quiet().await;
        let replaced = Arc::new(Mutex::new(0));
        let counts = Arc::clone(&replaced);
        bob.network().upstream(move |frame| {
            if let Some(Ask::PublishKeyPackages(publish)) = &frame.body {
                *counts.lock().unwrap() += usize::from(publish.last_resort.is_some());
            }
            Way::Pass
        });
        bob.network().cut();
        for i in 0..2 {
            alice.creates(&format!("{i}"), &[&bob]).await;
            // The service hands out one now and then.
            world.pass(10 * 60_000).await;
        }
        bob.network().mend();
        world.quiet().await;
        assert_eq!(*replaced.lock().unwrap(), 0, "nobody used it");
        bob.network().cut();
        for i in 0..=KEY_PACKAGES_MAX {
            alice.creates(&format!("again {i}"), &[&bob]).await;
            // The service hands out one now and then.
            world.pass(10 * 60_000).await;
        }
        bob.network().mend();
        world.quiet().await;
        assert_eq!(*replaced.lock().unwrap(), 1);
        world.pass(7 * 60 * 60_000).await;
        assert_eq!(*replaced.lock().unwrap(), 1, "once");
    });
}

/// Offline for longer than the log is kept.
#[test]
fn who_was_away_for_longer_than_the_log_is_kept_is_told_and_can_be_added_again() {
    for removed in [true, false] {
        let mut setup = Setup::seeded(9203);
        setup.limits.log_retention = Duration::from_secs(3600);
        story_with(setup, |world| async move {
            let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
            let group = alice.creates("Harbour", &[&bob, &carol]).await;
            world.quiet().await;
            bob.network().cut();
            if removed {
                alice.removes(&group, &bob).await;
            } else {
                alice.renames(&group, "Quay").await;
            }
            world.quiet().await;
            for i in 0..6 {
                alice.says(&group, &format!("{i}")).await;
                carol.network().blink();
                world.pass(60 * 60_000).await;
            }
            bob.network().mend();
            world.pass(60 * 60_000).await;
            let away = GroupHealth::NotFollowed { why: NotFollowed::AwayTooLong };
            assert_eq!(bob.sees(&group).await.health, away, "removed: {removed}");
            bob.restart().await;
            world.quiet().await;
            assert_eq!(bob.sees(&group).await.health, away, "after a restart; removed: {removed}");
            if !removed {
                alice.removes(&group, &bob).await;
                world.quiet().await;
            }
            alice.adds(&group, &[&bob]).await;
            world.pass(60 * 60_000).await;
            assert_eq!(bob.sees(&group).await.health, GroupHealth::Healthy, "removed: {removed}");
            bob.says(&group, "back").await;
            world.quiet().await;
            oracle::agree(&group, &[&alice, &bob, &carol]).await;
        });
    }
}
