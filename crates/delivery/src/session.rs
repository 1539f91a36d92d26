//! One connection: requests and their answers told apart by number, pushes on the side.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::limits::FRAME_BYTES_MAX;
use conclave_protocol::link::Link;
use conclave_protocol::wire::{ClientFrame, ServerFrame, client_frame, server_frame};
use prost::Message as _;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::error::ServiceError;

/// Requests without an answer at one time; more of them wait.
const REQUESTS_MAX: usize = 128;
/// A request without an answer for so long counts as lost.
const ANSWER_MS_MAX: u64 = 30_000;

type Pending = Arc<Mutex<HashMap<u64, oneshot::Sender<server_frame::Body>>>>;

/// An open connection. It is closed when the last clone is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    outgoing: mpsc::Sender<Bytes>,
    pending: Pending,
    next: Arc<AtomicU64>,
    room: Arc<Semaphore>,
}

impl Session {
    /// Takes over a link. Frames that are no answers go to `pushed`, in order; it ends with the connection.
    pub(crate) fn over(link: Link, pushed: mpsc::Sender<server_frame::Body>) -> Self {
        let pending = Pending::default();
        let Link { outgoing, incoming } = link;
        tokio::spawn(receive(incoming, Arc::clone(&pending), pushed));
        Self {
            outgoing,
            pending,
            next: Arc::new(AtomicU64::new(1)),
            room: Arc::new(Semaphore::new(REQUESTS_MAX)),
        }
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn request(&self, body: client_frame::Body) -> Result<server_frame::Body, ServiceError> {
        let _room = self.room.acquire().await.map_err(|_| ServiceError::Unreachable)?;
        let request = self.next.fetch_add(1, Ordering::Relaxed);
        let frame = ClientFrame { request, body: Some(body) }.encode_to_vec();
        if frame.len() > FRAME_BYTES_MAX {
            return Err(ServiceError::OverLimit { limit: FRAME_BYTES_MAX as u64 });
        }
        let (answer, answered) = oneshot::channel();
        let _guard = Waiting { pending: &self.pending, request };
        lock(&self.pending).insert(request, answer);
        self.outgoing.send(frame.into()).await.map_err(|_| ServiceError::Unreachable)?;
        if self.outgoing.is_closed() {
            return Err(ServiceError::Unreachable);
        }
        match tokio::time::timeout(Duration::from_millis(ANSWER_MS_MAX), answered).await {
            Ok(Ok(server_frame::Body::Error(error))) => Err(error.into()),
            Ok(Ok(body)) => Ok(body),
            Ok(Err(_)) | Err(_) => Err(ServiceError::Unreachable),
        }
    }
}

/// Forgets a request whose caller went away.
struct Waiting<'a> {
    pending: &'a Pending,
    request: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(self.pending).remove(&self.request);
    }
}

fn lock(pending: &Pending) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<server_frame::Body>>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn receive(
    mut incoming: mpsc::Receiver<Bytes>,
    pending: Pending,
    pushed: mpsc::Sender<server_frame::Body>,
) {
    while let Some(bytes) = incoming.recv().await {
        let Ok(ServerFrame { request, body: Some(body) }) = ServerFrame::decode(bytes) else {
            tracing::warn!("a frame from the service does not decode; closing the connection");
            break;
        };
        if request == 0 {
            if pushed.send(body).await.is_err() {
                break;
            }
        } else if let Some(answer) = lock(&pending).remove(&request) {
            // The caller may have gone; then nobody misses the answer.
            let _ = answer.send(body);
        }
    }
    lock(&pending).clear();
}
