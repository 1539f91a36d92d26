//! The service is unreachable, answers are lost, and no message is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use conclave_engine::api::{AppState, Connection, Error};
use conclave_protocol::wire::server_frame::Body;
use conclave_tests::network::Fate;
use conclave_tests::{Person, Setup, oracle, story, story_with};

pub(crate) async fn connection(person: &Person) -> Connection {
    match person.engine.app_state().await.expect("the engine is open") {
        AppState::Ready { account } => account.connection,
        other => panic!("{} is not ready: {other:?}", person.name()),
    }
}

#[test]
fn the_service_goes_down_and_comes_back() {
    let setup = Setup { service_on_disk: true, ..Setup::seeded(401) };
    story_with(setup, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "before").await;
        world.settle().await;
        world.stop_service().await;
        assert!(matches!(connection(&alice).await, Connection::Unreachable { .. }));
        alice.says(&group, "meanwhile, from alice").await;
        bob.says(&group, "meanwhile, from bob").await;
        let added = alice.engine.add_people(group.clone(), vec!["carol".to_owned()]).await;
        assert_eq!(added, Err(Error::ServiceUnreachable), "who that is can't be asked now");
        world.quiet().await;
        assert_eq!(alice.sees(&group).await.queued, 1);
        world.start_service();
        world.quiet().await;
        assert_eq!(connection(&alice).await, Connection::Connected);
        alice.adds(&group, &[&carol]).await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 3);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn the_service_is_restarted_again_and_again_under_a_conversation() {
    let setup = Setup { service_on_disk: true, ..Setup::seeded(402) };
    story_with(setup, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.settle().await;
        for round in 0..6 {
            // Not settled: what is on its way when the service ends must not be lost.
            for person in [&alice, &bob, &carol] {
                person.says(&group, &format!("{round} from {}", person.name())).await;
            }
            world.pass(round * 7).await;
            world.stop_service().await;
            alice.renames(&group, &format!("Harbour {round}")).await;
            world.start_service();
            world.pass(2_000).await;
        }
        world.quiet().await;
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.name, "Harbour 5");
        assert_eq!(carol.reads(&group).await.len(), 18);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

/// Every other answer to a submission is lost, with the connection.
fn loses_answers(person: &Person) -> Arc<AtomicU32> {
    let lost = Arc::new(AtomicU32::new(0));
    let (mut answers, count) = (0, Arc::clone(&lost));
    person.network().downstream(move |frame| {
        if !matches!(frame.body, Some(Body::Submitted(_))) {
            return Fate::Pass;
        }
        answers += 1;
        if answers % 2 == 0 {
            return Fate::Pass;
        }
        count.fetch_add(1, Ordering::SeqCst);
        Fate::Cut
    });
    lost
}

#[test]
fn a_lost_answer_doubles_nothing() {
    story(403, |world| async move {
        let [alice, bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]).await;
        let lost = loses_answers(&alice);
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        for i in 0..5 {
            alice.says(&group, &format!("number {i}")).await;
            world.pass(20_000).await;
        }
        alice.renames(&group, "Quay").await;
        world.quiet().await;
        alice.adds(&group, &[&dave]).await;
        world.quiet().await;
        alice.removes(&group, &carol).await;
        world.quiet().await;
        assert!(lost.load(Ordering::SeqCst) >= 5, "answers were lost");
        assert_eq!(bob.reads(&group).await, ["number 0", "number 1", "number 2", "number 3", "number 4"]);
        assert_eq!(bob.log(&group).await.rows.iter().filter(|r| r.change.name.is_some()).count(), 1);
        oracle::agree(&group, &[&alice, &bob, &dave]).await;
    });
}

#[test]
fn who_was_killed_before_the_answer_came_has_said_it_once() {
    story(404, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        for i in 0..3 {
            alice.network().downstream(|frame| match frame.body {
                Some(Body::Submitted(_) | Body::LogEntries(_)) => Fate::Cut,
                _ => Fate::Pass,
            });
            alice.says(&group, &format!("number {i}")).await;
            world.settle().await;
            alice.rises(&world).await;
            world.settle().await;
        }
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["number 0", "number 1", "number 2"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_connection_that_ends_after_every_few_frames_is_enough() {
    story(405, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.settle().await;
        for (i, person) in [&alice, &bob, &carol].into_iter().enumerate() {
            let mut frames = i;
            person.network().downstream(move |_| {
                frames += 1;
                if frames % 9 == 0 { Fate::Cut } else { Fate::Pass }
            });
        }
        for round in 0..6 {
            for person in [&alice, &bob, &carol] {
                person.says(&group, &format!("{round} from {}", person.name())).await;
            }
            world.pass(3_000).await;
        }
        world.pass(600_000).await;
        for person in [&alice, &bob, &carol] {
            assert!(person.network().connections() > 6, "it was not a good line");
            assert_eq!(person.reads(&group).await.len(), 18, "{} has all", person.name());
            person.network().behave();
        }
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}
