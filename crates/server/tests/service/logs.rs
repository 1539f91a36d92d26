//! Group logs: one commit per epoch, each submission once, and reading as far as a proof gives access.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::limits::{LOG_ENTRIES_MAX, STATED_AHEAD_MS_MAX};
use conclave_protocol::link::LINK_FRAMES_MAX;
use conclave_protocol::signing::AccessPurpose;
use conclave_protocol::wire::submitted::Outcome;
use conclave_protocol::wire::{self, EntryKind, ErrorCode};
use conclave_server::{Clock as _, Service, ServiceConfig};
use prost::Message;

use crate::client::{
    Answer, Ask, Connection, Effect, Group, SetClock, accepted, access_key, bytes, clock, code, entries, key,
    outcome, private_message, seqs, service,
};

#[tokio::test(start_paused = true)]
async fn the_first_bundle_creates_the_log_and_the_first_commit_of_an_epoch_wins() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut bob = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    assert_eq!(code(&alice.ask(group.read(&alice, 0, 0)).await), ErrorCode::NoSuchLog);
    assert_eq!(group.advance(&mut alice, Effect::None).await, 1);

    let (winner, loser) = (group.bundle(Effect::None), group.bundle(Effect::Rotates));
    assert_eq!(accepted(alice.ask(group.commit(&alice, &winner, vec![])).await), 2);
    assert_eq!(outcome(bob.ask(group.commit(&bob, &loser, vec![])).await), Outcome::Stale(2));
    group.committed(&winner);
    assert_eq!(group.advance(&mut bob, Effect::None).await, 3);

    let page = entries(alice.ask(group.read(&alice, 3, 0)).await);
    assert_eq!((seqs(&page), page.more, page.head), (vec![1, 2, 3], false, 3));
    assert_eq!(page.entries[1].body, winner.encode_to_vec());
    assert_eq!(page.entries[1].kind(), EntryKind::Commit);
}

#[tokio::test(start_paused = true)]
async fn a_commit_must_be_signed_with_the_key_that_it_names() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let group = Group::new(1);
    let other = group.bundle(Effect::Rotates);
    let hurts: [&dyn Fn(&mut conclave_protocol::wire::CommitBundle); 5] = [
        &|bundle| bundle.stated_ms += 1,
        &|bundle| bundle.next_access_signature = other.next_access_signature.clone(),
        &|bundle| bundle.next_access_key = bytes(crate::client::access_key(7).verifying_key()),
        &|bundle| bundle.commit = other.commit.clone(),
        &|bundle| bundle.next_access_signature = bytes([]),
    ];
    for hurt in hurts {
        let mut bundle = group.bundle(Effect::None);
        hurt(&mut bundle);
        let answer = alice.ask(group.commit(&alice, &bundle, vec![])).await;
        assert_eq!(code(&answer), ErrorCode::Malformed);
    }
    assert_eq!(code(&alice.ask(group.read(&alice, 0, 0)).await), ErrorCode::NoSuchLog);
}

/// All members would refuse it, and the epoch would be used up.
#[tokio::test(start_paused = true)]
async fn a_commit_that_states_a_time_far_ahead_is_stale() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let now = clock().now();
    for (stated, taken) in [(now.plus_ms(STATED_AHEAD_MS_MAX + 60_000), false), (now.plus_ms(60_000), true)] {
        let bundle = group.bundle_stating(Effect::None, stated);
        let answer = outcome(alice.ask(group.commit(&alice, &bundle, vec![])).await);
        let expected = if taken { Outcome::Accepted(2) } else { Outcome::Stale(1) };
        assert_eq!(answer, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_must_name_its_parent() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    let mut orphan = group.bundle(Effect::None);
    orphan.parent = bytes([1; 32]);
    assert!(matches!(outcome(alice.ask(group.commit(&alice, &orphan, vec![])).await), Outcome::Refused(_)));
    // Refused as a whole: no log was created.
    assert_eq!(code(&alice.ask(group.read(&alice, 0, 0)).await), ErrorCode::NoSuchLog);

    group.advance(&mut alice, Effect::None).await;
    let mut orphan = group.bundle(Effect::None);
    orphan.parent = bytes([1; 32]);
    assert!(matches!(outcome(alice.ask(group.commit(&alice, &orphan, vec![])).await), Outcome::Refused(_)));
    orphan.parent = bytes([1; 31]);
    assert_eq!(code(&alice.ask(group.commit(&alice, &orphan, vec![])).await), ErrorCode::Malformed);
    let early = Group { epoch: 2, ..group.clone() }.bundle(Effect::None);
    assert!(matches!(outcome(alice.ask(group.commit(&alice, &early, vec![])).await), Outcome::Refused(_)));
}

#[tokio::test(start_paused = true)]
async fn a_log_is_made_once() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    let first = group.bundle(Effect::None);
    let Ask::SubmitCommit(mut request) = group.commit(&alice, &first, vec![]) else { unreachable!() };
    request.first_access_key = Bytes::new();
    assert_eq!(code(&alice.ask(Ask::SubmitCommit(request)).await), ErrorCode::NoSuchLog);
    assert_eq!(accepted(alice.ask(group.commit(&alice, &first, vec![])).await), 1);
    group.committed(&first);

    let rival = Group::new(1);
    let bundle = rival.bundle(Effect::None);
    let Ask::SubmitCommit(mut request) = rival.commit(&alice, &bundle, vec![]) else { unreachable!() };
    request.first_access_key = bytes(key(9).verifying_key());
    request.proof = alice.proof(rival.log, 0, &key(9), AccessPurpose::Submit(&request.bundle));
    assert_eq!(code(&alice.ask(Ask::SubmitCommit(request)).await), ErrorCode::LogExists);
}

#[tokio::test(start_paused = true)]
async fn the_same_submission_gets_the_first_answer() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    let first = group.bundle(Effect::None);
    assert_eq!(accepted(alice.ask(group.commit(&alice, &first, vec![])).await), 1);
    assert_eq!(accepted(alice.ask(group.commit(&alice, &first, vec![])).await), 1);
    group.committed(&first);

    let entry = group.entry(1, "hello");
    assert_eq!(accepted(alice.ask(group.submit(&alice, &entry)).await), 2);
    group.advance(&mut alice, Effect::Revokes).await;
    // Lost answers are requested again on a new connection, even if the entry would be stale by now.
    let mut again = Connection::anonymous(&service).await;
    assert_eq!(accepted(again.ask(group.submit(&again, &entry)).await), 2);
    assert_eq!(accepted(again.ask(group.commit(&again, &first, vec![])).await), 1);
    let other = wire::Entry { message: private_message(group.log, 1, 1, "other"), ..entry };
    assert!(matches!(outcome(again.ask(group.submit(&again, &other)).await), Outcome::Refused(_)));
    let page = entries(again.ask(group.read(&again, 2, 0)).await);
    assert_eq!(seqs(&page), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn messages_are_accepted_for_the_retained_epochs_and_proposals_for_the_current_one() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    for _ in 0..5 {
        group.advance(&mut alice, Effect::None).await;
    }
    for (epoch, good) in [(5, true), (4, true), (2, true), (1, false), (0, false)] {
        let entry = group.entry(epoch, "late");
        let outcome = outcome(alice.ask(group.submit(&alice, &entry)).await);
        assert_eq!(outcome == Outcome::Stale(5), !good, "{epoch}");
    }
    for (epoch, good) in [(5, true), (4, false)] {
        let mut entry = group.entry(epoch, "proposal");
        entry.kind = EntryKind::Proposal.into();
        entry.message = private_message(group.log, epoch, 2, "text");
        let outcome = outcome(alice.ask(group.submit(&alice, &entry)).await);
        assert_eq!(outcome == Outcome::Stale(5), !good, "{epoch}");
    }
    let early = group.entry(6, "early");
    assert!(matches!(outcome(alice.ask(group.submit(&alice, &early)).await), Outcome::Refused(_)));
}

#[tokio::test(start_paused = true)]
async fn entries_from_before_a_revoking_or_rotating_commit_are_stale() {
    for effect in [Effect::Revokes, Effect::Rotates] {
        let service = service();
        let mut alice = Connection::anonymous(&service).await;
        let mut group = Group::new(1);
        group.advance(&mut alice, Effect::None).await;
        group.advance(&mut alice, effect).await;
        group.advance(&mut alice, Effect::None).await;
        let before = group.entry(1, "before");
        assert_eq!(outcome(alice.ask(group.submit(&alice, &before)).await), Outcome::Stale(3));
        let since = group.entry(2, "since");
        accepted(alice.ask(group.submit(&alice, &since)).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_proof_is_of_one_key_epoch_log_connection_and_content() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let other = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let elsewhere = Group::new(2);
    let entry = group.entry(1, "hello");
    let encoded = Bytes::from(entry.encode_to_vec());
    let submit = AccessPurpose::Submit(&encoded);
    let wrong = [
        alice.proof(group.log, 1, &access_key(0), submit),
        alice.proof(group.log, 0, &access_key(0), submit),
        alice.proof(elsewhere.log, 1, &access_key(1), submit),
        alice.proof(group.log, 1, &access_key(1), AccessPurpose::Read),
        other.proof(group.log, 1, &access_key(1), submit),
        alice.proof(group.log, 1, &access_key(1), AccessPurpose::Submit(b"other")),
    ];
    for proof in wrong {
        let request = wire::SubmitEntry { log: bytes(group.log.as_bytes()), entry: encoded.clone(), proof };
        assert_eq!(code(&alice.ask(Ask::SubmitEntry(request)).await), ErrorCode::Unauthenticated);
    }
    assert_eq!(code(&alice.ask(group.read(&other, 1, 0)).await), ErrorCode::Unauthenticated);
    accepted(alice.ask(group.submit(&alice, &entry)).await);
}

#[tokio::test(start_paused = true)]
async fn a_proof_opens_up_to_the_first_revoking_commit_after_it() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await; // 1, begins epoch 1
    group.say(&mut alice, "one").await; // 2
    group.advance(&mut alice, Effect::Rotates).await; // 3, begins epoch 2
    group.advance(&mut alice, Effect::Revokes).await; // 4, begins epoch 3
    group.say(&mut alice, "two").await; // 5
    group.advance(&mut alice, Effect::Revokes).await; // 6, begins epoch 4
    group.say(&mut alice, "three").await; // 7

    for epoch in 0..=2 {
        let page = entries(alice.ask(group.read(&alice, epoch, 0)).await);
        assert_eq!((seqs(&page), page.more, page.head), (vec![1, 2, 3, 4], true, 4));
        assert_eq!(code(&alice.ask(group.read(&alice, epoch, 4)).await), ErrorCode::ProveEpoch);
    }
    assert_eq!(seqs(&entries(alice.ask(group.read(&alice, 3, 4)).await)), [5, 6]);
    assert_eq!(seqs(&entries(alice.ask(group.read(&alice, 3, 0)).await)), [1, 2, 3, 4, 5, 6]);
    assert_eq!(seqs(&entries(alice.ask(group.read(&alice, 4, 6)).await)), [7]);
    assert_eq!(seqs(&entries(alice.ask(group.read(&alice, 4, 7)).await)), [0; 0]);
    assert_eq!(code(&alice.ask(group.read(&alice, 5, 0)).await), ErrorCode::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn a_joiner_reads_from_the_commit_that_began_its_epoch() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    group.say(&mut alice, "before").await;
    group.advance(&mut alice, Effect::None).await;
    group.say(&mut alice, "after").await;
    let start = |epoch| {
        let Ask::ReadLog(mut read) = group.read(&alice, 2, 0) else { unreachable!() };
        read.from = Some(wire::read_log::From::StartOf(epoch));
        Ask::ReadLog(read)
    };
    let (second, zeroth, future) = (start(2), start(0), start(3));
    assert_eq!(seqs(&entries(alice.ask(second).await)), [3, 4]);
    assert_eq!(seqs(&entries(alice.ask(zeroth).await)), [1, 2, 3, 4]);
    assert_eq!(code(&alice.ask(future).await), ErrorCode::Malformed);
}

#[tokio::test(start_paused = true)]
async fn subscribers_get_what_is_there_and_what_comes_and_stop_where_their_proof_does() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut bob = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    group.say(&mut alice, "one").await;
    let answer = bob.ask(group.subscribe(&bob, 1, 0)).await;
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
    assert_eq!(seqs(&entries(bob.pushed().await)), [1, 2]);
    group.say(&mut alice, "two").await;
    assert_eq!(seqs(&entries(bob.pushed().await)), [3]);
    group.advance(&mut alice, Effect::Revokes).await;
    group.say(&mut alice, "not for bob").await;
    assert_eq!(seqs(&entries(bob.pushed().await)), [4]);
    match bob.pushed().await {
        Answer::LogPaused(paused) => assert_eq!((paused.log, paused.after), (bytes([1; 16]), 4)),
        other => panic!("{other:?}"),
    }
    bob.quiet().await;
    assert_eq!(code(&bob.ask(group.subscribe(&bob, 1, 4)).await), ErrorCode::ProveEpoch);
    bob.ask(group.subscribe(&bob, 2, 4)).await;
    assert_eq!(seqs(&entries(bob.pushed().await)), [5]);
    bob.ask(Ask::UnsubscribeLog(wire::UnsubscribeLog { log: bytes([1; 16]) })).await;
    group.say(&mut alice, "nobody listens").await;
    bob.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_misses_nothing() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut bob = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    bob.ask(group.subscribe(&bob, 1, 0)).await;
    // Far more than all queues hold, before anything is read.
    let number = 1_500;
    for n in 0..number {
        group.say(&mut alice, &format!("message {n}")).await;
    }
    let mut next = 1;
    while next <= number + 1 {
        let page = entries(bob.pushed().await);
        assert!(page.entries.len() <= LOG_ENTRIES_MAX);
        for seq in seqs(&page) {
            assert_eq!(seq, next);
            next += 1;
        }
    }
    group.say(&mut alice, "live again").await;
    assert_eq!(seqs(&entries(bob.pushed().await)), [next]);
    bob.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn submissions_of_one_connection_keep_their_order() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    for n in 0..40 {
        let entry = group.entry(1, &n.to_string());
        alice.send(1_000 + n, group.submit(&alice, &entry)).await;
    }
    for n in 0..40 {
        assert_eq!(accepted(alice.answer(1_000 + n).await), n + 2);
    }
}

#[tokio::test(start_paused = true)]
async fn stamps_never_go_back() {
    let clock = Arc::new(SetClock(10_000.into()));
    let service = Service::open(ServiceConfig::in_memory("example.org", clock.clone())).unwrap();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    clock.set(4_000);
    group.say(&mut alice, "the clock went back").await;
    clock.set(11_000);
    group.say(&mut alice, "and on").await;
    let page = entries(alice.ask(group.read(&alice, 1, 0)).await);
    let stamps: Vec<_> = page.entries.iter().map(|entry| entry.at_ms).collect();
    assert_eq!(stamps, [10_000, 10_000, 11_000]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_race_one_wins_each_epoch() {
    const EPOCHS: u64 = 12;
    let folder = tempfile::TempDir::new().unwrap();
    let service = Service::open(ServiceConfig::directory(folder.path())).unwrap();
    let racer = || {
        let service = service.clone();
        tokio::spawn(async move {
            let mut connection = Connection::anonymous(&service).await;
            let (mut group, mut won) = (Group::new(1), 0);
            while group.epoch < EPOCHS {
                let bundle = group.bundle(Effect::None);
                match outcome(connection.ask(group.commit(&connection, &bundle, vec![])).await) {
                    Outcome::Accepted(_) => won += 1,
                    Outcome::Stale(epoch) => assert!(epoch > group.epoch),
                    // All bundles of an epoch hold the same commit, so the parent always matches.
                    Outcome::Refused(reason) => panic!("{reason}"),
                }
                group.committed(&bundle);
            }
            won
        })
    };
    let racers: Vec<_> = (0..8).map(|_| racer()).collect();
    let mut won = 0;
    for racer in racers {
        won += racer.await.unwrap();
    }
    assert_eq!(won, EPOCHS);
    let mut reader = Connection::anonymous(&service).await;
    let page = entries(reader.ask(Group::new(1).read(&reader, EPOCHS, 0)).await);
    assert_eq!(seqs(&page), (1..=EPOCHS).collect::<Vec<_>>());
    service.close().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_without_waiting_is_stored_in_the_order_of_sending() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    // The log, an epoch, and messages in both; each is sent before the previous one is stored.
    let first = group.bundle(Effect::None);
    alice.send(101, group.commit(&alice, &first, Vec::new())).await;
    group.committed(&first);
    alice.send(102, group.submit(&alice, &group.entry(1, "in the first epoch"))).await;
    let second = group.bundle(Effect::None);
    alice.send(103, group.commit(&alice, &second, Vec::new())).await;
    group.committed(&second);
    alice.send(104, group.submit(&alice, &group.entry(2, "in the second"))).await;
    alice.send(105, group.submit(&alice, &group.entry(7, "in none"))).await;
    alice.send(106, group.submit(&alice, &group.entry(2, "after all"))).await;
    for (request, seq) in [(101, 1), (102, 2), (103, 3), (104, 4)] {
        assert_eq!(accepted(alice.answer(request).await), seq);
    }
    assert!(matches!(outcome(alice.answer(105).await), Outcome::Refused(_)));
    assert_eq!(accepted(alice.answer(106).await), 5);
}

/// A client that has stopped reading does not delay delivery of its messages to others.
#[tokio::test(start_paused = true)]
async fn followers_hear_at_once_of_what_a_stuck_connection_has_sent() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut bob = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    bob.ask(group.subscribe(&bob, 1, 1)).await;
    let told = entries(bob.pushed().await);
    assert_eq!((seqs(&told), told.head), (vec![], 1), "nothing is new, and where the log ends");
    // As many answers as its queue holds; then a message, and an answer for which there is no room.
    for request in 0..LINK_FRAMES_MAX as u64 {
        alice.send(1_000 + request, Ask::Ping(wire::Ping {})).await;
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    alice.send(2_000, group.submit(&alice, &group.entry(1, "heard"))).await;
    alice.send(2_001, Ask::Ping(wire::Ping {})).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(seqs(&entries(bob.pushed().await)), [2]);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}
