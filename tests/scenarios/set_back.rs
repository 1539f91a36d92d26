//! The service was set back, as from a backup: it has lost what members have handled.

use conclave_engine::api::{GroupHealth, MessageState, NotFollowed, RowBody, UnreadableCause};
use conclave_protocol::wire::server_frame::Body;
use conclave_tests::network::Fate;
use conclave_tests::{DAY_MS, Person, Setup, World, oracle, story_with};

fn on_disk(seed: u64) -> Setup {
    Setup { service_on_disk: true, ..Setup::seeded(seed) }
}

/// How often somebody is shown that the service was set back.
async fn notices(person: &Person, group: &str) -> usize {
    let set_back =
        |body: &RowBody| matches!(body, RowBody::Unreadable { cause: UnreadableCause::SetBack, .. });
    person.timeline(group).await.iter().filter(|row| set_back(&row.body)).count()
}

async fn unreadable(person: &Person, group: &str) -> usize {
    let rows = person.timeline(group).await;
    rows.iter().filter(|row| matches!(row.body, RowBody::Unreadable { .. })).count()
}

async fn sorted(person: &Person, group: &str) -> Vec<String> {
    let mut texts = person.reads(group).await;
    texts.sort();
    texts
}

async fn wait_till_quiet(world: &World) {
    // The longest retry delay is five minutes.
    world.pass(600_000).await;
}

#[test]
fn what_it_has_lost_is_said_again() {
    story_with(on_disk(2101), |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        alice.says(&group, "kept").await;
        world.settle().await;
        world.backs_up_service().await;
        carol.network().cut();
        alice.says(&group, "lost 1").await;
        world.settle().await;
        let lost = alice.message(&group, "lost 1").await;
        bob.says(&group, "lost 2").await;
        bob.reacts(&group, &lost, "👍", true).await;
        alice.says(&group, "lost 3").await;
        world.settle().await;
        alice.edits(&group, &lost, "lost one").await;
        world.quiet().await;

        world.sets_service_back().await;
        wait_till_quiet(&world).await;
        carol.network().mend();
        wait_till_quiet(&world).await;
        alice.says(&group, "after").await;
        world.quiet().await;

        assert_eq!((notices(&alice, &group).await, notices(&bob, &group).await), (1, 1));
        assert_eq!(notices(&carol, &group).await, 0, "it has lost nothing that she had");
        assert_eq!(carol.line(&group).await.unread, 5, "each is told once");
        oracle::agree(&group, &[&alice, &bob]).await;
        for person in [&alice, &bob, &carol] {
            assert_eq!(sorted(person, &group).await, ["after", "kept", "lost 2", "lost 3", "lost one"]);
            assert_eq!(person.sees(&group).await.health, GroupHealth::Healthy);
            assert_eq!(unreadable(person, &group).await, notices(person, &group).await);
            let messages = person.messages(&group).await;
            let liked = messages.iter().find(|row| row.message == lost).expect("it is there");
            assert_eq!((liked.reactions.len(), liked.edited), (1, true));
        }
    });
}

#[test]
fn it_is_noticed_when_its_log_has_grown_past_what_was_handled() {
    story_with(on_disk(2102), |world| async move {
        let [mut alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        alice.says(&group, "kept").await;
        world.settle().await;
        world.backs_up_service().await;
        bob.network().cut();
        carol.network().cut();
        alice.says(&group, "lost").await;
        world.quiet().await;
        alice.stop().await;

        world.sets_service_back().await;
        bob.network().mend();
        carol.network().mend();
        world.quiet().await;
        for i in 0..5 {
            bob.says(&group, &format!("bob {i}")).await;
            carol.says(&group, &format!("carol {i}")).await;
            world.settle().await;
        }
        alice.start().await;
        wait_till_quiet(&world).await;

        assert_eq!(notices(&alice, &group).await, 1);
        let all = sorted(&bob, &group).await;
        assert_eq!(all.len(), 12);
        for person in [&alice, &carol] {
            assert_eq!(sorted(person, &group).await, all);
        }
        assert_eq!(unreadable(&alice, &group).await, 1, "nothing that was read comes again");
        // Once, not with each start.
        alice.restart().await;
        wait_till_quiet(&world).await;
        assert_eq!(notices(&alice, &group).await, 1);
        alice.renames(&group, "Quay").await;
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.name, "Quay");
    });
}

#[test]
fn the_same_twice() {
    story_with(on_disk(2103), |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        world.backs_up_service().await;
        for round in 0..2 {
            alice.says(&group, &format!("round {round}")).await;
            world.quiet().await;
            world.sets_service_back().await;
            wait_till_quiet(&world).await;
        }
        assert_eq!(sorted(&bob, &group).await, ["round 0", "round 1"]);
        assert_eq!((notices(&alice, &group).await, notices(&bob, &group).await), (2, 2));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn what_waits_for_its_echo_goes_again() {
    story_with(on_disk(2104), |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        world.backs_up_service().await;
        // Accepted, and lost before its sender saw it in the log.
        let mut cut = false;
        alice.network().downstream(move |frame| {
            cut |= matches!(frame.body, Some(Body::LogEntries(_)));
            if cut { Fate::Cut } else { Fate::Pass }
        });
        alice.says(&group, "accepted").await;
        world.pass(50).await;
        alice.network().cut();
        world.sets_service_back().await;
        alice.network().behave();
        alice.network().mend();
        wait_till_quiet(&world).await;
        assert_eq!(bob.reads(&group).await, ["accepted"]);
        assert_eq!(alice.states(&group).await, [MessageState::Sent]);
    });
}

#[test]
fn a_change_that_it_has_lost_is_shown_and_who_is_behind_adds_the_others_again() {
    story_with(on_disk(2105), |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = carol.creates("Harbour", &[&alice, &bob]).await;
        world.quiet().await;
        alice.says(&group, "kept").await;
        world.settle().await;
        world.backs_up_service().await;
        carol.network().cut();
        alice.says(&group, "lost 1").await;
        world.settle().await;
        let other = bob.creates("Elsewhere", &[&alice]).await;
        world.quiet().await;
        // An epoch that carol does not see begin.
        world.sleep(8 * DAY_MS).await;
        world.quiet().await;
        alice.says(&group, "lost 2").await;
        world.quiet().await;

        world.sets_service_back().await;
        wait_till_quiet(&world).await;
        let set_back = GroupHealth::NotFollowed { why: NotFollowed::SetBack };
        for person in [&alice, &bob] {
            assert_eq!(person.sees(&group).await.health, set_back);
        }
        bob.restart().await;
        wait_till_quiet(&world).await;
        assert_eq!(bob.sees(&group).await.health, set_back, "found again after a restart");
        let gone = GroupHealth::NotFollowed { why: NotFollowed::LogGone };
        assert_eq!(alice.sees(&other).await.health, gone, "made after the backup");

        carol.network().mend();
        world.quiet().await;
        for person in [&alice, &bob] {
            carol.removes(&group, person).await;
            world.settle().await;
            carol.adds(&group, &[person]).await;
            world.settle().await;
        }
        wait_till_quiet(&world).await;
        for person in [&alice, &bob, &carol] {
            assert_eq!(person.sees(&group).await.health, GroupHealth::Healthy, "{}", person.name());
        }
        let rows: Vec<_> = carol.reads(&group).await;
        assert!(rows.contains(&"lost 1".to_owned()) && rows.contains(&"lost 2".to_owned()), "{rows:?}");
        carol.says(&group, "after").await;
        world.quiet().await;
        let last = |texts: Vec<String>| texts.last().cloned();
        for person in [&alice, &bob] {
            assert_eq!(last(person.reads(&group).await).as_deref(), Some("after"), "rows stay in order");
        }
    });
}
