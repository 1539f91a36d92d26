//! One connection: frames in, answers and pushes out, over a [`Link`] that may be a socket or a pair of queues.
//!
//! It holds at most [`crate::Limits::in_flight_max`] requests and reads no further while it does, nor while it is over
//! its allowance of frames.

mod anonymous;
mod answers;
mod following;
mod identified;
mod lane;
mod opening;
mod outgoing;
mod pushing;
mod submitting;
mod taking;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::ClientUri;
use conclave_protocol::link::{ConnectionKind, Link};
use conclave_protocol::wire::{self, server_frame};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use crate::budget::Room;
use crate::delivery::access::Challenge;
use crate::limits::{FAULT_FRAMES, IN_FLIGHT_BYTES_MAX};
use crate::quota::{Bucket, Quota};
use crate::refusal::Refusal;
use crate::shared::{Admitted, Shared};
use answers::{Answers, Large};
use following::Following;
use lane::Lane;
use outgoing::Outgoing;
use pushing::Read;

/// Events handled before the client is heard again.
const EVENTS_AT_ONCE: usize = 64;
/// How long a connection that is over may take to answer what it has taken on.
const DRAIN: Duration = Duration::from_secs(4);

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client is gone, or has left its answers unread for too long.
    Gone,
    /// The client says no more; what it has asked for is answered.
    Silent,
    /// The service closes; what was asked is answered.
    Closing,
    /// It was not opened in time.
    TooLate,
    /// No version in common.
    Version,
    /// Something failed here.
    Failed,
}

/// What a request comes to.
#[derive(Debug)]
enum Reply {
    Body(server_frame::Body),
    /// What may be large, and what it takes up.
    Large(server_frame::Body, Large),
    /// The client is who it says.
    Authenticated(ClientUri),
    /// A subscription may begin.
    Follow(following::Start),
    /// The subscription of this number may not.
    DoNotFollow(u64, Refusal),
}

impl From<server_frame::Body> for Reply {
    fn from(body: server_frame::Body) -> Self {
        Self::Body(body)
    }
}

/// A request carried out, now or later.
type Later = BoxFuture<'static, Result<Reply, Refusal>>;

/// Something taken on that is done.
enum Finished {
    Request { request: u64, answer: Result<Reply, Refusal>, bytes: usize },
    Read(Read),
}

struct Connection {
    admitted: Admitted,
    kind: ConnectionKind,
    /// From Hello on.
    challenge: Option<Challenge>,
    /// From Authenticate on, where identified.
    client: Option<ClientUri>,
    /// When it must be open.
    deadline: Instant,
    frames: Bucket,
    /// Not read until then: over its allowance.
    paused: Option<Instant>,
    outgoing: Outgoing,
    answers: Answers,
    following: Following,
    /// When reading for what is behind is tried again, and how often that was in vain.
    read_again: Option<Instant>,
    in_vain: u32,
    lane: Lane,
    in_flight: FuturesUnordered<BoxFuture<'static, Finished>>,
    in_flight_bytes: usize,
}

/// Serves one connection until it ends. `answers` is its room for what it has to say.
pub(crate) async fn serve(admitted: Admitted, kind: ConnectionKind, link: Link, answers: Room) -> End {
    let Link { outgoing, mut incoming } = link;
    let mut connection = Connection::new(admitted, kind, outgoing, answers);
    let end = loop {
        if let Err(end) = connection.turn(&mut incoming).await {
            break end;
        }
    };
    drop(incoming);
    if matches!(end, End::Silent | End::Closing) && timeout(DRAIN, connection.drain()).await.is_err() {
        tracing::debug!("a connection ended with requests that have no answer");
    }
    // What was taken on is finished: a submission has its turn after those before it.
    while connection.in_flight.next().await.is_some() {}
    end
}

impl Connection {
    fn new(admitted: Admitted, kind: ConnectionKind, outgoing: mpsc::Sender<Bytes>, answers: Room) -> Self {
        let shared = &admitted.shared;
        Self {
            kind,
            challenge: None,
            client: None,
            deadline: Instant::now() + shared.limits.opening,
            frames: Bucket::full(),
            paused: None,
            outgoing: Outgoing::new(outgoing, shared, admitted.source),
            answers: Answers::new(answers),
            following: Following::new(&shared.hub, shared.limits.subscriptions_max),
            read_again: None,
            in_vain: 0,
            lane: Lane::default(),
            in_flight: FuturesUnordered::new(),
            in_flight_bytes: 0,
            admitted,
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.admitted.shared
    }

    fn is_open(&self) -> bool {
        match self.kind {
            ConnectionKind::Anonymous => self.challenge.is_some(),
            ConnectionKind::Identified => self.client.is_some(),
        }
    }

    fn has_room(&self) -> bool {
        self.in_flight.len() < self.shared().limits.in_flight_max
            && self.in_flight_bytes < IN_FLIGHT_BYTES_MAX
            && self.paused.is_none()
    }

    /// Counts against the connection's allowance of frames; once that is used up, nothing is read until it is not.
    fn spend(&mut self, frames: u32) {
        let until = self.frames.overdraw(self.admitted.shared.limits.frames, frames);
        self.paused = self.paused.max(until);
    }

    /// A fault costs more than what it took to answer it, and its address has so many.
    fn count_fault(&mut self, refusal: &Refusal) {
        if refusal.is_fault() {
            self.spend(FAULT_FRAMES);
            let (shared, source) = (&self.admitted.shared, self.admitted.source);
            let until = shared.quotas.overdraw(Quota::Faults(source), shared.limits.faults);
            self.paused = self.paused.max(until);
        }
    }

    /// Waits for the next thing and handles it. The order is fixed, so that a run can be repeated.
    async fn turn(&mut self, incoming: &mut mpsc::Receiver<Bytes>) -> Result<(), End> {
        self.read_behind();
        let (deadline, open, room) = (self.deadline, self.is_open(), self.has_room());
        let wake = [self.paused, self.read_again].into_iter().flatten().min();
        tokio::select! {
            biased;
            end = self.outgoing.closing() => Err(end),
            () = sleep_until(deadline), if !open => self.too_late().await,
            Some(finished) = self.in_flight.next(), if !self.in_flight.is_empty() => self.finished(finished).await,
            () = sleep_until(wake.unwrap_or(deadline)), if wake.is_some() => {
                self.woken();
                Ok(())
            }
            frame = incoming.recv(), if room => match frame {
                Some(frame) => self.frame(frame).await,
                None => Err(End::Silent),
            },
            heard = self.following.hear() => self.heard(heard).await,
        }
    }

    /// Goes on with what was put off until now.
    fn woken(&mut self) {
        let now = Instant::now();
        self.paused = self.paused.filter(|until| *until > now);
        self.read_again = self.read_again.filter(|until| *until > now);
    }

    async fn too_late(&mut self) -> Result<(), End> {
        self.refuse(0, &Refusal::TooLate).await?;
        Err(End::TooLate)
    }

    /// Answers what was taken on.
    async fn drain(&mut self) -> Result<(), End> {
        while let Some(finished) = self.in_flight.next().await {
            self.finished(finished).await?;
        }
        Ok(())
    }

    async fn refuse(&mut self, request: u64, refusal: &Refusal) -> Result<(), End> {
        self.shared().counters.error(refusal.code());
        self.outgoing.send(request, server_frame::Body::Error(refusal.to_wire()), None).await
    }

    async fn finished(&mut self, finished: Finished) -> Result<(), End> {
        match finished {
            Finished::Request { request, answer, bytes } => {
                self.in_flight_bytes -= bytes;
                self.answer(request, answer).await
            }
            Finished::Read(read) => self.read_done(read).await,
        }
    }

    async fn answer(&mut self, request: u64, answer: Result<Reply, Refusal>) -> Result<(), End> {
        let (body, large) = match answer {
            Ok(Reply::Body(body)) => (body, None),
            Ok(Reply::Large(body, large)) => (body, Some(large)),
            Ok(Reply::Authenticated(client)) => {
                self.client = Some(client);
                self.take_larger_frames();
                (done(), None)
            }
            Ok(Reply::Follow(start)) => return self.follow(request, start).await,
            Ok(Reply::DoNotFollow(number, refusal)) => {
                self.count_fault(&refusal);
                self.following.withdraw(number);
                return self.refuse(request, &refusal).await;
            }
            Err(refusal) => {
                self.count_fault(&refusal);
                return self.refuse(request, &refusal).await;
            }
        };
        self.outgoing.send(request, body, large).await
    }

    /// Begins a subscription.
    async fn follow(&mut self, request: u64, start: following::Start) -> Result<(), End> {
        self.following.begin(&start);
        self.outgoing.send(request, done(), None).await
    }
}

fn done() -> server_frame::Body {
    server_frame::Body::Done(wire::Done {})
}

/// An answer that is there at once.
fn now(body: server_frame::Body) -> Later {
    futures::future::ready(Ok(Reply::Body(body))).boxed()
}
