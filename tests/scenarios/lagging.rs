//! Somebody was offline: for many messages, for several epochs, for months.

use conclave_engine::api::{Error, GroupHealth, MembershipKind};
use conclave_protocol::wire::client_frame::Body;
use conclave_protocol::wire::server_frame;
use conclave_tests::network::{Fate, Network, Way};
use conclave_tests::{DAY_MS, Person, World, oracle, story};
use prost::Message as _;

/// 200 messages and 5 epochs, while bob is offline.
async fn life_goes_on(world: &World, group: &str, [alice, carol, dave]: [&Person; 3]) {
    for i in 0..200 {
        let who = if i % 3 == 0 { carol } else { alice };
        who.says(group, &format!("number {i}")).await;
        if i % 8 == 7 {
            world.pass(1_000).await;
        }
        match i {
            40 => alice.renames(group, "Quay").await,
            80 => alice.adds(group, &[dave]).await,
            120 => alice.renames(group, "Jetty").await,
            150 => alice.removes(group, dave).await,
            180 => alice.renames(group, "Pier").await,
            _ => {}
        }
    }
    world.quiet().await;
}

#[test]
fn two_hundred_messages_and_five_epochs_are_caught_up_with() {
    story(901, |world| async move {
        let [alice, bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let before = bob.sees(&group).await.epoch;
        bob.network().cut();
        bob.says(&group, "said without a connection").await;
        life_goes_on(&world, &group, [&alice, &carol, &dave]).await;
        assert!(alice.sees(&group).await.epoch >= before + 5);
        assert_eq!(bob.sees(&group).await.epoch, before);
        bob.network().mend();
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 201);
        assert_eq!(bob.line(&group).await.unread, 200);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn the_same_with_the_app_closed() {
    story(902, |world| async move {
        let [alice, mut bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        bob.stop().await;
        life_goes_on(&world, &group, [&alice, &carol, &dave]).await;
        bob.start().await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 200);
        assert_eq!(bob.sees(&group).await.name, "Pier");
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn catching_up_that_is_interrupted_goes_on() {
    story(903, |world| async move {
        let [alice, mut bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        bob.stop().await;
        life_goes_on(&world, &group, [&alice, &carol, &dave]).await;
        for _ in 0..4 {
            bob.start().await;
            bob.dies_before(6);
            world.pass(3_000).await;
            bob.rises(&world).await;
            world.pass(20).await;
            bob.stop().await;
        }
        bob.start().await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 200);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn one_who_was_added_and_removed_while_away_reads_what_was_for_them() {
    story(904, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        bob.stop().await;
        let group = alice.creates("Harbour", &[&bob]).await;
        alice.says(&group, "for bob").await;
        world.quiet().await;
        alice.removes(&group, &bob).await;
        world.settle().await;
        alice.says(&group, "not for bob").await;
        world.settle().await;
        bob.start().await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["for bob"]);
        assert!(matches!(bob.sees(&group).await.health, GroupHealth::Removed { .. }));
        oracle::agree(&group, &[&alice]).await;
    });
}

#[test]
fn a_welcome_waits_longer_than_the_key_package_it_is_for() {
    story(911, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        bob.stop().await;
        world.sleep(70 * DAY_MS).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.settle().await;
        carol.says(&group, "bob will read this one day").await;
        world.quiet().await;
        // Bob's key packages expire on day 90.
        world.sleep(40 * DAY_MS).await;
        bob.start().await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["bob will read this one day"]);
        bob.says(&group, "today").await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn an_addition_is_judged_by_the_logs_time_not_by_the_readers() {
    story(905, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        world.sleep(40 * DAY_MS).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.stop().await;
        // Carol's key package expires on day 90: valid on day 85, and long expired when bob reads about it.
        world.sleep(45 * DAY_MS).await;
        alice.adds(&group, &[&carol]).await;
        world.settle().await;
        carol.says(&group, "hello").await;
        world.quiet().await;
        world.sleep(20 * DAY_MS).await;
        bob.start().await;
        world.quiet().await;
        assert_eq!(bob.roster(&group).await, ["alice", "bob", "carol"]);
        assert_eq!(bob.reads(&group).await, ["hello"]);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn key_packages_that_expired_while_a_wish_waited_are_claimed_again() {
    story(906, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        world.sleep(40 * DAY_MS).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        // The addition waits behind a blocked renaming, with key packages claimed on day 40.
        alice.network().upstream(|frame| match &frame.body {
            Some(Body::SubmitCommit(_)) => Way::Hold,
            _ => Way::Pass,
        });
        alice.renames(&group, "Quay").await;
        world.settle().await;
        alice.adds(&group, &[&carol]).await;
        world.settle().await;
        world.sleep(60 * DAY_MS).await;
        alice.network().behave();
        world.quiet().await;
        assert_eq!(bob.roster(&group).await, ["alice", "bob", "carol"]);
        carol.says(&group, "hello").await;
        world.settle().await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn of_several_people_one_with_a_bad_key_package_costs_nobody_else_their_place() {
    story(911, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[]).await;
        world.quiet().await;
        spoils_key_packages(alice.network(), "carol", 1);
        alice.adds(&group, &[&bob, &carol]).await;
        world.quiet().await;
        assert_eq!(alice.roster(&group).await, ["alice", "bob", "carol"]);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

/// The first key packages claimed for somebody are unusable.
fn spoils_key_packages(network: &Network, of: &'static str, mut many: usize) {
    network.downstream(move |frame| {
        let mut frame = frame.clone();
        let Some(server_frame::Body::ClaimedKeyPackages(claimed)) = &mut frame.body else {
            return Fate::Pass;
        };
        for one in claimed.key_packages.iter_mut().filter(|one| one.client.contains(of)) {
            if many > 0 {
                many -= 1;
                let mut bytes = one.key_package.to_vec();
                let last = bytes.len() - 1;
                bytes[last] ^= 1;
                one.key_package = bytes.into();
            }
        }
        Fate::Instead(vec![frame.encode_to_vec().into()])
    });
}

#[test]
fn a_group_is_made_though_a_key_package_was_bad_and_says_so_where_none_is_good() {
    story(912, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        spoils_key_packages(alice.network(), "carol", 1);
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        spoils_key_packages(alice.network(), "carol", usize::MAX);
        let people = vec!["bob".to_owned(), "carol".to_owned()];
        let refused = alice.engine.create_group("Quay".to_owned(), people).await;
        assert_eq!(refused, Err(Error::NoKeyPackage { handle: "carol".to_owned() }));
        assert_eq!(alice.engine.groups().await.expect("the list is there").len(), 1);
    });
}

#[test]
fn after_months_of_silence_all_goes_on() {
    story(907, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "see you in spring").await;
        world.settle().await;
        // All leaf certificates and all key packages have expired since.
        world.sleep(120 * DAY_MS).await;
        world.quiet().await;
        bob.says(&group, "spring!").await;
        world.settle().await;
        alice.renames(&group, "Spring").await;
        world.quiet().await;
        alice.adds(&group, &[&carol]).await;
        world.quiet().await;
        carol.says(&group, "hello").await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["see you in spring", "spring!", "hello"]);
        let log = bob.log(&group).await.rows;
        assert!(log.iter().any(|r| r.change.kind == MembershipKind::KeyRotated), "alice renewed her key");
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_year_passes_month_by_month() {
    story(908, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        for month in 0..12 {
            if month % 3 == 2 {
                bob.restart().await;
            }
            world.sleep(30 * DAY_MS).await;
            world.quiet().await;
            for person in [&alice, &bob, &carol] {
                person.says(&group, &format!("month {month}, {}", person.name())).await;
            }
            world.quiet().await;
            alice.renames(&group, &format!("Month {month}")).await;
            world.quiet().await;
        }
        assert_eq!(carol.reads(&group).await.len(), 36);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        alice.removes(&group, &carol).await;
        world.quiet().await;
        alice.adds(&group, &[&carol]).await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_wrong_clock_holds_nobody_up() {
    story(910, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        // Bob's machine is three days ahead of the others.
        bob.clock().jump(3 * DAY_MS);
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.says(&group, "what day is it?").await;
        alice.adds(&group, &[&carol]).await;
        world.quiet().await;
        let shown = carol.log(&group).await.rows;
        assert!(!shown.is_empty());
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        let theirs = bob.creates("Bob's", &[&alice, &carol]).await;
        world.quiet().await;
        alice.says(&theirs, "today").await;
        world.quiet().await;
        oracle::agree(&theirs, &[&alice, &bob, &carol]).await;
    });
}

/// A change is made offline; before it can be sent, the certificate that it was made under expires.
#[test]
fn a_change_that_waited_past_the_end_of_a_certificate_is_taken_by_all() {
    story(9005, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        world.sleep(83 * DAY_MS - 2 * 60 * 60_000).await;
        world.quiet().await;
        alice.network().cut();
        world.settle().await;
        alice.renames(&group, "Quay").await;
        world.pass(4 * 60 * 60_000).await;
        alice.network().mend();
        world.quiet().await;
        alice.says(&group, "from alice").await;
        bob.says(&group, "from bob").await;
        world.pass(60 * 60_000).await;
        assert_eq!(bob.sees(&group).await.name, "Quay");
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
