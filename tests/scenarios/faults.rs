//! The disk or the keychain fails temporarily, or the service is overloaded: nothing is given up because of it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use conclave_engine::api::{Error, Event, GroupHealth};
use conclave_engine::{Events, Received, StoreAccess, StoreTrouble};
use conclave_protocol::wire::client_frame::Body as Ask;
use conclave_protocol::wire::{self, ErrorCode, server_frame};
use conclave_tests::network::{Fate, Way};
use conclave_tests::{Person, oracle, story};
use prost::Message as _;

/// The first `many` requests of this kind fail with this error, and have no effect.
pub(crate) fn answers(
    person: &Person,
    is: fn(&Ask) -> bool,
    mut many: usize,
    code: ErrorCode,
) -> Arc<Mutex<usize>> {
    let open = Arc::new(Mutex::new(BTreeSet::<u64>::new()));
    let asked = Arc::clone(&open);
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    person.network().upstream(move |frame| match &frame.body {
        Some(body) if many > 0 && is(body) => {
            many -= 1;
            asked.lock().unwrap().insert(frame.request);
            let ping = wire::ClientFrame { request: frame.request, body: Some(Ask::Ping(wire::Ping {})) };
            Way::Instead(ping.encode_to_vec().into())
        }
        _ => Way::Pass,
    });
    person.network().downstream(move |frame| {
        let Some(server_frame::Body::Pong(_)) = &frame.body else { return Fate::Pass };
        if !open.lock().unwrap().remove(&frame.request) {
            return Fate::Pass;
        }
        *count.lock().unwrap() += 1;
        let error = wire::Error { code: code as i32, retry_after_ms: 500, ..wire::Error::default() };
        let body = Some(server_frame::Body::Error(error));
        Fate::Instead(vec![wire::ServerFrame { request: frame.request, body }.encode_to_vec().into()])
    });
    told
}

#[test]
fn a_subscription_that_was_not_taken_is_asked_for_again() {
    for (seed, code) in
        (600..).zip([ErrorCode::Busy, ErrorCode::RateLimited, ErrorCode::Internal, ErrorCode::Malformed])
    {
        story(seed, |world| async move {
            let [alice, bob] = world.people(["alice", "bob"]).await;
            let group = alice.creates("Harbour", &[&bob]).await;
            world.quiet().await;
            let told = answers(&bob, |body| matches!(body, Ask::SubscribeLog(_)), 5, code);
            bob.network().blink();
            world.settle().await;
            alice.says(&group, "hello").await;
            world.pass(300_000).await;
            assert_eq!(*told.lock().unwrap(), 5);
            assert_eq!(bob.reads(&group).await, ["hello"], "{code:?}");
            oracle::agree(&group, &[&alice, &bob]).await;
        });
    }
}

#[test]
fn an_inbox_that_was_not_subscribed_is_asked_for_again() {
    story(610, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let told = answers(&bob, |body| matches!(body, Ask::SubscribeInbox(_)), 5, ErrorCode::Busy);
        bob.network().blink();
        world.settle().await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.pass(300_000).await;
        assert_eq!(*told.lock().unwrap(), 5);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_submission_that_was_not_taken_goes_again_and_in_order() {
    story(612, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let told = answers(&alice, |body| matches!(body, Ask::SubmitEntry(_)), 6, ErrorCode::Busy);
        for text in ["one", "two", "three"] {
            alice.says(&group, text).await;
            world.pass(100).await;
        }
        world.pass(300_000).await;
        assert_eq!(*told.lock().unwrap(), 6);
        assert_eq!(bob.reads(&group).await, ["one", "two", "three"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_store_that_can_not_be_read_when_a_group_is_needed_is_read_later() {
    for (seed, trouble) in (620..).zip([StoreTrouble::TooSlow, StoreTrouble::Busy, StoreTrouble::Panic]) {
        story(seed, |world| async move {
            let [alice, mut bob] = world.people(["alice", "bob"]).await;
            let group = alice.creates("Harbour", &[&bob]).await;
            world.quiet().await;
            bob.stop().await;
            alice.says(&group, "one").await;
            world.settle().await;
            bob.start().await;
            bob.disk().fails(StoreAccess::Read, Some(trouble));
            world.pass(500).await;
            bob.disk().fails(StoreAccess::Read, None);
            world.quiet().await;
            alice.says(&group, "two").await;
            world.quiet().await;
            bob.says(&group, "three").await;
            world.quiet().await;
            assert_eq!(bob.reads(&group).await, ["one", "two", "three"]);
            oracle::agree(&group, &[&alice, &bob]).await;
        });
    }
}

#[test]
fn a_wish_whose_group_can_not_be_looked_up_now_is_carried_out_later() {
    story(625, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        // After a start, nothing is in memory that nobody needed.
        bob.restart().await;
        world.quiet().await;
        let disk = bob.disk().clone();
        let said = bob.tries_to_say(&group, "hello").await;
        disk.fails(StoreAccess::Read, Some(StoreTrouble::TooSlow));
        said.expect("it is queued");
        world.pass(10_000).await;
        disk.fails(StoreAccess::Read, None);
        world.pass(60_000).await;
        assert_eq!(alice.reads(&group).await, ["hello"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

/// Events since the last call.
fn heard(events: &mut Events) -> Vec<Event> {
    let mut all = Vec::new();
    while let Some(heard) = events.try_next() {
        match heard {
            Received::Event(event) => all.push(event),
            Received::Missed => panic!("the story listens often enough"),
        }
    }
    all
}

#[test]
fn a_step_that_fails_is_done_again_and_told_once_it_is_done() {
    use StoreTrouble::{AnswerLost, Busy, DiskFull, Panic, TooSlow};
    for (seed, trouble) in (630..).zip([Busy, TooSlow, DiskFull, Panic, AnswerLost]) {
        story(seed, |world| async move {
            let [alice, bob] = world.people(["alice", "bob"]).await;
            let group = alice.creates("Harbour", &[&bob]).await;
            let other = alice.creates("Other", &[&bob]).await;
            world.quiet().await;
            let mut events = bob.engine.events();
            bob.disk().fails_once(StoreAccess::Write, 0, trouble);
            alice.says(&group, "hello").await;
            world.pass(300).await;
            assert_eq!(bob.disk().struck(), 1, "{trouble:?}");
            assert!(matches!(bob.sees(&group).await.health, GroupHealth::Quarantined { .. }));
            assert_eq!(bob.sees(&other).await.health, GroupHealth::Healthy, "held up alone");
            alice.says(&other, "meanwhile").await;
            world.pass(300).await;
            assert_eq!(bob.reads(&other).await, ["meanwhile"]);
            world.quiet().await;
            assert_eq!(bob.reads(&group).await, ["hello"], "{trouble:?}");
            let heard = heard(&mut events);
            assert!(heard.contains(&Event::Timeline { group: group.clone() }), "{trouble:?}");
            let notified =
                heard.iter().filter(|e| matches!(e, Event::Notify { group: of, .. } if *of == group));
            assert_eq!(notified.count(), 1, "{trouble:?}");
            oracle::agree(&group, &[&alice, &bob]).await;
        });
    }
}

#[test]
fn an_own_step_that_fails_says_nothing_twice() {
    use StoreTrouble::{AnswerLost, Busy, Panic};
    for (seed, (trouble, well)) in (640..).zip([(Busy, 1), (Panic, 1), (AnswerLost, 1), (AnswerLost, 2)]) {
        story(seed, |world| async move {
            let [alice, bob] = world.people(["alice", "bob"]).await;
            let group = alice.creates("Harbour", &[&bob]).await;
            world.quiet().await;
            // The first write is the intent itself.
            alice.disk().fails_once(StoreAccess::Write, well, trouble);
            alice.says(&group, "hello").await;
            world.settle().await;
            alice.disk().fails_once(StoreAccess::Write, well, trouble);
            alice.renames(&group, "Quay").await;
            world.quiet().await;
            assert_eq!(alice.disk().struck(), 2, "{trouble:?}");
            assert_eq!(bob.reads(&group).await, ["hello"]);
            assert_eq!(bob.sees(&group).await.name, "Quay");
            oracle::agree(&group, &[&alice, &bob]).await;
        });
    }
}

#[test]
fn a_welcome_is_opened_though_the_disk_fails_now_and_then() {
    use StoreTrouble::{AnswerLost, Busy, Panic};
    let troubles = [Busy, Panic, AnswerLost].map(|trouble| [0, 1, 2].map(|well| (trouble, well)));
    for (seed, (trouble, well)) in (650..).zip(troubles.into_iter().flatten()) {
        story(seed, |world| async move {
            let [alice, bob] = world.people(["alice", "bob"]).await;
            world.quiet().await;
            bob.disk().fails_once(StoreAccess::Write, well, trouble);
            bob.disk().fails_once(StoreAccess::Read, well, Busy);
            let group = alice.creates("Harbour", &[&bob]).await;
            world.quiet().await;
            assert_eq!(bob.disk().struck(), 2);
            alice.says(&group, "hello").await;
            world.quiet().await;
            assert_eq!(bob.reads(&group).await, ["hello"], "{trouble:?} after {well}");
            oracle::agree(&group, &[&alice, &bob]).await;
        });
    }
}

#[test]
fn a_group_that_was_made_though_the_disk_said_it_was_not_goes_on() {
    story(665, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        world.quiet().await;
        alice.disk().fails_once(StoreAccess::Write, 0, StoreTrouble::AnswerLost);
        let made = alice.engine.create_group("Harbour".to_owned(), vec!["bob".to_owned()]).await;
        assert_eq!(made, Err(Error::DiskUnavailable), "she learns that it was not created");
        world.quiet().await;
        let groups = alice.engine.groups().await.expect("the list is there");
        let group = &groups.first().expect("it is there all the same").id;
        alice.says(group, "hello").await;
        world.quiet().await;
        assert_eq!(bob.reads(group).await, ["hello"]);
        oracle::agree(group, &[&alice, &bob]).await;
    });
}

#[test]
fn on_a_bad_disk_everything_goes_on() {
    for seed in 670..678 {
        story(seed, |world| async move {
            let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
            let group = alice.creates("Harbour", &[&bob, &carol]).await;
            world.quiet().await;
            bob.disk().is_bad(seed, 6);
            carol.disk().is_bad(seed + 100, 40);
            let mut said = 0;
            for round in 0..6 {
                alice.says(&group, &format!("{round} from alice")).await;
                said += 1;
                for person in [&bob, &carol] {
                    let text = format!("{round} from {}", person.name());
                    said += usize::from(person.tries_to_say(&group, &text).await.is_ok());
                }
                if round == 3 {
                    alice.renames(&group, "Quay").await;
                    bob.disk().is_good();
                    bob.restart().await;
                    bob.disk().is_bad(seed + 200, 6);
                }
                world.pass(20_000).await;
            }
            assert!(bob.disk().struck() > 3, "it is a bad disk");
            bob.disk().is_good();
            carol.disk().is_good();
            world.pass(900_000).await;
            assert!(alice.reads(&group).await.len() >= said, "what was accepted was sent");
            assert_eq!(alice.texts(&group).await, bob.texts(&group).await);
            oracle::agree(&group, &[&alice, &bob, &carol]).await;
        });
    }
}

#[test]
fn a_keychain_that_is_locked_for_a_while_holds_up_and_ends_nothing() {
    story(680, |world| async move {
        let [alice, mut bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.restart().await;
        bob.vault().set_available(false);
        alice.says(&group, "hello").await;
        bob.says(&group, "from bob").await;
        world.quiet().await;
        assert!(matches!(bob.sees(&group).await.health, GroupHealth::Quarantined { .. }));
        bob.vault().set_available(true);
        world.pass(600_000).await;
        assert_eq!(alice.reads(&group).await.len(), 2);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
