//! One connection: frames in, answers and pushes out, over a [`Link`] that may be a socket or a pair of queues.
//!
//! It holds at most [`crate::Limits::in_flight_max`] requests and reads no further while it does, nor while it is over
//! its allowance of frames.

mod anonymous;
mod following;
mod identified;
mod lane;
mod opening;
mod outgoing;
mod pushing;
mod submitting;

use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::ClientUri;
use conclave_protocol::link::{ConnectionKind, Link};
use conclave_protocol::wire::{self, ClientFrame, client_frame, server_frame};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use prost::Message;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::delivery::access::Challenge;
use crate::limits::FAULT_FRAMES;
use crate::quota::{Bucket, Quota};
use crate::refusal::Refusal;
use crate::shared::{Admitted, Shared};
use following::Following;
use lane::Lane;
use outgoing::Outgoing;
use pushing::Read;

/// Bytes of requests of one connection in the works; beyond it the connection is not read.
const IN_FLIGHT_BYTES_MAX: usize = 8 << 20;
/// Events handled before the client is heard again.
const EVENTS_AT_ONCE: usize = 64;

/// The connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Closed;

/// What a request comes to.
#[derive(Debug)]
enum Reply {
    Body(server_frame::Body),
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
    Request { request: u64, answer: Result<Reply, Refusal>, bytes: usize, _permit: OwnedSemaphorePermit },
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
    following: Following,
    lane: Lane,
    in_flight: FuturesUnordered<BoxFuture<'static, Finished>>,
    in_flight_bytes: usize,
}

/// Serves one connection until it ends.
pub(crate) async fn serve(admitted: Admitted, kind: ConnectionKind, link: Link) {
    let Link { outgoing, mut incoming } = link;
    let shared = &admitted.shared;
    let mut connection = Connection {
        kind,
        challenge: None,
        client: None,
        deadline: Instant::now() + shared.limits.opening,
        frames: Bucket::full(),
        paused: None,
        lane: Lane::default(),
        outgoing: Outgoing::new(outgoing, shared),
        following: Following::new(&shared.hub, shared.limits.subscriptions_max),
        in_flight: FuturesUnordered::new(),
        in_flight_bytes: 0,
        admitted,
    };
    while connection.turn(&mut incoming).await.is_ok() {}
    // What was taken on is finished: a submission has its turn after those before it.
    while connection.in_flight.next().await.is_some() {}
}

impl Connection {
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
    async fn turn(&mut self, incoming: &mut tokio::sync::mpsc::Receiver<Bytes>) -> Result<(), Closed> {
        self.read_behind();
        let (deadline, open, room) = (self.deadline, self.is_open(), self.has_room());
        let paused = self.paused;
        tokio::select! {
            biased;
            () = self.outgoing.closing() => Err(Closed),
            () = tokio::time::sleep_until(deadline), if !open => self.too_late().await,
            Some(finished) = self.in_flight.next(), if !self.in_flight.is_empty() => self.finished(finished).await,
            () = tokio::time::sleep_until(paused.unwrap_or(deadline)), if paused.is_some() => {
                self.paused = None;
                Ok(())
            }
            frame = incoming.recv(), if room => match frame {
                Some(frame) => self.frame(frame).await,
                None => Err(Closed),
            },
            heard = self.following.hear() => self.heard(heard).await,
        }
    }

    async fn too_late(&mut self) -> Result<(), Closed> {
        self.outgoing.send(0, server_frame::Body::Error(Refusal::TooLate.to_wire())).await?;
        Err(Closed)
    }

    async fn frame(&mut self, frame: Bytes) -> Result<(), Closed> {
        let (request, taken) = self.take(frame);
        match taken {
            Ok(()) => Ok(()),
            Err(refusal) => {
                self.count_fault(&refusal);
                self.outgoing.send(request, server_frame::Body::Error(refusal.to_wire())).await?;
                if refusal == Refusal::Version { Err(Closed) } else { Ok(()) }
            }
        }
    }

    /// Takes a request on; says its number, 0 where there is none.
    fn take(&mut self, frame: Bytes) -> (u64, Result<(), Refusal>) {
        self.spend(1);
        let (limits, bytes) = (&self.admitted.shared.limits, frame.len());
        if bytes > limits.frame_bytes_max {
            return (0, Err(Refusal::TooLarge("the frame", limits.frame_bytes_max)));
        }
        let Ok(ClientFrame { request, body }) = ClientFrame::decode(frame) else {
            return (0, Err(Refusal::Malformed("frame")));
        };
        (request, self.take_on(request, body, bytes))
    }

    fn take_on(
        &mut self,
        request: u64,
        body: Option<client_frame::Body>,
        bytes: usize,
    ) -> Result<(), Refusal> {
        if request == 0 {
            return Err(Refusal::Malformed("request"));
        }
        let body = body.ok_or(Refusal::Malformed("body"))?;
        // An empty frame costs something too.
        let permits = u32::try_from(bytes.max(1)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.shared().in_flight)
            .try_acquire_many_owned(permits)
            .map_err(|_| Refusal::from(crate::storage::StorageError::Busy))?;
        let later = self.request(body)?;
        self.in_flight_bytes += bytes;
        let finished = later.map(move |answer| Finished::Request { request, answer, bytes, _permit: permit });
        self.in_flight.push(finished.boxed());
        Ok(())
    }

    /// Begins to carry a request out: when this returns, it has its place among the others.
    fn request(&mut self, body: client_frame::Body) -> Result<Later, Refusal> {
        if let client_frame::Body::Hello(hello) = body {
            return self.hello(&hello);
        }
        let challenge = self.challenge.ok_or(Refusal::NotHere)?;
        if let client_frame::Body::Ping(_) = body {
            return Ok(now(server_frame::Body::Pong(wire::Pong { now_ms: self.shared().now().0 })));
        }
        match self.kind {
            ConnectionKind::Identified => self.identified(body, challenge),
            ConnectionKind::Anonymous => self.anonymous(body, challenge),
        }
    }

    async fn finished(&mut self, finished: Finished) -> Result<(), Closed> {
        match finished {
            Finished::Request { request, answer, bytes, _permit } => {
                self.in_flight_bytes -= bytes;
                self.answer(request, answer).await
            }
            Finished::Read(read) => self.read_done(read).await,
        }
    }

    async fn answer(&mut self, request: u64, answer: Result<Reply, Refusal>) -> Result<(), Closed> {
        let body = match answer {
            Ok(Reply::Body(body)) => body,
            Ok(Reply::Authenticated(client)) => {
                self.client = Some(client);
                done()
            }
            Ok(Reply::Follow(start)) => {
                self.following.begin(&start);
                done()
            }
            Ok(Reply::DoNotFollow(number, refusal)) => {
                self.count_fault(&refusal);
                self.following.withdraw(number);
                server_frame::Body::Error(refusal.to_wire())
            }
            Err(refusal) => {
                self.count_fault(&refusal);
                server_frame::Body::Error(refusal.to_wire())
            }
        };
        self.outgoing.send(request, body).await
    }
}

fn done() -> server_frame::Body {
    server_frame::Body::Done(wire::Done {})
}

/// An answer that is there at once.
fn now(body: server_frame::Body) -> Later {
    futures::future::ready(Ok(Reply::Body(body))).boxed()
}
