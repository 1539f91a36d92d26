//! Whether a connection is still alive. A dead one is seldom closed: the laptop slept, or a router forgot it. So it is
//! pinged when nothing was received for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// Idle time before a ping. With [`PONG_MAX`], a dead connection is noticed within 75 s.
const IDLE: Duration = Duration::from_secs(45);
/// Longest time from a ping to the next frame.
const PONG_MAX: Duration = Duration::from_secs(30);
/// The same for a ping that was asked for, by someone who has a reason for doubt.
const PROBE_MAX: Duration = Duration::from_secs(10);

/// When a connection was last known to be alive. Time is the runtime's, which may stop while the machine sleeps; call
/// [`probe`](Self::probe) after that.
#[derive(Debug)]
pub(crate) struct Liveness {
    state: Mutex<State>,
    received: Notify,
    doubt: Notify,
    end: Notify,
}

#[derive(Debug)]
struct State {
    /// When the last frame was received.
    last: Instant,
    /// Frames received.
    frames: u64,
    /// A frame is being handed on, and none is read meanwhile.
    busy: bool,
}

impl Default for Liveness {
    fn default() -> Self {
        let state = State { last: Instant::now(), frames: 0, busy: false };
        Self { state: Mutex::new(state), received: Notify::new(), doubt: Notify::new(), end: Notify::new() }
    }
}

impl Liveness {
    /// A frame was received.
    pub(crate) fn note_frame(&self) {
        let mut state = self.lock();
        state.last = Instant::now();
        state.frames += 1;
        drop(state);
        self.received.notify_waiters();
    }

    /// How many frames were received so far.
    pub(crate) fn frames(&self) -> u64 {
        self.lock().frames
    }

    /// Until the guard is dropped, this side reads nothing, and silence means nothing.
    pub(crate) fn busy(&self) -> Busy<'_> {
        self.lock().busy = true;
        Busy(self)
    }

    /// There is a reason for doubt: pings now.
    pub(crate) fn probe(&self) {
        self.doubt.notify_one();
    }

    /// A request that was sent after this many frames had no answer. Ends the connection if nothing else was received
    /// since.
    pub(crate) fn unanswered(&self, frames: u64) {
        if self.is_silent_since(frames) {
            self.end.notify_one();
        }
    }

    /// Pings when that is due, with what `ping` makes. Returns when the connection is dead.
    pub(crate) async fn until_dead(&self, line: mpsc::WeakSender<Bytes>, ping: impl Fn() -> Bytes) {
        tokio::select! {
            () = self.end.notified() => {}
            () = self.until_silent(line, ping) => {}
        }
    }

    async fn until_silent(&self, line: mpsc::WeakSender<Bytes>, ping: impl Fn() -> Bytes) {
        loop {
            let limit = tokio::select! {
                () = self.until_idle() => PONG_MAX,
                () = self.doubt.notified() => PROBE_MAX,
            };
            let (frames, asked) = (self.frames(), Instant::now());
            // The connection was dropped: it is about to end.
            let Some(line) = line.upgrade() else { return };
            // A queue that stays full is a connection that carries nothing.
            let sent = tokio::time::timeout(limit, line.send(ping())).await;
            drop(line);
            if let Ok(Err(_)) = sent {
                return;
            }
            self.wait_for_frame(frames, asked + limit).await;
            if self.is_silent_since(frames) {
                return;
            }
        }
    }

    /// Waits for a frame after this many, until the limit at the latest; a shorter one where someone probes.
    async fn wait_for_frame(&self, frames: u64, mut limit: Instant) {
        loop {
            let received = self.received.notified();
            if !self.is_silent_since(frames) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(limit) => return,
                () = received => {}
                () = self.doubt.notified() => limit = limit.min(Instant::now() + PROBE_MAX),
            }
        }
    }

    /// Waits until nothing was received for [`IDLE`].
    async fn until_idle(&self) {
        loop {
            let due = self.lock().last + IDLE;
            if due <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(due).await;
        }
    }

    fn is_silent_since(&self, frames: u64) -> bool {
        let state = self.lock();
        !state.busy && state.frames == frames
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Liveness::busy`].
#[derive(Debug)]
pub(crate) struct Busy<'a>(&'a Liveness);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy = false;
        state.last = Instant::now();
        state.frames += 1;
    }
}
