//! Network access: WebSocket, plain on loopback and over TLS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use conclave_protocol::limits::FRAME_BYTES_MAX;
use conclave_protocol::wire::{self, ErrorCode};
use conclave_server::{Allowance, Limits, ServeError, Service, ServiceConfig, TlsConfig, TlsError, serve};
use futures::{SinkExt, StreamExt};
use rustls_pki_types::ServerName;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Answer, Ask, Connection, Effect, Group, Person, accepted, code, entries, error, seqs};
use crate::socket::{connect, link, open};

pub(crate) struct Server {
    pub(crate) service: Service,
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
    _folder: TempDir,
}

pub(crate) async fn start(tls: Option<TlsConfig>, change: impl FnOnce(&mut Limits)) -> Server {
    let folder = TempDir::new().unwrap();
    let mut config = ServiceConfig::directory(folder.path());
    config.clock = crate::client::clock();
    change(&mut config.limits);
    let service = Service::open(config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move { drop(stopped.await) };
    let served = tokio::spawn(serve(service.clone(), listener, tls, shutdown));
    Server { service, address, stop, served, _folder: folder }
}

pub(crate) async fn get(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A refused connection may be reset.
    let _ = socket.read_to_string(&mut answer).await;
    answer
}

/// The head of a WebSocket request.
fn upgrade(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
}

#[tokio::test]
async fn groups_and_inboxes_over_plain_sockets_on_loopback() {
    let server = start(None, |_| {}).await;
    let bob = Person::enrol(&server.service, "bob", 2).await;
    let mut of_bob = connect(server.address, "/v1/identified").await;
    let answer = of_bob.ask(bob.authenticate(&of_bob)).await;
    assert!(matches!(answer, Answer::Done(_)));
    of_bob.ask(Ask::SubscribeInbox(wire::SubscribeInbox { after: 0 })).await;

    let mut alice = connect(server.address, "/v1/anonymous").await;
    let mut reader = connect(server.address, "/v1/anonymous").await;
    let mut group = Group::new(1);
    let bundle = group.bundle(Effect::None);
    let inbox = bob.client.inbox().as_bytes().to_vec().into();
    let welcome = wire::WelcomeDelivery { inbox, welcome: vec![7; 600 << 10].into() };
    alice.ask(group.commit(&alice, &bundle, vec![welcome])).await;
    group.committed(&bundle);
    assert!(
        matches!(of_bob.pushed().await, Answer::InboxEntries(inbox) if inbox.entries[0].welcome.len() == 600 << 10)
    );
    reader.ask(group.subscribe(&reader, 1, 0)).await;
    assert_eq!(seqs(&entries(reader.pushed().await)), [1]);
    group.say(&mut alice, "over the wire").await;
    assert_eq!(seqs(&entries(reader.pushed().await)), [2]);
}

#[tokio::test]
async fn plain_beyond_loopback_is_refused() {
    let folder = TempDir::new().unwrap();
    let service = Service::open(ServiceConfig::directory(folder.path())).unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = serve(service, listener, None, std::future::pending()).await;
    assert!(matches!(refused, Err(ServeError::PlainBeyondLoopback(_))));
}

pub(crate) fn certificate(folder: &TempDir) -> (PathBuf, PathBuf, rustls_pki_types::CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key, made.cert.der().clone())
}

#[tokio::test]
async fn a_round_trip_over_tls() {
    let folder = TempDir::new().unwrap();
    let (certificate, key, der) = certificate(&folder);
    let server = start(Some(TlsConfig::from_files(&certificate, &key).unwrap()), |_| {}).await;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(der).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let socket = TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap();
    let mut alice = Connection::over(link(open(socket, "/v1/anonymous").await));
    alice.hello().await;
    let mut group = Group::new(1);
    assert_eq!(group.advance(&mut alice, Effect::None).await, 1);
    // A client without TLS gets nowhere, and affects nobody.
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // The server may reset the connection.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
    assert_eq!(group.advance(&mut alice, Effect::None).await, 2);
}

#[tokio::test]
async fn certificate_files_that_do_not_fit_are_an_error() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (certificate_of_one, key, _) = certificate(&one);
    let (_, key_of_other, _) = certificate(&other);
    let mixed = TlsConfig::from_files(&certificate_of_one, &key_of_other);
    assert!(matches!(mixed, Err(TlsError::Unusable(_))));
    assert!(matches!(TlsConfig::from_files(&key, &key), Err(TlsError::File(..) | TlsError::Unusable(_))));
    let absent = TlsConfig::from_files(&one.path().join("none"), &key);
    assert!(matches!(absent, Err(TlsError::File("certificate", _))));
}

#[tokio::test]
async fn health_is_open_and_says_no_more_than_that() {
    let server = start(None, |_| {}).await;
    let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = get(server.address, request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(r#"{"status":"ok"}"#), "{answer}");
    server.service.close().await;
    // A closed service refuses connections, and says so.
    assert!(get(server.address, request).await.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn web_pages_and_other_paths_get_nowhere() {
    let server = start(None, |_| {}).await;
    let page = get(server.address, &upgrade("/v1/anonymous", "Origin: https://example.com\r\n")).await;
    assert!(page.starts_with("HTTP/1.1 403"), "{page}");
    let elsewhere = get(server.address, &upgrade("/v2/anonymous", "")).await;
    assert!(elsewhere.starts_with("HTTP/1.1 404"), "{elsewhere}");
    let plain = "GET /v1/anonymous HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let plain = get(server.address, plain).await;
    assert!(plain.starts_with("HTTP/1.1 4"), "{plain}");
}

#[tokio::test]
async fn hostile_sockets_end_and_others_go_on() {
    let server = start(None, |_| {}).await;
    let mut alice = connect(server.address, "/v1/anonymous").await;
    let mut group = Group::new(1);

    let mut large = open(TcpStream::connect(server.address).await.unwrap(), "/v1/anonymous").await;
    // The server may stop reading in the middle.
    let _ = large.send(Message::Binary(vec![0; FRAME_BYTES_MAX * 2].into())).await;
    drain(large).await;

    let mut text = open(TcpStream::connect(server.address).await.unwrap(), "/v1/anonymous").await;
    text.send(Message::Text("hello".into())).await.unwrap();
    drain(text).await;

    let mut just = connect(server.address, "/v1/anonymous").await;
    just.link.outgoing.send(vec![0; FRAME_BYTES_MAX + 1].into()).await.unwrap();
    let refused = error(just.frame().await.unwrap().body.unwrap());
    assert_eq!((refused.code(), refused.limit), (ErrorCode::TooLarge, FRAME_BYTES_MAX as u64));
    assert!(just.frame().await.is_none());

    let mut cut = TcpStream::connect(server.address).await.unwrap();
    cut.write_all(b"GET /v1/anonymous HTTP/1.1\r\nHost: local").await.unwrap();
    drop(cut);
    assert_eq!(group.advance(&mut alice, Effect::None).await, 1);
}

/// Reads until the server has closed it.
async fn drain(mut socket: WebSocketStream<TcpStream>) {
    loop {
        match socket.next().await {
            Some(Ok(_)) => {}
            None | Some(Err(tungstenite::Error::ConnectionClosed | _)) => return,
        }
    }
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let server = start(None, |limits| limits.connections_per_address_max = 2).await;
    let _one = connect(server.address, "/v1/anonymous").await;
    let two = connect(server.address, "/v1/anonymous").await;
    let third = get(server.address, &upgrade("/v1/anonymous", "")).await;
    assert!(third.starts_with("HTTP/1.1 429") && third.contains("retry-after: 30"), "{third}");
    assert!(third.ends_with(r#"{"error":"too many connections from this address"}"#), "{third}");
    // In-process connections are not counted by address.
    let _local = Connection::anonymous(&server.service).await;
    drop(two);
    // When the server has noticed, there is room again.
    loop {
        let socket = TcpStream::connect(server.address).await.unwrap();
        if client_async("ws://localhost/v1/anonymous", socket).await.is_ok() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn stopping_ends_the_connections_and_leaves_the_service() {
    let server = start(None, |_| {}).await;
    let mut group = Group::new(1);
    let mut alice = connect(server.address, "/v1/anonymous").await;
    group.advance(&mut alice, Effect::None).await;
    let mut local = Connection::anonymous(&server.service).await;
    server.stop.send(()).unwrap();
    server.served.await.unwrap().unwrap();
    assert!(alice.frame().await.is_none());
    assert!(TcpStream::connect(server.address).await.is_err());
    assert_eq!(seqs(&entries(local.ask(group.read(&local, 1, 0)).await)), [1]);
}

#[tokio::test(start_paused = true)]
async fn silent_sockets_are_let_go() {
    let server = start(None, |_| {}).await;
    let mut nothing_said = TcpStream::connect(server.address).await.unwrap();
    let mut answer = Vec::new();
    // Paused time advances when nothing else runs.
    let _ = nothing_said.read_to_end(&mut answer).await;
    // A client that stays connected after its answer.
    let answer = get(server.address, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");

    let socket = TcpStream::connect(server.address).await.unwrap();
    let mut open = open(socket, "/v1/anonymous").await;
    let hello = wire::Hello { versions: vec![1], nonce: vec![1; 32].into() };
    let hello = wire::ClientFrame { request: 1, body: Some(Ask::Hello(hello)) };
    open.send(Message::Binary(prost::Message::encode_to_vec(&hello).into())).await.unwrap();
    let welcome = open.next().await.unwrap().unwrap();
    assert!(welcome.is_binary());
    // Pings are not answered, since nothing is sent unless the socket is read.
    let mut raw = open.into_inner();
    let mut pings = Vec::new();
    let _ = raw.read_to_end(&mut pings).await;
    assert!(pings.starts_with(&[0x89, 0x00]), "{pings:?}");
}

#[tokio::test]
async fn a_commit_sent_again_gets_its_answer_and_takes_no_allowance() {
    let once = Allowance::per_hour(1, 1);
    let server = start(None, |limits| (limits.logs_created, limits.welcomes_per_inbox) = (once, once)).await;
    let bob = Person::enrol(&server.service, "bob", 2).await;
    drop(bob.connect(&server.service).await);
    let mut alice = connect(server.address, "/v1/anonymous").await;
    let group = Group::new(1);
    let bundle = group.bundle(Effect::None);
    let inbox = bob.client.inbox().as_bytes().to_vec().into();
    let welcomes = vec![wire::WelcomeDelivery { inbox, welcome: vec![7; 9].into() }];
    for _ in 0..3 {
        let answer = alice.ask(group.commit(&alice, &bundle, welcomes.clone())).await;
        assert_eq!(accepted(answer), 1);
    }
    // An unknown submission has no allowance left, and nobody gets the answer without a proof.
    let other = Group::new(2);
    let refused = alice.ask(other.commit(&alice, &other.bundle(Effect::None), Vec::new())).await;
    assert_eq!(code(&refused), ErrorCode::RateLimited);
    let Ask::SubmitCommit(mut unproved) = group.commit(&alice, &bundle, Vec::new()) else { unreachable!() };
    unproved.proof.as_mut().unwrap().signature = vec![1; 64].into();
    assert_eq!(code(&alice.ask(Ask::SubmitCommit(unproved)).await), ErrorCode::Unauthenticated);
}
