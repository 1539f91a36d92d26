//! A malicious service: it can withhold, and nothing more.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use conclave_engine::api::{AppState, Connection, GroupHealth, RowBody, TimelineRow, UnreadableCause};
use conclave_protocol::wire::{self, EntryKind, LogEntry, client_frame, server_frame};
use conclave_tests::hostile::{
    Change, Hurt, Kind, changed_copies, disordered_pushes, hurts_once, inserts, replaces_commits,
};
use conclave_tests::network::{Fate, Network, Way};
use conclave_tests::{Person, Setup, World, oracle, story, story_with};
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Three people talk, two more changes happen; everybody reads everything.
async fn they_talk(world: &World, group: &str, [alice, bob, carol]: [&Person; 3]) {
    for round in 0..4 {
        for person in [alice, bob, carol] {
            person.says(group, &format!("{round} from {}", person.name())).await;
        }
        world.settle().await;
        alice.renames(group, &format!("Harbour {round}")).await;
        world.settle().await;
    }
    world.quiet().await;
    for person in [alice, bob, carol] {
        let broken = person.sees(group).await.health;
        assert_eq!(person.reads(group).await.len(), 12, "{} read everything: {broken:?}", person.name());
    }
}

async fn unreadable(person: &Person, group: &str) -> usize {
    let rows = person.timeline(group).await;
    rows.iter().filter(|row| matches!(row.body, RowBody::Unreadable { .. })).count()
}

#[test]
fn a_changed_copy_before_each_entry_takes_nothing_away() {
    story(1001, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        // The commit that he joins by is the first to come twice.
        changed_copies(bob.network(), Change::Message, 1);
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        they_talk(&world, &group, [&alice, &bob, &carol]).await;
        assert!(unreadable(&bob, &group).await >= 16, "the copies show as such");
        bob.restart().await;
        world.quiet().await;
        bob.says(&group, "still here").await;
        world.quiet().await;
        assert_eq!(unreadable(&alice, &group).await, 0);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn changed_copies_wait_for_one_who_was_away() {
    story(1002, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        changed_copies(bob.network(), Change::Message, 2);
        bob.network().cut();
        for i in 0..100 {
            alice.says(&group, &format!("number {i}")).await;
            if i % 25 == 24 {
                alice.renames(&group, &format!("Harbour {i}")).await;
            }
            world.pass(500).await;
        }
        world.settle().await;
        bob.network().mend();
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 100);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn copies_with_any_byte_changed_take_nothing_away_from_anybody() {
    for seed in 1003..1009 {
        story(seed, |world| async move {
            let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
            for person in [&alice, &bob, &carol] {
                changed_copies(person.network(), Change::Anything, seed);
            }
            let group = alice.creates("Harbour", &[&bob, &carol]).await;
            world.quiet().await;
            they_talk(&world, &group, [&alice, &bob, &carol]).await;
            oracle::agree(&group, &[&alice, &bob, &carol]).await;
        });
    }
}

#[test]
fn pushes_twice_and_in_disorder_are_read_once_and_in_order() {
    story(1010, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        disordered_pushes(bob.network());
        for i in 0..20 {
            alice.says(&group, &format!("number {i}")).await;
            if i % 6 == 5 {
                alice.renames(&group, &format!("Harbour {i}")).await;
            }
            world.pass(700).await;
        }
        bob.network().behave();
        bob.network().blink();
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 20);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

/// Produces every kind of frame: connections, look-ups, claims, a Welcome, submissions, a pause of a log.
async fn everything_happens(world: &World, group: &str, [alice, bob, carol]: [&Person; 3], why: &str) {
    alice.network().blink();
    bob.network().blink();
    carol.network().blink();
    world.pass(2_000).await;
    // Commands that ask the service at once may report that it can't be reached; a person retries.
    for _ in 0..100 {
        if alice.engine.add_people(group.to_owned(), vec!["carol".to_owned()]).await.is_ok() {
            break;
        }
        world.settle().await;
    }
    bob.says(group, "one").await;
    alice.says(group, "two").await;
    world.quiet().await;
    assert_eq!(alice.roster(group).await, ["alice", "bob", "carol"], "{why}");
    if let Ok(sees) = carol.engine.group(group.to_owned()).await
        && sees.health == GroupHealth::Healthy
    {
        carol.says(group, "three").await;
    }
    world.quiet().await;
    alice.removes(group, carol).await;
    world.quiet().await;
}

#[test]
fn bytes_of_any_kind_in_any_frame_end_a_connection_at_most() {
    // Every kind with every damage, the frames of all three alike: more key packages than one requests in an hour.
    let mut setup = Setup::seeded(1011);
    setup.limits.claims_per_target.burst = 1_000;
    story_with(setup, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let mut seed = 0;
        for kind in Kind::ALL {
            for hurt in Hurt::ALL {
                if (kind, hurt) == (Kind::LogEntries, Hurt::OneByte) {
                    // Another log for each: they diverge, and the next story shows how.
                    continue;
                }
                for person in [&alice, &bob, &carol] {
                    seed += 1;
                    hurts_once(person.network(), kind, hurt, seed);
                }
                let why = format!("{kind:?} {hurt:?}");
                everything_happens(&world, &group, [&alice, &bob, &carol], &why).await;
                for person in [&alice, &bob, &carol] {
                    person.network().behave();
                }
                // A connection to a service with another key is retried only after a while.
                world.pass(600_000).await;
                for person in [&alice, &bob] {
                    let said = person.states(&group).await.len();
                    assert!(said > 0, "{} is not stuck after {kind:?} {hurt:?}", person.name());
                }
                assert_eq!(
                    alice.sees(&group).await.epoch_authenticator,
                    bob.sees(&group).await.epoch_authenticator,
                    "after {kind:?} {hurt:?}"
                );
            }
        }
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_change_that_is_shown_to_one_otherwise_is_noticed() {
    story(1015, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        replaces_commits(bob.network(), 3);
        alice.renames(&group, "Quay").await;
        world.settle().await;
        assert_eq!(bob.sees(&group).await.name, "Harbour");
        assert_eq!(unreadable(&bob, &group).await, 1, "something was there that made no sense");
        alice.says(&group, "in the new epoch").await;
        world.settle().await;
        assert_eq!(unreadable(&bob, &group).await, 2);
        bob.network().behave();
        alice.renames(&group, "Pier").await;
        world.quiet().await;
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Behind, "shown, and not as healthy");
        assert_eq!(unreadable(&bob, &group).await, 3);
        bob.says(&group, "hello?").await;
        world.quiet().await;
        assert!(alice.reads(&group).await.contains(&"hello?".to_owned()), "the others still have those keys");
        oracle::agree(&group, &[&alice, &carol]).await;
        // The page tells him to be added again: removed and added, he is back.
        alice.removes(&group, &bob).await;
        world.quiet().await;
        alice.adds(&group, &[&bob]).await;
        world.quiet().await;
        bob.says(&group, "back").await;
        world.quiet().await;
        let expected = ["in the new epoch", "hello?", "back"];
        assert_eq!(carol.reads(&group).await, expected);
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Healthy);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

/// Everything that this person's log delivers from now on.
fn records(network: &Network) -> Arc<Mutex<Vec<LogEntry>>> {
    let entries = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&entries);
    network.downstream(move |frame| {
        if let Some(server_frame::Body::LogEntries(page)) = &frame.body {
            kept.lock().unwrap().extend(page.entries.clone());
        }
        Fate::Pass
    });
    entries
}

fn noise(random: &mut StdRng, kind: EntryKind) -> LogEntry {
    let body: Vec<u8> = (0..random.random_range(0..600)).map(|_| random.random()).collect();
    LogEntry { kind: kind as i32, body: body.into(), ..LogEntry::default() }
}

#[test]
fn entries_that_nobody_sent_and_entries_sent_before_are_not_believed() {
    story(1012, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        let other = alice.creates("Other", &[&bob]).await;
        world.quiet().await;
        let seen = records(bob.network());
        alice.says(&group, "said once").await;
        alice.says(&other, "said elsewhere").await;
        alice.renames(&group, "Quay").await;
        world.settle().await;
        let mut entries = seen.lock().unwrap().clone();
        assert!(entries.len() >= 3, "two messages and a commit");
        let mut random = StdRng::seed_from_u64(9);
        let kinds = [EntryKind::Commit, EntryKind::Proposal, EntryKind::Application, EntryKind::Unspecified];
        for kind in kinds {
            entries.push(noise(&mut random, kind));
            entries.push(LogEntry { kind: kind as i32, ..entries[0].clone() });
            entries.push(LogEntry { kind: kind as i32, ..LogEntry::default() });
        }
        entries.push(LogEntry { kind: 77, ..entries[0].clone() });
        // An epoch beyond any database integer.
        let far = wire::Entry { epoch: u64::MAX, kind: EntryKind::Application as i32, ..Default::default() };
        let body = far.encode_to_vec().into();
        entries.push(LogEntry { kind: EntryKind::Application as i32, body, ..LogEntry::default() });
        let far = wire::CommitBundle { epoch: u64::MAX, ..Default::default() };
        let body = far.encode_to_vec().into();
        entries.push(LogEntry { kind: EntryKind::Commit as i32, body, ..LogEntry::default() });
        bob.network().behave();
        inserts(bob.network(), entries);
        alice.says(&group, "one").await;
        world.settle().await;
        for person in [&alice, &bob, &carol] {
            person.says(&group, &format!("hello from {}", person.name())).await;
        }
        alice.renames(&group, "Pier").await;
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 5);
        assert!(unreadable(&bob, &group).await > 0, "what is there and means nothing shows as such");
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        oracle::agree(&other, &[&alice, &bob]).await;
    });
}

#[test]
fn numbers_without_a_place_are_not_taken() {
    story(1014, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        // Each of the next pages has one number that is too large.
        let mut wrong = 0;
        bob.network().downstream(move |frame| {
            let mut frame = frame.clone();
            let Some(server_frame::Body::LogEntries(page)) = &mut frame.body else { return Fate::Pass };
            let Some(entry) = page.entries.last_mut() else { return Fate::Pass };
            wrong += 1;
            match wrong {
                1 => entry.seq = u64::MAX,
                2 => entry.seq = 1 << 42,
                3 => entry.at_ms = u64::MAX,
                4 => page.head = u64::MAX,
                _ => return Fate::Pass,
            }
            Fate::Instead(vec![frame.encode_to_vec().into()])
        });
        for i in 0..4 {
            alice.says(&group, &format!("number {i}")).await;
            world.quiet().await;
        }
        assert_eq!(bob.reads(&group).await.len(), 4);
        assert_eq!(bob.sees(&group).await.health, GroupHealth::Healthy);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_service_with_another_key_is_told_nothing() {
    story(1013, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let genuine = world.service();
        world.start_service();
        let impostor = world.service().expect("it runs");
        bob.network().lead_to(genuine.clone());
        alice.network().lead_to(Some(impostor));
        let frames = Arc::new(Mutex::new(0));
        let count = Arc::clone(&frames);
        alice.network().upstream(move |frame| {
            use conclave_protocol::wire::client_frame::Body;
            if !matches!(frame.body, Some(Body::Hello(_))) {
                *count.lock().unwrap() += 1;
            }
            conclave_tests::network::Way::Pass
        });
        alice.says(&group, "for the genuine one").await;
        world.quiet().await;
        let Ok(AppState::Ready { account }) = alice.engine.app_state().await else {
            panic!("alice is there")
        };
        assert_eq!(account.connection, Connection::WrongService);
        assert_eq!(*frames.lock().unwrap(), 0, "nothing but the greeting was sent");
        alice.network().behave();
        alice.network().lead_to(genuine);
        world.pass(600_000).await;
        assert_eq!(bob.reads(&group).await, ["for the genuine one"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn what_is_left_out_at_first_is_asked_for_again() {
    story(1014, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let mut left_out = BTreeSet::new();
        bob.network().downstream(move |frame| {
            let mut frame = frame.clone();
            let Some(server_frame::Body::LogEntries(page)) = &mut frame.body else { return Fate::Pass };
            page.entries.retain(|entry| entry.seq % 2 == 0 || !left_out.insert(entry.seq));
            Fate::Instead(vec![frame.encode_to_vec().into()])
        });
        for i in 0..10 {
            alice.says(&group, &format!("number {i}")).await;
            world.pass(1_000).await;
        }
        world.settle().await;
        assert!(bob.reads(&group).await.len() >= 9);
        bob.network().behave();
        bob.network().blink();
        world.quiet().await;
        assert_eq!(bob.reads(&group).await.len(), 10);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn a_message_that_is_kept_back_leaves_a_row() {
    story(1090, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "one").await;
        world.settle().await;
        let kept_back = Arc::new(Mutex::new(BTreeSet::<u64>::new()));
        let keeping = Arc::new(Mutex::new(true));
        let (kept, on) = (Arc::clone(&kept_back), Arc::clone(&keeping));
        bob.network().downstream(move |frame| {
            let mut frame = frame.clone();
            let Some(server_frame::Body::LogEntries(page)) = &mut frame.body else { return Fate::Pass };
            let mut kept = kept.lock().unwrap();
            if *on.lock().unwrap() {
                kept.extend(page.entries.iter().map(|entry| entry.seq));
            }
            page.entries.retain(|entry| !kept.contains(&entry.seq));
            Fate::Instead(vec![frame.encode_to_vec().into()])
        });
        alice.says(&group, "two").await;
        world.settle().await;
        *keeping.lock().unwrap() = false;
        alice.says(&group, "three").await;
        world.quiet().await;
        assert_eq!(kept_back.lock().unwrap().len(), 1);
        assert_eq!(bob.reads(&group).await, ["one", "three"]);
        let rows = bob.timeline(&group).await;
        let missing = |row: &TimelineRow| {
            matches!(row.body, RowBody::Unreadable { cause: UnreadableCause::Missing, .. })
        };
        assert_eq!(rows.iter().filter(|row| missing(row)).count(), 1);
        bob.says(&group, "four").await;
        world.quiet().await;
        assert_eq!(alice.reads(&group).await, ["one", "two", "three", "four"]);
    });
}

/// The commit that removes somebody ends access with the previous epoch's key: a member that could not accept it asks,
/// is refused, and waits.
#[test]
fn who_was_shown_a_removal_otherwise_does_not_ask_without_end() {
    story(1016, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        replaces_commits(bob.network(), 3);
        alice.removes(&group, &carol).await;
        world.settle().await;
        alice.says(&group, "in the new epoch").await;
        world.settle().await;
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        bob.network().upstream(move |frame| {
            let subscribes = matches!(frame.body, Some(client_frame::Body::SubscribeLog(_)));
            count.fetch_add(u32::from(subscribes), Ordering::SeqCst);
            Way::Pass
        });
        bob.network().blink();
        world.pass(600_000).await;
        let asked = asked.load(Ordering::SeqCst);
        assert!((1..60).contains(&asked), "{asked} times in ten minutes");
        assert_ne!(bob.sees(&group).await.health, GroupHealth::Healthy);
    });
}
