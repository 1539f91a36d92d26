//! Bad input gets a typed error, and never ends the service.

use bytes::Bytes;
use conclave_protocol::limits::{
    ADDS_PER_COMMIT_MAX, BLOB_BYTES_MAX, COMMIT_BYTES_MAX, FRAME_BYTES_MAX, MESSAGE_BYTES_MAX,
};
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::wire::{self, ClientFrame, ErrorCode, WelcomeDelivery};
use prost::Message;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::client::{
    Answer, Ask, Connection, Effect, Group, Person, bytes, code, error, service, service_with,
};

async fn is_alive(connection: &mut Connection) {
    assert!(matches!(connection.ask(Ask::Ping(wire::Ping {})).await, Answer::Pong(_)));
}

async fn next_error(connection: &mut Connection) -> wire::Error {
    let frame = connection.frame().await.expect("the connection is open");
    error(frame.body.unwrap())
}

#[tokio::test(start_paused = true)]
async fn random_bytes_are_malformed() {
    let service = service();
    let mut random = StdRng::seed_from_u64(1);
    // An identified one is read only for a while, and more slowly after this many faults.
    for (kind, number) in [(ConnectionKind::Anonymous, 2_000), (ConnectionKind::Identified, 200)] {
        let mut connection = Connection::raw(&service, kind).await;
        connection.hello().await;
        for _ in 0..number {
            let mut junk = vec![0; random.random_range(0..300)];
            random.fill(junk.as_mut_slice());
            connection.link.outgoing.send(junk.into()).await.unwrap();
            next_error(&mut connection).await;
        }
        is_alive(&mut connection).await;
    }
}

#[tokio::test(start_paused = true)]
async fn cut_and_altered_requests_are_answered() {
    let service = service();
    let mut random = StdRng::seed_from_u64(2);
    let alice = Person::enrol(&service, "alice", 1).await;
    let mut anonymous = Connection::anonymous(&service).await;
    let mut identified = alice.connect(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut anonymous, Effect::None).await;
    let welcome = WelcomeDelivery { inbox: bytes(alice.client.inbox().as_bytes()), welcome: bytes("w") };
    let of_logs = [
        group.commit(&anonymous, &group.bundle(Effect::Revokes), vec![welcome]),
        group.submit(&anonymous, &group.entry(1, "hello")),
        group.read(&anonymous, 1, 0),
        Ask::PutBlob(wire::PutBlob { id: bytes([1; 16]), data: bytes("data") }),
        Ask::GetBlob(wire::GetBlob { id: bytes([1; 16]) }),
        Ask::UnsubscribeLog(wire::UnsubscribeLog { log: bytes([1; 16]) }),
    ];
    let upload = wire::KeyPackageUpload {
        key_package: bytes([0, 1, 0, 5, 9]),
        cipher_suite: 1,
        not_after_ms: u64::MAX,
    };
    let of_clients = [
        Ask::PublishKeyPackages(wire::PublishKeyPackages {
            key_packages: vec![upload.clone()],
            last_resort: Some(upload),
        }),
        Ask::ClaimKeyPackages(wire::ClaimKeyPackages {
            user: alice.client.user().to_string(),
            cipher_suites: vec![1],
        }),
        Ask::ReadInbox(wire::ReadInbox { after: u64::MAX, limit: u32::MAX }),
        Ask::AcknowledgeInbox(wire::AcknowledgeInbox { upto: u64::MAX }),
        alice.authenticate(&identified),
    ];
    for (connection, requests) in [(&mut anonymous, of_logs.as_slice()), (&mut identified, &of_clients)] {
        for body in requests {
            let whole = ClientFrame { request: 5, body: Some(body.clone()) }.encode_to_vec();
            for _ in 0..150 {
                let mut altered = whole.clone();
                match random.random_range(0..3) {
                    0 => altered.truncate(random.random_range(0..whole.len())),
                    1 => altered[random.random_range(0..whole.len())] ^= 1 << random.random_range(0..8),
                    _ => altered.insert(random.random_range(0..whole.len()), random.random()),
                }
                connection.link.outgoing.send(altered.into()).await.unwrap();
                // One answer each, whatever it is.
                connection.frame().await.expect("the connection is open");
            }
        }
        is_alive(connection).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fields_of_a_wrong_length_are_named() {
    let service = service();
    let mut connection = Connection::anonymous(&service).await;
    let group = Group::new(1);
    let read = |change: fn(&mut wire::ReadLog)| {
        let Ask::ReadLog(mut read) = group.read(&connection, 0, 0) else { unreachable!() };
        change(&mut read);
        Ask::ReadLog(read)
    };
    let commit = |change: fn(&mut wire::CommitBundle)| {
        let mut bundle = group.bundle(Effect::None);
        change(&mut bundle);
        group.commit(&connection, &bundle, vec![])
    };
    let entry = |change: fn(&mut wire::Entry)| {
        let mut entry = group.entry(0, "text");
        change(&mut entry);
        group.submit(&connection, &entry)
    };
    let requests = [
        read(|r| r.log = bytes([1; 15])),
        read(|r| r.proof = None),
        read(|r| r.from = None),
        read(|r| r.proof.as_mut().unwrap().signature = bytes([1; 63])),
        read(|r| r.proof.as_mut().unwrap().epoch = u64::MAX),
        commit(|b| b.submission = bytes([1; 17])),
        commit(|b| b.next_access_key = bytes([1; 31])),
        commit(|b| b.next_access_key = bytes([0; 32])),
        commit(|b| b.next_access_key = Bytes::new()),
        commit(|b| b.commit = Bytes::new()),
        entry(|e| e.submission = Bytes::new()),
        entry(|e| e.kind = 1),
        entry(|e| e.kind = 77),
        entry(|e| e.message = Bytes::new()),
        Ask::SubmitEntry(wire::SubmitEntry {
            log: bytes([1; 16]),
            entry: bytes([255; 9]),
            proof: connection.proof(
                group.log,
                0,
                &crate::client::access_key(0),
                conclave_protocol::signing::AccessPurpose::Read,
            ),
        }),
        Ask::GetBlob(wire::GetBlob { id: bytes([1; 3]) }),
    ];
    for request in requests {
        let text = format!("{request:?}");
        assert_eq!(code(&connection.ask(request).await), ErrorCode::Malformed, "{text}");
    }
    let none = ClientFrame { request: 9, body: None }.encode_to_vec();
    connection.link.outgoing.send(none.into()).await.unwrap();
    assert_eq!(code(&connection.answer(9).await), ErrorCode::Malformed);
    connection.send(0, Ask::Ping(wire::Ping {})).await;
    assert_eq!(next_error(&mut connection).await.code(), ErrorCode::Malformed);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_refused_with_the_limit() {
    let service = service();
    let mut connection = Connection::anonymous(&service).await;
    connection.link.outgoing.send(vec![0; FRAME_BYTES_MAX + 1].into()).await.unwrap();
    let refused = next_error(&mut connection).await;
    assert_eq!((refused.code(), refused.limit), (ErrorCode::TooLarge, FRAME_BYTES_MAX as u64));

    let group = Group::new(1);
    let mut bundle = group.bundle(Effect::None);
    bundle.commit = vec![1; COMMIT_BYTES_MAX + 1].into();
    let mut entry = group.entry(0, "");
    entry.message = vec![1; MESSAGE_BYTES_MAX + 1].into();
    let requests = [
        (group.commit(&connection, &bundle, vec![]), COMMIT_BYTES_MAX),
        (group.submit(&connection, &entry), MESSAGE_BYTES_MAX),
        (
            Ask::PutBlob(wire::PutBlob { id: bytes([1; 16]), data: vec![1; BLOB_BYTES_MAX + 1].into() }),
            BLOB_BYTES_MAX,
        ),
    ];
    for (request, limit) in requests {
        let refused = error(connection.ask(request).await);
        assert_eq!((refused.code(), refused.limit), (ErrorCode::TooLarge, limit as u64));
    }
    let one = WelcomeDelivery { inbox: bytes([1; 16]), welcome: bytes("w") };
    let many = vec![one; ADDS_PER_COMMIT_MAX + 1];
    let refused = error(connection.ask(group.commit(&connection, &group.bundle(Effect::None), many)).await);
    assert_eq!((refused.code(), refused.limit), (ErrorCode::TooMany, ADDS_PER_COMMIT_MAX as u64));
}

#[tokio::test(start_paused = true)]
async fn blobs_are_kept_under_their_ids() {
    let service = service();
    let mut connection = Connection::anonymous(&service).await;
    let put = |data: &str| Ask::PutBlob(wire::PutBlob { id: bytes([1; 16]), data: bytes(data) });
    assert!(matches!(connection.ask(put("data")).await, Answer::BlobStored(_)));
    assert!(matches!(connection.ask(put("data")).await, Answer::BlobStored(_)));
    assert_eq!(code(&connection.ask(put("other")).await), ErrorCode::Malformed);
    let get = |id: u8| Ask::GetBlob(wire::GetBlob { id: bytes([id; 16]) });
    assert!(matches!(connection.ask(get(1)).await, Answer::Blob(blob) if blob.data == "data"));
    assert_eq!(code(&connection.ask(get(2)).await), ErrorCode::NoSuchBlob);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_let_go() {
    let service = service_with(|limits| limits.frames.burst = 1_000_000);
    let connection = Connection::anonymous(&service).await;
    // Until both queues are full and the service stops waiting for us.
    let mut request = 1_000;
    while !connection.link.outgoing.is_closed() {
        let ping = ClientFrame { request, body: Some(Ask::Ping(wire::Ping {})) }.encode_to_vec();
        let sent = connection.link.outgoing.send(ping.into()).await;
        request += 1;
        assert!(sent.is_ok() || connection.link.outgoing.is_closed());
        assert!(request < 10_000);
    }
    is_alive(&mut Connection::anonymous(&service).await).await;
}
