//! What hostile connections do, repeatedly until they are stopped. Each reconnects when it is disconnected.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use conclave_protocol::ClientUri;
use conclave_protocol::limits::BLOB_BYTES_MAX;
use conclave_protocol::wire::{self, AccessProof, WelcomeDelivery};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::line::{Line, upgraded};
use super::person;
use crate::client::{Ask, Effect, Group, enrol, fresh, key};
use crate::raw::{BINARY_BEGUN, CONTINUED, PING, PONG, frame, hello, next, request};

/// Delay before one that was disconnected, or is refused everything, reconnects.
const AGAIN: Duration = Duration::from_millis(50);
/// Requests sent before waiting for an answer.
const AT_ONCE: usize = 64;
/// Size of a fragment of a message that is never finished.
const FRAGMENT_BYTES: usize = 64 << 10;

/// The targets of the attack.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// A person who is not involved.
    pub(crate) victim: ClientUri,
    /// The bystander's group.
    pub(crate) group: Group,
}

/// What a hostile connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    UnreadAnswers,
    UnfinishedMessages,
    WrongSignatures,
    Pings,
    Enrolments,
    Claims,
    Welcomes,
    Blobs,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::UnreadAnswers,
        Self::UnfinishedMessages,
        Self::WrongSignatures,
        Self::Pings,
        Self::Enrolments,
        Self::Claims,
        Self::Welcomes,
        Self::Blobs,
    ];

    /// Runs until it is dropped.
    pub(crate) async fn go_on(self, from: Ipv4Addr, target: Target) {
        loop {
            // None: it was disconnected.
            _ = match self {
                Self::UnreadAnswers => unread_answers(from, &target).await,
                Self::UnfinishedMessages => unfinished_messages(from, &target).await,
                Self::WrongSignatures => wrong_signatures(from, &target).await,
                Self::Pings => pings(from, &target).await,
                Self::Enrolments => enrolments(from, &target).await,
                Self::Claims => claims(from, &target).await,
                Self::Welcomes => welcomes(from, &target).await,
                Self::Blobs => blobs(from, &target).await,
            };
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// A socket after Hello and its answer.
async fn greeted(from: Ipv4Addr, target: &Target) -> Option<TcpStream> {
    let mut socket = upgraded(from, target.address, "/v1/anonymous").await?;
    socket.write_all(&hello()).await.ok()?;
    next(&mut socket).await?;
    Some(socket)
}

fn id() -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(fresh().as_bytes())
}

/// Requests a large blob repeatedly, and reads nothing.
async fn unread_answers(from: Ipv4Addr, target: &Target) -> Option<()> {
    let mut socket = greeted(from, target).await?;
    let blob = id();
    let put = wire::PutBlob { id: blob.clone(), data: vec![1; BLOB_BYTES_MAX].into() };
    socket.write_all(&request(2, Ask::PutBlob(put))).await.ok()?;
    next(&mut socket).await?;
    for number in 3.. {
        let get = Ask::GetBlob(wire::GetBlob { id: blob.clone() });
        socket.write_all(&request(number, get)).await.ok()?;
        if number > AT_ONCE as u64 {
            tokio::time::sleep(AGAIN).await;
        }
    }
    None
}

/// Starts a message of the largest size, and keeps its connection alive without finishing it.
async fn unfinished_messages(from: Ipv4Addr, target: &Target) -> Option<()> {
    let mut socket = greeted(from, target).await?;
    let fragment = vec![1; FRAGMENT_BYTES];
    socket.write_all(&frame(BINARY_BEGUN, FRAGMENT_BYTES, &fragment)).await.ok()?;
    // As many fragments as fit below the largest message.
    for _ in 2..(4 << 20) / FRAGMENT_BYTES {
        socket.write_all(&frame(CONTINUED, FRAGMENT_BYTES, &fragment)).await.ok()?;
    }
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        socket.write_all(&frame(PONG, 0, &[])).await.ok()?;
        socket.write_all(&frame(CONTINUED, 1, &[1])).await.ok()?;
    }
}

/// Submits entries with wrong signatures to the bystander's group.
async fn wrong_signatures(from: Ipv4Addr, target: &Target) -> Option<()> {
    let mut line = Line::open(from, target.address, "/v1/anonymous").await?;
    let forged = async |line: &mut Line| {
        let entry = target.group.entry(1, "never said");
        let Ask::SubmitEntry(mut submit) = target.group.submit(&line.opened, &entry) else { return None };
        submit.proof = Some(AccessProof { epoch: 1, signature: vec![1; 64].into() });
        line.send(Ask::SubmitEntry(submit)).await
    };
    for _ in 0..AT_ONCE {
        forged(&mut line).await?;
    }
    loop {
        line.hear().await?;
        forged(&mut line).await?;
    }
}

/// Sends WebSocket pings, protocol pings and empty fragments, as fast as they are read.
async fn pings(from: Ipv4Addr, target: &Target) -> Option<()> {
    let socket = greeted(from, target).await?;
    let (mut read, mut write) = socket.into_split();
    let mut bytes = Vec::new();
    for number in 0..AT_ONCE as u64 {
        bytes.extend(frame(PING, 4, b"ping"));
        bytes.extend(request(number + 2, Ask::Ping(wire::Ping {})));
        bytes.extend(frame(BINARY_BEGUN, 0, &[]));
        bytes.extend(frame(CONTINUED, 0, &[]));
        bytes.extend(frame(0x80, 0, &[]));
    }
    let sent = async { while write.write_all(&bytes).await.is_ok() {} };
    let heard = async {
        let mut dropped = vec![0; FRAGMENT_BYTES];
        while matches!(read.read(&mut dropped).await, Ok(1..)) {}
    };
    tokio::select! { () = sent => {}, () = heard => {} }
    None
}

/// Enrols names.
async fn enrolments(from: Ipv4Addr, target: &Target) -> Option<()> {
    let mut line = Line::open(from, target.address, "/v1/identified").await?;
    loop {
        let name = format!("x{}", hex::encode(&fresh().as_bytes()[..8]));
        line.ask(enrol(&line.opened, &name, &key(9))).await?;
    }
}

/// Claims the victim's key packages, and looks up names.
async fn claims(from: Ipv4Addr, target: &Target) -> Option<()> {
    let name = format!("c{}", hex::encode(&fresh().as_bytes()[..8]));
    let person = person::enrolled(from, target.address, &name).await;
    let mut line = match &person {
        Some(person) => person::identified(person, from, target.address).await?,
        None => Line::open(from, target.address, "/v1/identified").await?,
    };
    let user = target.victim.user().to_string();
    for number in 0..2_000 {
        let claim = wire::ClaimKeyPackages { user: user.clone(), cipher_suites: vec![1] };
        line.ask(Ask::ClaimKeyPackages(claim)).await?;
        line.ask(Ask::LookUp(wire::LookUp { name: format!("name{number}") })).await?;
    }
    None
}

/// Fills the victim's inbox.
async fn welcomes(from: Ipv4Addr, target: &Target) -> Option<()> {
    let mut line = Line::open(from, target.address, "/v1/anonymous").await?;
    let inbox = bytes::Bytes::copy_from_slice(target.victim.inbox().as_bytes());
    for size in [1 << 20, 1 << 10].into_iter().cycle() {
        let mut group = Group::new(0);
        group.log = conclave_protocol::GroupId::new(*fresh().as_bytes());
        let bundle = group.bundle(Effect::None);
        let one = WelcomeDelivery { inbox: inbox.clone(), welcome: vec![1; size].into() };
        line.ask(group.commit(&line.opened, &bundle, vec![one; 3])).await?;
    }
    None
}

/// Stores blobs of the largest size.
async fn blobs(from: Ipv4Addr, target: &Target) -> Option<()> {
    let mut line = Line::open(from, target.address, "/v1/anonymous").await?;
    let data = bytes::Bytes::from(vec![1; BLOB_BYTES_MAX]);
    for _ in 0..2 {
        line.send(Ask::PutBlob(wire::PutBlob { id: id(), data: data.clone() })).await?;
    }
    loop {
        line.hear().await?;
        line.send(Ask::PutBlob(wire::PutBlob { id: id(), data: data.clone() })).await?;
    }
}
