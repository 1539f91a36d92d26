//! One connection: reads frames, sends answers and pushes, over a [`Link`] that may be a socket or a pair of queues.
//!
//! It stops reading while [`crate::Limits::in_flight_max`] requests are in flight, or while it is over its frame
//! allowance.

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

use answers::{Answers, Large};
use bytes::Bytes;
use conclave_protocol::ClientUri;
use conclave_protocol::link::{ConnectionKind, Link};
use conclave_protocol::wire::{self, server_frame};
use following::Following;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use lane::Lane;
use outgoing::Outgoing;
use pushing::Read;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use crate::budget::Room;
use crate::delivery::access::Challenge;
use crate::limits::{FAULT_FRAMES, IN_FLIGHT_BYTES_MAX};
use crate::quota::{Bucket, Quota};
use crate::refusal::Refusal;
use crate::shared::{Admitted, Shared};

/// Events handled before the client is read again.
const EVENTS_AT_ONCE: usize = 64;
/// How long a connection that has ended may take to answer its requests in flight.
const DRAIN: Duration = Duration::from_secs(4);

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client has disconnected, or has left its answers unread for too long.
    Gone,
    /// The client sends no more; its requests in flight are answered.
    Silent,
    /// The service is closing; requests in flight are answered.
    Closing,
    /// Not opened in time.
    TooLate,
    /// No version in common.
    Version,
    /// An internal error.
    Failed,
}

/// The result of a request.
#[derive(Debug)]
enum Reply {
    Body(server_frame::Body),
    /// A possibly large answer, with the bytes accounted for it.
    Large(server_frame::Body, Large),
    /// The client has proved its identity.
    Authenticated(ClientUri),
    /// A subscription may start.
    Follow(following::Start),
    /// The subscription with this number may not start.
    DoNotFollow(u64, Refusal),
}

impl From<server_frame::Body> for Reply {
    fn from(body: server_frame::Body) -> Self {
        Self::Body(body)
    }
}

/// A request being carried out.
type Later = BoxFuture<'static, Result<Reply, Refusal>>;

/// Something in flight that has finished.
enum Finished {
    Request { request: u64, answer: Result<Reply, Refusal>, bytes: usize },
    Read(Read),
}

struct Connection {
    admitted: Admitted,
    kind: ConnectionKind,
    /// Set after Hello.
    challenge: Option<Challenge>,
    /// Set after Authenticate, on an identified connection.
    client: Option<ClientUri>,
    /// It must be open by then.
    deadline: Instant,
    frames: Bucket,
    /// Not read until then: over its frame allowance.
    paused: Option<Instant>,
    outgoing: Outgoing,
    answers: Answers,
    following: Following,
    /// When to retry reading what is behind, and the number of failures so far.
    read_again: Option<Instant>,
    in_vain: u32,
    lane: Lane,
    in_flight: FuturesUnordered<BoxFuture<'static, Finished>>,
    in_flight_bytes: usize,
}

/// Serves one connection until it ends. `answers` is its budget for answers.
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
        tracing::debug!("a connection ended with unanswered requests");
    }
    // Requests in flight are finished: a submission waits for those before it.
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

    /// Charges the connection's frame allowance; once that is used up, nothing is read until it refills.
    fn spend(&mut self, frames: u32) {
        let until = self.frames.overdraw(self.admitted.shared.limits.frames, frames);
        self.paused = self.paused.max(until);
    }

    /// Faults are charged extra, and also count against the address.
    fn count_fault(&mut self, refusal: &Refusal) {
        if refusal.is_fault() {
            self.spend(FAULT_FRAMES);
            let (shared, source) = (&self.admitted.shared, self.admitted.source);
            let until = shared.quotas.overdraw(Quota::Faults(source), shared.limits.faults);
            self.paused = self.paused.max(until);
        }
    }

    /// Waits for the next event and handles it. The order is fixed, so that runs are reproducible.
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

    /// Resumes what was postponed until now.
    fn woken(&mut self) {
        let now = Instant::now();
        self.paused = self.paused.filter(|until| *until > now);
        self.read_again = self.read_again.filter(|until| *until > now);
    }

    async fn too_late(&mut self) -> Result<(), End> {
        self.refuse(0, &Refusal::TooLate).await?;
        Err(End::TooLate)
    }

    /// Answers the requests in flight.
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

/// An answer that is ready.
fn now(body: server_frame::Body) -> Later {
    futures::future::ready(Ok(Reply::Body(body))).boxed()
}
