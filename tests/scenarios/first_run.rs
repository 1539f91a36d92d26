//! The account is created, or an error says why not and nothing is left behind.

use conclave_engine::api::{AppState, Error, NewAccount, Service};
use conclave_tests::{DAY_MS, Person, World, oracle, story};
use conclave_vault::Vault as _;

const HOUR_MS: u64 = 60 * 60 * 1000;

fn alice_at(service: Service) -> NewAccount {
    NewAccount::new("alice", service)
}

/// An account is refused under this clock, and nothing is left behind; returns the two times that the error shows.
async fn refused_by_the_clock(world: &World, set: impl FnOnce(&Person)) -> (u64, u64) {
    let alice = world.newcomer("alice").await;
    set(&alice);
    let refused = alice.engine.create_account(alice_at(Service::Own)).await;
    let Err(Error::ClockWrong { here_ms, service_ms }) = refused else { panic!("{refused:?}") };
    assert_eq!(alice.engine.app_state().await, Ok(AppState::FirstRun));
    assert!(!alice.store_file().exists(), "no store was made");
    assert_eq!(alice.vault().list().expect("the vault is open"), [], "no key was made");
    (here_ms, service_ms)
}

#[test]
fn a_clock_that_is_behind_makes_no_account() {
    story(2101, |world| async move {
        let (here, service) = refused_by_the_clock(&world, |p| p.clock().jump_back(25 * HOUR_MS)).await;
        assert_eq!(service - here, 25 * HOUR_MS);
        // The name is still free.
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_clock_that_is_ahead_makes_no_account() {
    story(2102, |world| async move {
        let (here, service) = refused_by_the_clock(&world, |p| p.clock().jump(2 * 365 * DAY_MS)).await;
        assert_eq!(here - service, 2 * 365 * DAY_MS);
        world.person("alice").await;
    });
}

#[test]
fn a_clock_that_was_set_right_makes_the_account() {
    story(2103, |world| async move {
        let alice = world.newcomer("alice").await;
        alice.clock().jump(25 * HOUR_MS);
        let refused = alice.engine.create_account(alice_at(Service::Own)).await;
        assert!(matches!(refused, Err(Error::ClockWrong { .. })), "{refused:?}");
        alice.clock().jump_back(25 * HOUR_MS);
        alice.engine.create_account(alice_at(Service::Own)).await.expect("the clock is right");
    });
}

#[test]
fn clocks_that_differ_by_less_than_a_day_are_no_hindrance() {
    story(2104, |world| async move {
        let (ahead, behind) = (world.newcomer("alice").await, world.newcomer("bob").await);
        ahead.clock().jump(23 * HOUR_MS);
        behind.clock().jump_back(23 * HOUR_MS);
        ahead.engine.create_account(alice_at(Service::Own)).await.expect("an account is made");
        let bob = NewAccount::new("bob", Service::Own);
        behind.engine.create_account(bob).await.expect("an account is made");
        world.settle().await;
        let group = ahead.creates("Harbour", &[&behind]).await;
        world.quiet().await;
        behind.says(&group, "what is the time?").await;
        world.quiet().await;
        assert_eq!(ahead.reads(&group).await, ["what is the time?"]);
        oracle::agree(&group, &[&ahead, &behind]).await;
    });
}
