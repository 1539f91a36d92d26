//! Sockets of strangers: what they can make the service hold and do is bounded, in size and in time.

use std::time::Duration;

use conclave_protocol::limits::BLOB_BYTES_MAX;
use conclave_protocol::wire::{self, ClientFrame, ErrorCode, ServerFrame};
use conclave_server::Allowance;
use prost::Message as _;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::client::{
    Answer, Ask, Connection, Effect, Group, accepted, code, entries, seqs, service, service_with,
};
use crate::raw::{BINARY, BINARY_BEGUN, CONTINUED, PING, PONG, frame, next, raw, request};
use crate::socket::connect;
use crate::sockets::start;

/// The error and close code that a socket ends with; pings and pongs are skipped.
async fn end(socket: &mut TcpStream) -> (Option<ErrorCode>, u16) {
    let mut error = None;
    loop {
        match next(socket).await {
            Some((BINARY, payload)) => match ServerFrame::decode(payload.as_slice()).unwrap().body {
                Some(Answer::Error(refused)) => error = Some(refused.code()),
                other => panic!("{other:?}"),
            },
            Some((0x88, payload)) => return (error, u16::from_be_bytes([payload[0], payload[1]])),
            Some((PING | PONG, _)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_never_finished_ends_its_connection() {
    let server = start(None, |_| {}).await;
    // In one frame, in many, and with only a head.
    let begins = [
        frame(BINARY, 3 << 20, &[0; 60 << 10]),
        [frame(BINARY_BEGUN, 60 << 10, &[0; 60 << 10]), frame(CONTINUED, 1, &[0])].concat(),
        vec![BINARY],
    ];
    for (which, begin) in begins.into_iter().enumerate() {
        let mut socket = raw(server.address, true).await;
        let begun = Instant::now();
        socket.write_all(&begin).await.unwrap();
        if which == 1 {
            // What keeps a connection alive does not keep a message alive.
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_secs(9)).await;
                socket.write_all(&frame(PONG, 0, &[])).await.unwrap();
            }
        }
        assert_eq!(end(&mut socket).await, (Some(ErrorCode::Unauthenticated), 1008), "{which}");
        let lasted = begun.elapsed();
        assert!((Duration::from_secs(29)..Duration::from_secs(40)).contains(&lasted), "{which}: {lasted:?}");
    }
}

#[tokio::test]
async fn frames_are_small_until_the_connection_is_open() {
    let server = start(None, |_| {}).await;
    let mut socket = raw(server.address, false).await;
    // Announcing it is enough.
    socket.write_all(&frame(BINARY, 2_000, &[])).await.unwrap();
    assert_eq!(end(&mut socket).await, (Some(ErrorCode::TooLarge), 1009));
    let mut identified = connect(server.address, "/v1/identified").await;
    identified.link.outgoing.send(vec![0; 9_000].into()).await.unwrap();
    let refused = identified.frame().await.unwrap().body.unwrap();
    assert_eq!(code(&refused), ErrorCode::TooLarge);
    assert!(identified.frame().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_asked_yet_is_not_decoded() {
    let service = service();
    let mut connection = Connection::raw(&service, conclave_protocol::link::ConnectionKind::Anonymous).await;
    // An invalid field of a submission, and a field of a request for the other kind of connection.
    let broken = |field: u8| vec![0x08, 5, field, 0x01, 2, 0x0a, 0xff];
    for field in [0xf2, 0x82] {
        connection.link.outgoing.send(broken(field).into()).await.unwrap();
        assert_eq!(code(&connection.answer(5).await), ErrorCode::NotHere);
    }
    connection.hello().await;
    connection.link.outgoing.send(broken(0xf2).into()).await.unwrap();
    assert_eq!(code(&connection.frame().await.unwrap().body.unwrap()), ErrorCode::Malformed);
}

#[tokio::test(start_paused = true)]
async fn pings_pongs_and_empty_fragments_come_at_a_bounded_rate() {
    let server = start(None, |limits| limits.frames = Allowance::per_second(20, 2)).await;
    for kind in [PING, PONG, CONTINUED] {
        let mut socket = raw(server.address, true).await;
        let begun = Instant::now();
        let ask = ClientFrame { request: 7, body: Some(Ask::Ping(wire::Ping {})) }.encode_to_vec();
        let mut bytes = Vec::new();
        if kind == CONTINUED {
            bytes.extend(frame(BINARY_BEGUN, 0, &[]));
        }
        for _ in 0..50 {
            bytes.extend(frame(kind, 0, &[]));
        }
        let last = if kind == CONTINUED { 0x80 } else { BINARY };
        bytes.extend(frame(last, ask.len(), &ask));
        socket.write_all(&bytes).await.unwrap();
        while next(&mut socket).await.unwrap().0 != BINARY {}
        let lasted = begun.elapsed();
        assert!((Duration::from_secs(12)..Duration::from_secs(20)).contains(&lasted), "{kind}: {lasted:?}");
    }
}

#[tokio::test]
async fn what_is_not_websocket_is_told_so() {
    let server = start(None, |_| {}).await;
    let unmasked = vec![BINARY, 1, 0];
    let reserved = frame(0xc2, 1, &[0]);
    let opcode = frame(0x83, 1, &[0]);
    let long_ping = frame(PING, 126, &[0; 126]);
    let no_message = frame(CONTINUED, 1, &[0]);
    let two = [frame(BINARY_BEGUN, 1, &[0]), frame(BINARY, 1, &[0])].concat();
    for (bytes, close) in [
        (unmasked, 1002),
        (reserved, 1002),
        (opcode, 1002),
        (long_ping, 1002),
        (no_message, 1002),
        (two, 1002),
        (frame(0x81, 2, b"hi"), 1003),
    ] {
        let mut socket = raw(server.address, true).await;
        socket.write_all(&bytes).await.unwrap();
        assert_eq!(end(&mut socket).await, (None, close), "{bytes:?}");
    }
}

#[tokio::test]
async fn a_message_in_pieces_is_one() {
    let server = start(None, |_| {}).await;
    let mut socket = raw(server.address, true).await;
    let ask = ClientFrame { request: 7, body: Some(Ask::Ping(wire::Ping {})) }.encode_to_vec();
    for piece in [
        frame(BINARY_BEGUN, 1, &ask[..1]),
        frame(PING, 4, b"well"),
        frame(CONTINUED, 0, &[]),
        frame(0x80, ask.len() - 1, &ask[1..]),
    ] {
        socket.write_all(&piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(next(&mut socket).await.unwrap(), (PONG, b"well".to_vec()));
    let (first, answer) = next(&mut socket).await.unwrap();
    assert_eq!(first, BINARY);
    assert!(matches!(ServerFrame::decode(answer.as_slice()).unwrap().body, Some(Answer::Pong(_))));
}

/// Connections that request much and read nothing do not keep others from reading, and are dropped.
#[tokio::test]
async fn answers_that_nobody_reads_are_bounded() {
    let server = start(None, |limits| limits.answer_bytes_max = 2 * BLOB_BYTES_MAX).await;
    let mut alice = connect(server.address, "/v1/anonymous").await;
    let put = wire::PutBlob { id: vec![1; 16].into(), data: vec![1; BLOB_BYTES_MAX].into() };
    assert!(matches!(alice.ask(Ask::PutBlob(put)).await, Answer::BlobStored(_)));
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let mut stuck = Vec::new();
    for _ in 0..4 {
        let mut socket = raw(server.address, true).await;
        for number in 2..82 {
            let get = Ask::GetBlob(wire::GetBlob { id: vec![1; 16].into() });
            socket.write_all(&request(number, get)).await.unwrap();
        }
        stuck.push(socket);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    // Small answers wait for nobody, and large ones arrive once those who do not read are dropped.
    assert_eq!(seqs(&entries(alice.ask(group.read(&alice, 1, 0)).await)), [1]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    loop {
        let get = Ask::GetBlob(wire::GetBlob { id: vec![1; 16].into() });
        match alice.ask(get).await {
            Answer::Blob(blob) => break assert_eq!(blob.data.len(), BLOB_BYTES_MAX),
            other => assert_eq!(code(&other), ErrorCode::Busy),
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody is disconnected");
    }
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_cannot_be_read_for_stays() {
    let service = service_with(|limits| limits.answer_bytes_max = 1);
    let mut alice = Connection::anonymous(&service).await;
    let mut bob = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    bob.ask(group.subscribe(&bob, 1, 1)).await;
    // Too large for his connection's own allowance.
    group.say(&mut alice, &"x".repeat(100 << 10)).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(matches!(bob.ask(Ask::Ping(wire::Ping {})).await, Answer::Pong(_)));
    let Answer::Error(refused) = bob.ask(group.read(&bob, 1, 1)).await else { panic!("it was read") };
    assert_eq!(refused.code(), ErrorCode::Busy);
}

#[tokio::test(start_paused = true)]
async fn who_is_beyond_the_newest_entry_is_told_so_and_misses_nothing_after_it() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut bob = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let page = entries(bob.ask(group.read(&bob, 1, 10)).await);
    assert_eq!((seqs(&page), page.head, page.more), (vec![], 1, false));
    assert!(matches!(bob.ask(group.subscribe(&bob, 1, 10)).await, Answer::Done(_)));
    let told = entries(bob.pushed().await);
    assert_eq!((seqs(&told), told.head), (vec![], 1));
    for seq in 2..=12 {
        assert_eq!(group.say(&mut alice, "new").await, seq);
        assert_eq!(seqs(&entries(bob.pushed().await)), [seq]);
    }
}

#[tokio::test(start_paused = true)]
async fn subscribing_again_pushes_nothing_twice() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut bob = Connection::anonymous(&service).await;
    let mut groups: Vec<_> = (1..5).map(Group::new).collect();
    for group in &mut groups {
        group.advance(&mut alice, Effect::None).await;
        for _ in 0..3 {
            group.say(&mut alice, &"x".repeat(100 << 10)).await;
        }
    }
    // All wait in turn to be read when they are requested repeatedly.
    for round in 0..4_u64 {
        for (number, group) in (0_u64..).zip(&groups) {
            bob.send(100 + 10 * round + number, group.subscribe(&bob, 1, 0)).await;
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    for group in &groups {
        group.say(&mut alice, "live").await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut had = std::collections::HashMap::<_, Vec<u64>>::new();
    while let Ok(frame) = bob.link.incoming.try_recv() {
        if let Some(Answer::LogEntries(page)) = ServerFrame::decode(frame).unwrap().body {
            had.entry(page.log.clone()).or_default().extend(seqs(&page));
        }
    }
    assert_eq!(had.len(), 4);
    for seqs in had.values() {
        // One subscription may push again what an earlier one pushed; within the last one there is no repetition.
        let last = seqs.iter().rposition(|seq| *seq == 1).unwrap();
        assert_eq!(seqs[last..], [1, 2, 3, 4, 5]);
    }
}

#[tokio::test]
async fn what_is_in_the_works_is_answered_when_the_server_stops() {
    let server = start(None, |_| {}).await;
    let mut alice = connect(server.address, "/v1/anonymous").await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    for number in 0..20 {
        alice.send(100 + number, group.submit(&alice, &group.entry(1, "on its way"))).await;
    }
    // The first answer means that the others have been read, or soon will be.
    let mut answered = vec![accepted(alice.answer(100).await)];
    server.stop.send(()).unwrap();
    while let Some(frame) = alice.frame().await {
        answered.push(accepted(frame.body.unwrap()));
    }
    server.served.await.unwrap().unwrap();
    let mut local = Connection::anonymous(&server.service).await;
    let stored = seqs(&entries(local.ask(group.read(&local, 1, 1)).await));
    assert_eq!(stored, answered, "what was stored was answered");
}
