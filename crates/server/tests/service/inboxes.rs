//! Inboxes: Welcomes are delivered with their commit or not at all, and wait until they are acknowledged.

use bytes::Bytes;
use conclave_protocol::InboxId;
use conclave_protocol::wire::submitted::Outcome;
use conclave_protocol::wire::{self, ErrorCode, InboxEntries, WelcomeDelivery};

use crate::client::{
    Answer, Ask, Connection, Effect, Group, Person, accepted, bytes, code, error, outcome, service,
    service_with,
};

fn to(person: &Person, text: &str) -> WelcomeDelivery {
    WelcomeDelivery { inbox: bytes(person.client.inbox().as_bytes()), welcome: bytes(text) }
}

fn inbox(answer: Answer) -> InboxEntries {
    match answer {
        Answer::InboxEntries(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn welcomes(entries: &InboxEntries) -> Vec<(u64, Bytes)> {
    entries.entries.iter().map(|entry| (entry.seq, entry.welcome.clone())).collect()
}

fn read(after: u64) -> Ask {
    Ask::ReadInbox(wire::ReadInbox { after, limit: 0 })
}

async fn add(group: &mut Group, connection: &mut Connection, welcomes: Vec<WelcomeDelivery>) {
    let bundle = group.bundle(Effect::None);
    accepted(connection.ask(group.commit(connection, &bundle, welcomes)).await);
    group.committed(&bundle);
}

#[tokio::test(start_paused = true)]
async fn welcomes_come_with_their_commit_and_stay_until_acknowledged() {
    let service = service();
    let (bob, carol) = (Person::enrol(&service, "bob", 2).await, Person::enrol(&service, "carol", 3).await);
    let (mut of_bob, mut of_carol) = (bob.connect(&service).await, carol.connect(&service).await);
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    add(&mut group, &mut alice, vec![to(&bob, "for bob"), to(&carol, "for carol")]).await;
    add(&mut group, &mut alice, vec![to(&bob, "again")]).await;

    let both = inbox(of_bob.ask(read(0)).await);
    assert_eq!(welcomes(&both), [(1, bytes("for bob")), (2, bytes("again"))]);
    assert_eq!(welcomes(&inbox(of_carol.ask(read(0)).await)), [(1, bytes("for carol"))]);
    assert_eq!(welcomes(&inbox(of_bob.ask(read(1)).await)), [(2, bytes("again"))]);
    let upto = |upto| Ask::AcknowledgeInbox(wire::AcknowledgeInbox { upto });
    assert!(matches!(of_bob.ask(upto(1)).await, Answer::Done(_)));
    assert_eq!(welcomes(&inbox(of_bob.ask(read(0)).await)), [(2, bytes("again"))]);
    of_bob.ask(upto(2)).await;
    // Numbering continues.
    add(&mut group, &mut alice, vec![to(&bob, "third")]).await;
    assert_eq!(welcomes(&inbox(of_bob.ask(read(0)).await)), [(3, bytes("third"))]);
}

#[tokio::test(start_paused = true)]
async fn a_subscribed_inbox_is_pushed() {
    let service = service();
    let bob = Person::enrol(&service, "bob", 2).await;
    let mut of_bob = bob.connect(&service).await;
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    add(&mut group, &mut alice, vec![to(&bob, "one")]).await;
    let subscribed = of_bob.ask(Ask::SubscribeInbox(wire::SubscribeInbox { after: 0 })).await;
    assert!(matches!(subscribed, Answer::Done(_)));
    assert_eq!(welcomes(&inbox(of_bob.pushed().await)), [(1, bytes("one"))]);
    add(&mut group, &mut alice, vec![to(&bob, "two")]).await;
    assert_eq!(welcomes(&inbox(of_bob.pushed().await)), [(2, bytes("two"))]);
    of_bob.quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_loses_delivers_nothing_and_one_that_can_not_deliver_does_not_win() {
    let service = service();
    let bob = Person::enrol(&service, "bob", 2).await;
    let mut of_bob = bob.connect(&service).await;
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    let nowhere = WelcomeDelivery { inbox: bytes(InboxId::new([9; 16]).as_bytes()), welcome: bytes("x") };
    let first = group.bundle(Effect::None);
    let commit = group.commit(&alice, &first, vec![to(&bob, "lost"), nowhere]);
    assert!(matches!(outcome(alice.ask(commit).await), Outcome::Refused(_)));
    assert_eq!(code(&alice.ask(group.read(&alice, 0, 0)).await), ErrorCode::NoSuchLog);

    let loser = group.bundle(Effect::Rotates);
    group.advance(&mut alice, Effect::None).await;
    let late = Group::new(1).commit(&alice, &loser, vec![to(&bob, "lost")]);
    assert_eq!(outcome(alice.ask(late).await), Outcome::Stale(1));
    assert_eq!(welcomes(&inbox(of_bob.ask(read(0)).await)), []);
}

#[tokio::test(start_paused = true)]
async fn the_same_bundle_again_delivers_once() {
    let service = service();
    let bob = Person::enrol(&service, "bob", 2).await;
    let mut of_bob = bob.connect(&service).await;
    let mut alice = Connection::anonymous(&service).await;
    let group = Group::new(1);
    let bundle = group.bundle(Effect::None);
    for _ in 0..3 {
        let commit = group.commit(&alice, &bundle, vec![to(&bob, "once")]);
        assert_eq!(accepted(alice.ask(commit).await), 1);
    }
    assert_eq!(welcomes(&inbox(of_bob.ask(read(0)).await)).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_inbox_takes_no_more_until_it_is_read() {
    for by_bytes in [false, true] {
        let service = service_with(|limits| match by_bytes {
            true => limits.inbox_bytes_max = 10,
            false => limits.inbox_entries_max = 2,
        });
        let bob = Person::enrol(&service, "bob", 2).await;
        let mut of_bob = bob.connect(&service).await;
        let mut alice = Connection::anonymous(&service).await;
        let mut group = Group::new(1);
        add(&mut group, &mut alice, vec![to(&bob, "12345")]).await;
        add(&mut group, &mut alice, vec![to(&bob, "67890")]).await;
        let bundle = group.bundle(Effect::None);
        let full = error(alice.ask(group.commit(&alice, &bundle, vec![to(&bob, "x")])).await);
        assert_eq!((full.code(), full.limit), (ErrorCode::TooMany, if by_bytes { 10 } else { 2 }));
        of_bob.ask(Ask::AcknowledgeInbox(wire::AcknowledgeInbox { upto: 1 })).await;
        accepted(alice.ask(group.commit(&alice, &bundle, vec![to(&bob, "x")])).await);
    }
}

#[tokio::test(start_paused = true)]
async fn welcomes_of_one_commit_are_weighed_together() {
    let service = service_with(|limits| limits.inbox_bytes_max = 10);
    let bob = Person::enrol(&service, "bob", 2).await;
    drop(bob.connect(&service).await);
    let mut alice = Connection::anonymous(&service).await;
    let group = Group::new(1);
    let bundle = group.bundle(Effect::None);
    let two = |text: &str| vec![to(&bob, text), to(&bob, text)];
    let full = alice.ask(group.commit(&alice, &bundle, two("123456"))).await;
    assert_eq!(code(&full), ErrorCode::TooMany);
    assert_eq!(accepted(alice.ask(group.commit(&alice, &bundle, two("12345"))).await), 1);
}
