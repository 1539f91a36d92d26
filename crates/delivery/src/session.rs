//! One connection: requests with their answers, which carry the same number, and pushes, which carry none.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::limits::FRAME_BYTES_MAX;
use conclave_protocol::link::Link;
use conclave_protocol::wire::{ClientFrame, Ping, ServerFrame, client_frame, server_frame};
use prost::Message as _;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::error::ServiceError;
use crate::liveness::Liveness;
use crate::received::push;
use crate::service::Push;

/// Requests under way at one time; more of them wait.
const REQUESTS_MAX: usize = 128;
/// Longest time to an answer. After it the request counts as lost, and so does the connection if nothing else was received
/// either.
const ANSWER_MS_MAX: u64 = 30_000;

type Pending = Arc<Mutex<HashMap<u64, oneshot::Sender<server_frame::Body>>>>;

/// An open connection. It is closed when the last clone is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    outgoing: mpsc::Sender<Bytes>,
    pending: Pending,
    next: Arc<AtomicU64>,
    room: Arc<Semaphore>,
    liveness: Arc<Liveness>,
}

impl Session {
    /// Takes over a link. What is pushed goes to `pushes`, in order, and [`Push::Lost`] last: when the link has ended,
    /// nothing is received on it any more, or a frame does not fit the protocol.
    pub(crate) fn over(link: Link, pushes: mpsc::Sender<Push>) -> Self {
        let Link { outgoing, incoming } = link;
        let (pending, liveness) = (Pending::default(), Arc::<Liveness>::default());
        let next = Arc::new(AtomicU64::new(1));
        let session = Self {
            outgoing,
            pending: Arc::clone(&pending),
            next: Arc::clone(&next),
            room: Arc::new(Semaphore::new(REQUESTS_MAX)),
            liveness: Arc::clone(&liveness),
        };
        let line = session.outgoing.downgrade();
        tokio::spawn(async move {
            let ping = || {
                let request = next.fetch_add(1, Ordering::Relaxed);
                ClientFrame { request, body: Some(client_frame::Body::Ping(Ping {})) }.encode_to_vec().into()
            };
            tokio::select! {
                () = receive(incoming, &pending, &pushes, &liveness) => {}
                () = liveness.until_dead(line, ping) => tracing::info!("a connection went silent"),
            }
            lock(&pending).clear();
            // An error means that nobody receives any more.
            let _ = pushes.send(Push::Lost).await;
        });
        session
    }

    /// Pings now; a connection that does not answer ends soon.
    pub(crate) fn probe(&self) {
        self.liveness.probe();
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
        let frames = self.liveness.frames();
        let ask = async {
            self.outgoing.send(frame.into()).await.map_err(|_| ServiceError::Unreachable)?;
            if self.outgoing.is_closed() {
                return Err(ServiceError::Unreachable);
            }
            answered.await.map_err(|_| ServiceError::Unreachable)
        };
        match tokio::time::timeout(Duration::from_millis(ANSWER_MS_MAX), ask).await {
            Ok(Ok(server_frame::Body::Error(error))) => Err(error.into()),
            Ok(answer) => answer,
            Err(_) => {
                self.liveness.unanswered(frames);
                Err(ServiceError::Unreachable)
            }
        }
    }
}

/// Forgets a request whose caller is gone.
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
    pending: &Pending,
    pushes: &mpsc::Sender<Push>,
    liveness: &Liveness,
) {
    while let Some(bytes) = incoming.recv().await {
        liveness.note_frame();
        let Ok(ServerFrame { request, body: Some(body) }) = ServerFrame::decode(bytes) else {
            tracing::warn!("a frame from the service does not decode; closing the connection");
            break;
        };
        if request == 0 {
            let _busy = liveness.busy();
            let push = match push(body) {
                Ok(push) => push,
                Err(error) => {
                    tracing::warn!(%error, "closing the connection");
                    break;
                }
            };
            if pushes.send(push).await.is_err() {
                break;
            }
        } else if let Some(answer) = lock(pending).remove(&request) {
            // An error means that the caller is gone.
            let _ = answer.send(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use conclave_protocol::wire::{self, InboxEntries, Pong};

    use tokio::time::Instant;

    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// A session, what is pushed on it, and the other end.
    fn session() -> (Session, mpsc::Receiver<Push>, Link) {
        let (ours, theirs) = Link::pair();
        let (pushes, pushed) = mpsc::channel(1);
        (Session::over(ours, pushes), pushed, theirs)
    }

    fn frame(request: u64, body: server_frame::Body) -> Bytes {
        ServerFrame { request, body: Some(body) }.encode_to_vec().into()
    }

    /// Answers pings, and nothing else, until `silent`.
    async fn answers_pings(mut link: Link, silent: Duration) {
        let end = Instant::now() + silent;
        while let Some(asked) = link.incoming.recv().await {
            let asked = ClientFrame::decode(asked).expect("a frame");
            let is_ping = matches!(asked.body, Some(client_frame::Body::Ping(_)));
            if is_ping && Instant::now() < end {
                let pong = frame(asked.request, server_frame::Body::Pong(Pong { now_ms: 0 }));
                link.outgoing.send(pong).await.expect("the session is there");
            }
        }
    }

    /// How long until a connection ends that these push to.
    async fn ends(mut pushes: mpsc::Receiver<Push>) -> Duration {
        let begin = Instant::now();
        while pushes.recv().await.is_some() {}
        begin.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_went_silent_ends_within_90_seconds() {
        let (_session, pushes, _silent) = session();
        assert_eq!(ends(pushes).await, seconds(75));
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_line_that_lives_stays() {
        let (_session, pushes, link) = session();
        tokio::spawn(answers_pings(link, seconds(24 * 3600)));
        let ended = ends(pushes).await;
        assert!(ended > seconds(24 * 3600) && ended <= seconds(24 * 3600 + 90), "{ended:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_request_silence_is_noticed_within_30_seconds() {
        let (session, pushes, _silent) = session();
        let asked = tokio::spawn(async move {
            let _keeps = session.clone();
            session.request(client_frame::Body::Ping(Ping {})).await
        });
        assert_eq!(ends(pushes).await, seconds(30));
        assert_eq!(asked.await.expect("it ends"), Err(ServiceError::Unreachable));
    }

    #[tokio::test(start_paused = true)]
    async fn one_answer_that_does_not_come_ends_no_line_that_lives() {
        let (session, pushes, link) = session();
        let count = client_frame::Body::CountKeyPackages(wire::CountKeyPackages {});
        let answers = tokio::spawn(answers_pings(link, seconds(600)));
        session.probe();
        tokio::time::sleep(seconds(20)).await;
        let asked = session.clone();
        let lost = tokio::spawn(async move { asked.request(count).await });
        tokio::time::sleep(seconds(5)).await;
        session.probe();
        assert_eq!(lost.await.expect("it ends"), Err(ServiceError::Unreachable));
        assert!(ends(pushes).await > seconds(500));
        answers.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn in_doubt_silence_is_noticed_within_10_seconds() {
        let (session, pushes, _silent) = session();
        session.probe();
        assert_eq!(ends(pushes).await, seconds(10));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_slow_to_take_what_comes_ends_no_line() {
        let (_session, mut pushes, link) = session();
        for _ in 0..4 {
            let pushed = server_frame::Body::InboxEntries(InboxEntries::default());
            link.outgoing.send(frame(0, pushed)).await.expect("room");
        }
        tokio::time::sleep(seconds(600)).await;
        for _ in 0..4 {
            assert!(matches!(pushes.recv().await, Some(Push::Inbox(_))), "it was kept");
        }
        assert!(ends(pushes).await >= seconds(30), "from here on silence counts again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_push_that_does_not_fit_the_protocol_ends_the_line_and_is_passed_over() {
        let (_session, mut pushes, link) = session();
        let fits = server_frame::Body::InboxEntries(InboxEntries::default());
        let does_not = server_frame::Body::LogPaused(wire::LogPaused { log: Bytes::new(), after: 1 });
        for pushed in [fits.clone(), does_not, fits] {
            link.outgoing.send(frame(0, pushed)).await.expect("room");
        }
        assert!(matches!(pushes.recv().await, Some(Push::Inbox(_))));
        assert!(matches!(pushes.recv().await, Some(Push::Lost)), "the end is the last that comes");
        assert!(pushes.recv().await.is_none());
    }
}
