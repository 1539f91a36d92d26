//! Allowances, by virtual time.

use std::time::Duration;

use conclave_protocol::link::{ConnectError, ConnectionKind, Connector};
use conclave_protocol::signing::AccessPurpose;
use conclave_protocol::wire::{self, ErrorCode};
use conclave_server::Allowance;
use tokio::time::Instant;

use crate::client::{Answer, Ask, Connection, Effect, Group, code, entries, error, seqs, service_with};

/// The virtual time that this many pings take.
async fn pinging(connection: &mut Connection, number: u32) -> Duration {
    let begun = Instant::now();
    for _ in 0..number {
        assert!(matches!(connection.ask(Ask::Ping(wire::Ping {})).await, Answer::Pong(_)));
    }
    begun.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_connection_over_its_allowance_of_frames_is_not_read() {
    let service = service_with(|limits| limits.frames = Allowance::per_second(10, 2));
    let mut connection = Connection::anonymous(&service).await;
    assert_eq!(pinging(&mut connection, 9).await, Duration::ZERO);
    // Everything is answered, at the rate at which it is read.
    let slow = pinging(&mut connection, 11).await;
    assert!((Duration::from_secs(5)..Duration::from_secs(6)).contains(&slow), "{slow:?}");
    // Another connection has its own allowance.
    assert_eq!(pinging(&mut Connection::anonymous(&service).await, 9).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn wrong_signatures_cost_more_than_frames_and_others_nothing() {
    let service = service_with(|limits| limits.frames = Allowance::per_second(100, 10));
    let mut alice = Connection::anonymous(&service).await;
    let mut mallory = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let wrong = |connection: &Connection| {
        let Ask::SubmitEntry(mut submit) = group.submit(connection, &group.entry(1, "never said")) else {
            unreachable!()
        };
        submit.proof = connection.proof(group.log, 1, &crate::client::key(9), AccessPurpose::Read);
        Ask::SubmitEntry(submit)
    };
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(code(&mallory.ask(wrong(&mallory)).await), ErrorCode::Unauthenticated);
    }
    // 21 frames each, 10 a second, after the first 100.
    assert!(begun.elapsed() > Duration::from_secs(25), "{:?}", begun.elapsed());
    let begun = Instant::now();
    for _ in 0..50 {
        group.say(&mut alice, "said").await;
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn connections_are_bounded() {
    let service = service_with(|limits| limits.connections_max = 2);
    let first = Connection::anonymous(&service).await;
    let _second = Connection::anonymous(&service).await;
    let refused = service.connector().connect(ConnectionKind::Anonymous).await;
    assert_eq!(refused.unwrap_err(), ConnectError::Unreachable);
    drop(first);
    // Its task ends when it is next scheduled.
    tokio::time::sleep(Duration::from_millis(1)).await;
    service.connector().connect(ConnectionKind::Anonymous).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn subscriptions_are_bounded() {
    let service = service_with(|limits| limits.subscriptions_max = 2);
    let mut connection = Connection::anonymous(&service).await;
    let mut groups = [Group::new(1), Group::new(2), Group::new(3)];
    for group in &mut groups {
        group.advance(&mut connection, Effect::None).await;
    }
    // A refused subscription takes no place.
    assert_eq!(code(&connection.ask(Group::new(9).subscribe(&connection, 1, 0)).await), ErrorCode::NoSuchLog);
    for group in &groups[..2] {
        assert!(matches!(connection.ask(group.subscribe(&connection, 1, 0)).await, Answer::Done(_)));
    }
    let refused = error(connection.ask(groups[2].subscribe(&connection, 1, 0)).await);
    assert_eq!((refused.code(), refused.limit), (ErrorCode::TooMany, 2));
    // Subscribing again does not count twice.
    assert!(matches!(connection.ask(groups[1].subscribe(&connection, 1, 1)).await, Answer::Done(_)));
    let log = groups[0].log.as_bytes().to_vec().into();
    connection.ask(Ask::UnsubscribeLog(wire::UnsubscribeLog { log })).await;
    assert!(matches!(connection.ask(groups[2].subscribe(&connection, 1, 0)).await, Answer::Done(_)));
}

#[tokio::test(start_paused = true)]
async fn what_is_past_its_retention_goes() {
    let day = Duration::from_secs(24 * 3600);
    let service = service_with(|_| {});
    let mut connection = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut connection, Effect::None).await; // 1
    group.say(&mut connection, "old").await; // 2
    group.advance(&mut connection, Effect::Revokes).await; // 3
    let blob = wire::PutBlob { id: vec![1; 16].into(), data: vec![1; 3].into() };
    connection.ask(Ask::PutBlob(blob)).await;
    tokio::time::advance(day * 60).await;
    group.advance(&mut connection, Effect::None).await; // 4
    group.say(&mut connection, "kept").await; // 5
    assert_eq!(seqs(&entries(connection.ask(group.read(&connection, 0, 0)).await)), [1, 2, 3]);
    tokio::time::advance(day * 60).await;
    group.say(&mut connection, "new").await; // 6
    let page = entries(connection.ask(group.read(&connection, 3, 0)).await);
    assert_eq!((seqs(&page), page.head), (vec![4, 5, 6], 6));
    // Keys of epochs that ended before then are deleted with them.
    assert_eq!(code(&connection.ask(group.read(&connection, 1, 0)).await), ErrorCode::ProveEpoch);
    assert_eq!(seqs(&entries(connection.ask(group.read(&connection, 2, 0)).await)), [4, 5, 6]);
    let get = Ask::GetBlob(wire::GetBlob { id: vec![1; 16].into() });
    assert_eq!(code(&connection.ask(get).await), ErrorCode::NoSuchBlob);
}
