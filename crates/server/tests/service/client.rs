//! A client that sends bare frames, so that tests see what is on the wire.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::certificate::{Certificate, Subject, Validity, issue};
use conclave_protocol::link::{ConnectionKind, Connector, Link};
use conclave_protocol::signing::{self, AccessPurpose};
use conclave_protocol::wire::{
    self, ClientFrame, Error, ErrorCode, LogEntries, ServerFrame, client_frame, server_frame,
};
use conclave_protocol::{ClientUri, CommitHash, DeviceId, Epoch, GroupId, SubmissionId, Timestamp, UserUri};
use conclave_server::{Clock, Limits, Service, ServiceConfig, TokioClock};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;

pub(crate) use client_frame::Body as Ask;
pub(crate) use server_frame::Body as Answer;

/// The time at which tests start.
pub(crate) const START: Timestamp = Timestamp(1_800_000_000_000);

pub(crate) fn clock() -> Arc<TokioClock> {
    Arc::new(TokioClock::starting_at(START))
}

pub(crate) fn service() -> Service {
    service_with(|_| {})
}

pub(crate) fn service_with(change: impl FnOnce(&mut Limits)) -> Service {
    let mut config = ServiceConfig::in_memory("example.org", clock());
    change(&mut config.limits);
    Service::open(config).unwrap()
}

pub(crate) fn bytes(value: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(value.as_ref())
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// One open connection.
pub(crate) struct Connection {
    pub(crate) link: Link,
    pub(crate) hello: wire::HelloAnswer,
    pushed: VecDeque<Answer>,
    next: u64,
}

impl Connection {
    pub(crate) async fn raw(service: &Service, kind: ConnectionKind) -> Self {
        let link = service.connector().connect(kind).await.unwrap();
        Self::over(link)
    }

    pub(crate) fn over(link: Link) -> Self {
        Self { link, hello: wire::HelloAnswer::default(), pushed: VecDeque::new(), next: 1 }
    }

    pub(crate) async fn anonymous(service: &Service) -> Self {
        let mut connection = Self::raw(service, ConnectionKind::Anonymous).await;
        connection.hello().await;
        connection
    }

    pub(crate) async fn hello(&mut self) {
        let hello = wire::Hello { versions: vec![1], nonce: bytes([7; 32]) };
        match self.ask(Ask::Hello(hello)).await {
            Answer::HelloAnswer(hello) => self.hello = hello,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, request: u64, body: Ask) {
        let frame = ClientFrame { request, body: Some(body) }.encode_to_vec();
        self.link.outgoing.send(frame.into()).await.unwrap();
    }

    /// The next frame, or none when the service has closed.
    pub(crate) async fn frame(&mut self) -> Option<ServerFrame> {
        let frame = self.link.incoming.recv().await?;
        Some(ServerFrame::decode(frame).unwrap())
    }

    pub(crate) async fn ask(&mut self, body: Ask) -> Answer {
        let request = self.next;
        self.next += 1;
        self.send(request, body).await;
        self.answer(request).await
    }

    /// The answer to a request; pushes before it are kept.
    pub(crate) async fn answer(&mut self, request: u64) -> Answer {
        loop {
            let frame = self.frame().await.expect("the connection is open");
            if frame.request == request {
                return frame.body.unwrap();
            }
            assert_eq!(frame.request, 0);
            self.pushed.push_back(frame.body.unwrap());
        }
    }

    pub(crate) async fn pushed(&mut self) -> Answer {
        if let Some(pushed) = self.pushed.pop_front() {
            return pushed;
        }
        let frame = self.frame().await.expect("the connection is open");
        assert_eq!(frame.request, 0);
        frame.body.unwrap()
    }

    /// Checks that nothing is pushed for a minute.
    pub(crate) async fn quiet(&mut self) {
        assert!(self.pushed.is_empty(), "{:?}", self.pushed);
        let frame = tokio::time::timeout(Duration::from_secs(60), self.link.incoming.recv()).await;
        assert!(frame.is_err(), "{frame:?}");
    }

    pub(crate) fn service_key(&self) -> [u8; 32] {
        self.hello.service_key.as_ref().try_into().unwrap()
    }

    pub(crate) fn nonce(&self) -> [u8; 32] {
        self.hello.nonce.as_ref().try_into().unwrap()
    }

    pub(crate) fn proof(
        &self,
        log: GroupId,
        epoch: u64,
        by: &SigningKey,
        purpose: AccessPurpose<'_>,
    ) -> Option<wire::AccessProof> {
        let signed = signing::access(&self.service_key(), &log, Epoch(epoch), &self.nonce(), purpose);
        Some(wire::AccessProof { epoch, signature: bytes(by.sign(&signed).to_bytes()) })
    }
}

pub(crate) fn code(answer: &Answer) -> ErrorCode {
    match answer {
        Answer::Error(error) => error.code(),
        other => panic!("not an error: {other:?}"),
    }
}

pub(crate) fn error(answer: Answer) -> Error {
    match answer {
        Answer::Error(error) => error,
        other => panic!("not an error: {other:?}"),
    }
}

/// A group's log as its members see it: the access key of epoch n is `key(n)`.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) log: GroupId,
    pub(crate) epoch: u64,
    pub(crate) parent: Bytes,
}

/// A PrivateMessage (RFC 9420 §6.3) whose ciphertext is this text.
pub(crate) fn private_message(log: GroupId, epoch: u64, content_type: u8, text: &str) -> Bytes {
    let mut message = [&[0, 1, 0, 2, 16], log.as_bytes().as_slice(), &epoch.to_be_bytes()].concat();
    // No authenticated data, one byte of sender data, and a minimally encoded length.
    message.extend([content_type, 0, 1, 0]);
    match u8::try_from(text.len()) {
        Ok(short) if short < 64 => message.push(short),
        Ok(_) | Err(_) if (64..16_384).contains(&text.len()) => {
            message.extend((u16::try_from(text.len()).unwrap() | 0x4000).to_be_bytes());
        }
        _ => message.extend((u32::try_from(text.len()).unwrap() | 0x8000_0000).to_be_bytes()),
    }
    message.extend(text.as_bytes());
    message.into()
}

/// The additional effect of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    Revokes,
    Rotates,
}

/// A submission id that is unique in this test binary.
pub(crate) fn fresh() -> SubmissionId {
    let mut id = [0; 16];
    getrandom::fill(&mut id).unwrap();
    SubmissionId::new(id)
}

pub(crate) fn access_key(epoch: u64) -> SigningKey {
    key(u8::try_from(epoch + 100).unwrap())
}

/// The stated time of commits here.
pub(crate) const STATED: Timestamp = Timestamp(1_000);

impl Group {
    pub(crate) fn new(seed: u8) -> Self {
        Self { log: GroupId::new([seed; 16]), epoch: 0, parent: Bytes::new() }
    }

    pub(crate) fn bundle(&self, effect: Effect) -> wire::CommitBundle {
        self.bundle_stating(effect, STATED)
    }

    pub(crate) fn bundle_stating(&self, effect: Effect, stated: Timestamp) -> wire::CommitBundle {
        let commit = format!("commit of epoch {} {effect:?}", self.epoch);
        let next = access_key(self.epoch + 1);
        let commit = private_message(self.log, self.epoch, 3, &commit);
        let hash = CommitHash::of(&commit);
        let signature = next.sign(&signing::next_access(&self.log, Epoch(self.epoch + 1), stated, &hash));
        wire::CommitBundle {
            submission: bytes(fresh().as_bytes()),
            epoch: self.epoch,
            commit,
            next_access_key: bytes(next.verifying_key()),
            revokes: effect == Effect::Revokes,
            rotates: effect == Effect::Rotates,
            parent: self.parent.clone(),
            next_access_signature: bytes(signature.to_bytes()),
            stated_ms: stated.0,
        }
    }

    pub(crate) fn commit(
        &self,
        connection: &Connection,
        bundle: &wire::CommitBundle,
        welcomes: Vec<wire::WelcomeDelivery>,
    ) -> Ask {
        let encoded = Bytes::from(bundle.encode_to_vec());
        let by = access_key(bundle.epoch);
        let proof = connection.proof(self.log, bundle.epoch, &by, AccessPurpose::Submit(&encoded));
        let first_access_key = match bundle.epoch {
            0 => bytes(access_key(0).verifying_key()),
            _ => Bytes::new(),
        };
        let log = bytes(self.log.as_bytes());
        Ask::SubmitCommit(wire::SubmitCommit { log, bundle: encoded, proof, welcomes, first_access_key })
    }

    /// Submits a commit, which must be accepted.
    pub(crate) async fn advance(&mut self, connection: &mut Connection, effect: Effect) -> u64 {
        let bundle = self.bundle(effect);
        let seq = accepted(connection.ask(self.commit(connection, &bundle, Vec::new())).await);
        self.committed(&bundle);
        seq
    }

    pub(crate) fn committed(&mut self, bundle: &wire::CommitBundle) {
        self.parent = bytes(conclave_protocol::CommitHash::of(&bundle.commit).as_bytes());
        self.epoch += 1;
    }

    pub(crate) fn entry(&self, epoch: u64, text: &str) -> wire::Entry {
        wire::Entry {
            submission: bytes(fresh().as_bytes()),
            epoch,
            kind: wire::EntryKind::Application.into(),
            message: private_message(self.log, epoch, 1, text),
        }
    }

    pub(crate) fn submit(&self, connection: &Connection, entry: &wire::Entry) -> Ask {
        let encoded = Bytes::from(entry.encode_to_vec());
        let by = access_key(entry.epoch);
        let proof = connection.proof(self.log, entry.epoch, &by, AccessPurpose::Submit(&encoded));
        Ask::SubmitEntry(wire::SubmitEntry { log: bytes(self.log.as_bytes()), entry: encoded, proof })
    }

    pub(crate) async fn say(&self, connection: &mut Connection, text: &str) -> u64 {
        let entry = self.entry(self.epoch, text);
        accepted(connection.ask(self.submit(connection, &entry)).await)
    }

    pub(crate) fn read(&self, connection: &Connection, epoch: u64, after: u64) -> Ask {
        let proof = connection.proof(self.log, epoch, &access_key(epoch), AccessPurpose::Read);
        let from = Some(wire::read_log::From::After(after));
        Ask::ReadLog(wire::ReadLog { log: bytes(self.log.as_bytes()), proof, from, limit: 0 })
    }

    pub(crate) fn subscribe(&self, connection: &Connection, epoch: u64, after: u64) -> Ask {
        let proof = connection.proof(self.log, epoch, &access_key(epoch), AccessPurpose::Read);
        let from = Some(wire::subscribe_log::From::After(after));
        Ask::SubscribeLog(wire::SubscribeLog { log: bytes(self.log.as_bytes()), proof, from })
    }
}

pub(crate) fn outcome(answer: Answer) -> wire::submitted::Outcome {
    match answer {
        Answer::Submitted(submitted) => submitted.outcome.unwrap(),
        other => panic!("not an outcome: {other:?}"),
    }
}

pub(crate) fn accepted(answer: Answer) -> u64 {
    match outcome(answer) {
        wire::submitted::Outcome::Accepted(seq) => seq,
        other => panic!("not accepted: {other:?}"),
    }
}

pub(crate) fn entries(answer: Answer) -> LogEntries {
    match answer {
        Answer::LogEntries(entries) => entries,
        other => panic!("not entries: {other:?}"),
    }
}

pub(crate) fn seqs(entries: &LogEntries) -> Vec<u64> {
    entries.entries.iter().map(|entry| entry.seq).collect()
}

/// A person with one device.
pub(crate) struct Person {
    pub(crate) device: SigningKey,
    pub(crate) identity_certificate: Bytes,
    pub(crate) device_certificate: Bytes,
    pub(crate) client: ClientUri,
}

impl Person {
    /// Enrols, and creates a device.
    pub(crate) async fn enrol(service: &Service, name: &str, seed: u8) -> Self {
        let mut connection = Connection::raw(service, ConnectionKind::Identified).await;
        connection.hello().await;
        let identity = key(seed);
        let identity_certificate = match connection.ask(enrol(&connection, name, &identity)).await {
            Answer::Enrolled(enrolled) => enrolled.identity_certificate,
            other => panic!("{other:?}"),
        };
        Self::with(&identity, identity_certificate, seed)
    }

    pub(crate) fn with(identity: &SigningKey, identity_certificate: Bytes, device: u8) -> Self {
        let parsed = Certificate::parse(&identity_certificate).unwrap();
        let user: &UserUri = parsed.subject().user();
        let client = user.client(DeviceId([device; 8]));
        let device = key(device.wrapping_add(128));
        // In the service's time, which may be the real time.
        let from = parsed.validity().not_before_s;
        let validity = Validity { not_before_s: from, not_after_s: from + 400 * 24 * 3600 };
        let sign = |bytes: &[u8]| Ok::<_, std::convert::Infallible>(identity.sign(bytes).to_bytes());
        let subject = Subject::Device(client.clone());
        let certificate =
            issue(&subject, &device.verifying_key().to_bytes(), validity, [1; 16], sign).unwrap();
        let device_certificate = bytes(certificate.der());
        Self { device, identity_certificate, device_certificate, client }
    }

    pub(crate) fn authenticate(&self, connection: &Connection) -> Ask {
        let signed = signing::authenticate(&connection.service_key(), &connection.nonce());
        Ask::Authenticate(wire::Authenticate {
            device_certificate: self.device_certificate.clone(),
            identity_certificate: self.identity_certificate.clone(),
            signature: bytes(self.device.sign(&signed).to_bytes()),
        })
    }

    pub(crate) async fn connect(&self, service: &Service) -> Connection {
        let mut connection = Connection::raw(service, ConnectionKind::Identified).await;
        connection.hello().await;
        let answer = connection.ask(self.authenticate(&connection)).await;
        assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
        connection
    }
}

pub(crate) fn enrol(connection: &Connection, name: &str, identity: &SigningKey) -> Ask {
    let signed = signing::enrol(&connection.service_key(), &connection.nonce(), name);
    Ask::Enrol(wire::Enrol {
        name: name.to_owned(),
        identity_key: bytes(identity.verifying_key()),
        signature: bytes(identity.sign(&signed).to_bytes()),
    })
}

/// A clock that the test sets.
#[derive(Debug)]
pub(crate) struct SetClock(pub(crate) std::sync::atomic::AtomicU64);

impl SetClock {
    pub(crate) fn set(&self, at: u64) {
        self.0.store(at, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
