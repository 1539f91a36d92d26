//! Opening a connection, enrolling a name, looking it up.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::certificate::{Certificate, verify_device, verify_identity};
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::signing;
use conclave_protocol::wire::{self, ErrorCode};
use conclave_server::{Service, ServiceConfig};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::client::{Answer, Ask, Connection, Person, START, SetClock, bytes, code, enrol, key, service};

async fn opened(service: &Service) -> Connection {
    let mut connection = Connection::raw(service, ConnectionKind::Identified).await;
    connection.hello().await;
    connection
}

fn enrolled(answer: Answer) -> Bytes {
    match answer {
        Answer::Enrolled(enrolled) => enrolled.identity_certificate,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_shows_who_it_is() {
    let service = service();
    let connection = opened(&service).await;
    let hello = &connection.hello;
    let authority: [u8; 32] = hello.authority_key.as_ref().try_into().unwrap();
    let signed = signing::service_hello(&[7; 32], &connection.nonce(), &hello.domain, &authority);
    let key = VerifyingKey::from_bytes(&connection.service_key()).unwrap();
    key.verify_strict(&signed, &Signature::from_slice(&hello.signature).unwrap()).unwrap();
    assert_eq!((hello.version, hello.domain.as_str(), hello.now_ms), (1, "example.org", START.0));
    assert_eq!(service.service_key(), connection.service_key());
    assert_eq!(service.authority_key(), authority);
    assert_ne!(service.authority_key(), service.service_key());
    assert_ne!(opened(&service).await.nonce(), connection.nonce());
}

#[tokio::test(start_paused = true)]
async fn a_name_is_bound_to_the_first_key_that_asks() {
    let service = service();
    let mut connection = opened(&service).await;
    let certificate = enrolled(connection.ask(enrol(&connection, "alice", &key(1))).await);
    let parsed = Certificate::parse(&certificate).unwrap();
    let user = verify_identity(&service.authority_key(), "example.org", &parsed, START.seconds()).unwrap();
    assert_eq!(user.as_str(), "mimi://example.org/u/alice");
    assert_eq!(*parsed.public_key(), key(1).verifying_key().to_bytes());
    let valid = parsed.validity();
    assert!(valid.not_after_s - START.seconds() > 365 * 24 * 3600);

    assert_eq!(enrolled(connection.ask(enrol(&connection, "alice", &key(1))).await), certificate);
    let taken = connection.ask(enrol(&connection, "alice", &key(2))).await;
    assert_eq!(code(&taken), ErrorCode::NameTaken);
    for bad in ["", "Alice", "a lice", "1a", &"a".repeat(33)] {
        assert_eq!(code(&connection.ask(enrol(&connection, bad, &key(2))).await), ErrorCode::BadName);
    }
}

#[tokio::test(start_paused = true)]
async fn enrolling_needs_the_key_itself() {
    let service = service();
    let mut connection = opened(&service).await;
    let other = opened(&service).await;
    let Ask::Enrol(mut request) = enrol(&connection, "alice", &key(1)) else { unreachable!() };
    request.identity_key = bytes(key(2).verifying_key());
    assert_eq!(code(&connection.ask(Ask::Enrol(request)).await), ErrorCode::Unauthenticated);
    // Signed for another connection.
    assert_eq!(code(&connection.ask(enrol(&other, "alice", &key(1))).await), ErrorCode::Unauthenticated);
    let Ask::Enrol(mut request) = enrol(&connection, "alice", &key(1)) else { unreachable!() };
    request.identity_key = bytes([0; 32]);
    assert_eq!(code(&connection.ask(Ask::Enrol(request)).await), ErrorCode::Malformed);
}

#[tokio::test(start_paused = true)]
async fn near_its_end_a_certificate_is_renewed() {
    let clock = Arc::new(SetClock(START.0.into()));
    let service = Service::open(ServiceConfig::in_memory("example.org", clock.clone())).unwrap();
    let mut connection = opened(&service).await;
    let first = enrolled(connection.ask(enrol(&connection, "alice", &key(1))).await);
    clock.set(START.0 + 365 * 24 * 3_600_000);
    assert_eq!(enrolled(connection.ask(enrol(&connection, "alice", &key(1))).await), first);
    clock.set(START.0 + 600 * 24 * 3_600_000);
    let renewed = enrolled(connection.ask(enrol(&connection, "alice", &key(1))).await);
    assert_ne!(renewed, first);
    let (old, new) = (Certificate::parse(&first).unwrap(), Certificate::parse(&renewed).unwrap());
    assert_eq!(old.public_key(), new.public_key());
    assert!(old.validity().not_after_s < new.validity().not_after_s);
}

#[tokio::test(start_paused = true)]
async fn names_are_looked_up() {
    let service = service();
    let alice = Person::enrol(&service, "alice", 1).await;
    let mut connection = opened(&service).await;
    let mut look_up =
        async |name: &str| connection.ask(Ask::LookUp(wire::LookUp { name: name.to_owned() })).await;
    for name in ["alice", "mimi://example.org/u/alice"] {
        match look_up(name).await {
            Answer::Found(found) => {
                assert_eq!(found.user, "mimi://example.org/u/alice");
                assert_eq!(found.identity_certificate, alice.identity_certificate);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(code(&look_up("bob").await), ErrorCode::NoSuchUser);
    assert_eq!(code(&look_up("mimi://example.com/u/alice").await), ErrorCode::NoSuchUser);
    assert_eq!(code(&look_up("?").await), ErrorCode::BadName);
}

#[tokio::test(start_paused = true)]
async fn a_client_authenticates_with_its_device_key() {
    let service = service();
    let alice = Person::enrol(&service, "alice", 1).await;
    let mallory = Person::enrol(&service, "mallory", 2).await;
    let anchor = service.authority_key();
    let (identity, device) = (&alice.identity_certificate, &alice.device_certificate);
    let client = verify_device(&anchor, "example.org", identity, device, START.seconds()).unwrap();
    assert_eq!(client, alice.client);

    let mut connection = opened(&service).await;
    let Ask::Authenticate(good) = alice.authenticate(&connection) else { unreachable!() };
    let Ask::Authenticate(others) = mallory.authenticate(&connection) else { unreachable!() };
    let replayed = alice.authenticate(&opened(&service).await);
    let wrong = [
        Ask::Authenticate(wire::Authenticate { signature: others.signature.clone(), ..good.clone() }),
        Ask::Authenticate(wire::Authenticate {
            identity_certificate: others.identity_certificate.clone(),
            ..good.clone()
        }),
        Ask::Authenticate(wire::Authenticate { device_certificate: bytes([1; 40]), ..good.clone() }),
        replayed,
    ];
    for request in wrong {
        assert_eq!(code(&connection.ask(request).await), ErrorCode::Unauthenticated);
    }
    assert!(matches!(connection.ask(Ask::Authenticate(good.clone())).await, Answer::Done(_)));
    assert_eq!(code(&connection.ask(Ask::Authenticate(good)).await), ErrorCode::NotHere);
}

#[tokio::test(start_paused = true)]
async fn certificates_of_another_authority_or_time_are_refused() {
    let clock = Arc::new(SetClock(START.0.into()));
    let here = Service::open(ServiceConfig::in_memory("example.org", clock.clone())).unwrap();
    let there = Service::open(ServiceConfig::in_memory("example.org", clock.clone())).unwrap();
    let stranger = Person::enrol(&there, "alice", 1).await;
    let mut connection = opened(&here).await;
    let answer = connection.ask(stranger.authenticate(&connection)).await;
    assert_eq!(code(&answer), ErrorCode::Unauthenticated);

    let alice = Person::enrol(&here, "alice", 1).await;
    clock.set(START.0 + 500 * 24 * 3_600_000);
    let answer = connection.ask(alice.authenticate(&connection)).await;
    assert_eq!(code(&answer), ErrorCode::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn each_request_has_its_connection_and_its_time() {
    let service = service();
    let ping = || Ask::Ping(wire::Ping {});
    let count = || Ask::CountKeyPackages(wire::CountKeyPackages {});
    let mut connection = Connection::raw(&service, ConnectionKind::Identified).await;
    assert_eq!(code(&connection.ask(ping()).await), ErrorCode::NotHere);
    connection.hello().await;
    assert!(matches!(connection.ask(ping()).await, Answer::Pong(pong) if pong.now_ms == START.0));
    assert_eq!(code(&connection.ask(count()).await), ErrorCode::NotHere);
    let get = || Ask::GetBlob(wire::GetBlob { id: bytes([1; 16]) });
    assert_eq!(code(&connection.ask(get()).await), ErrorCode::NotHere);
    let again = Ask::Hello(wire::Hello { versions: vec![1], nonce: bytes([1; 32]) });
    assert_eq!(code(&connection.ask(again).await), ErrorCode::NotHere);

    let mut connection = Connection::anonymous(&service).await;
    assert_eq!(code(&connection.ask(get()).await), ErrorCode::NoSuchBlob);
    assert_eq!(code(&connection.ask(count()).await), ErrorCode::NotHere);
    assert_eq!(code(&connection.ask(enrol(&connection, "alice", &key(1))).await), ErrorCode::NotHere);
}

#[tokio::test(start_paused = true)]
async fn without_a_common_version_the_connection_ends() {
    let service = service();
    let mut connection = Connection::raw(&service, ConnectionKind::Anonymous).await;
    let hello = Ask::Hello(wire::Hello { versions: vec![2, 3], nonce: bytes([1; 32]) });
    assert_eq!(code(&connection.ask(hello).await), ErrorCode::Version);
    assert!(connection.frame().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_come_forward_is_let_go() {
    let service = service();
    let mut silent = Connection::raw(&service, ConnectionKind::Anonymous).await;
    let mut nameless = opened(&service).await;
    let mut open = Connection::anonymous(&service).await;
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(silent.link.incoming.try_recv().is_err());
    for connection in [&mut silent, &mut nameless] {
        let last = connection.frame().await.unwrap();
        assert_eq!(last.request, 0);
        assert_eq!(code(&last.body.unwrap()), ErrorCode::Unauthenticated);
        assert!(connection.frame().await.is_none());
    }
    open.quiet().await;
    assert!(matches!(open.ask(Ask::Ping(wire::Ping {})).await, Answer::Pong(_)));
}

#[tokio::test(start_paused = true)]
async fn a_closed_service_ends_its_connections_and_takes_no_more() {
    use conclave_protocol::link::{ConnectError, Connector};
    let service = service();
    let mut connection = Connection::anonymous(&service).await;
    service.close().await;
    assert!(connection.frame().await.is_none());
    let refused = service.connector().connect(ConnectionKind::Anonymous).await;
    assert_eq!(refused.unwrap_err(), ConnectError::Unreachable);
}
