//! Whether a connection still carries anything. A line that dies seldom says so: a laptop that slept, a router that forgot.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// Where nothing was heard for so long, a sign of life is asked for. With [`SIGN`], silence is noticed within 75 s.
const QUIET: Duration = Duration::from_secs(45);
/// So long may the sign take.
const SIGN: Duration = Duration::from_secs(30);
/// So long where somebody asks for it who has a reason for doubt.
const PROBE: Duration = Duration::from_secs(10);

/// What is known of a connection's life. Time is that of the runtime, which may stand still while the machine sleeps; who
/// sees that it slept asks with [`probe`](Self::probe).
#[derive(Debug)]
pub(crate) struct Liveness {
    state: Mutex<State>,
    sign: Notify,
    doubt: Notify,
    end: Notify,
}

#[derive(Debug)]
struct State {
    /// When something was heard last, and how often.
    heard: Instant,
    times: u64,
    /// Something that came is being handed on; nothing else is read meanwhile.
    busy: bool,
}

impl Default for Liveness {
    fn default() -> Self {
        let state = State { heard: Instant::now(), times: 0, busy: false };
        Self { state: Mutex::new(state), sign: Notify::new(), doubt: Notify::new(), end: Notify::new() }
    }
}

impl Liveness {
    /// Something came.
    pub(crate) fn heard(&self) {
        let mut state = self.lock();
        state.heard = Instant::now();
        state.times += 1;
        drop(state);
        self.sign.notify_waiters();
    }

    /// How often something was heard, to be compared later.
    pub(crate) fn mark(&self) -> u64 {
        self.lock().times
    }

    /// Until the guard is dropped, nothing is read because of this side.
    pub(crate) fn busy(&self) -> Busy<'_> {
        self.lock().busy = true;
        Busy(self)
    }

    /// There is a reason for doubt: asks for a sign of life now.
    pub(crate) fn probe(&self) {
        self.doubt.notify_one();
    }

    /// What was asked at this mark had no answer. If nothing else was heard since, the connection ends.
    pub(crate) fn unanswered(&self, mark: u64) {
        if self.is_silent_since(mark) {
            self.end.notify_one();
        }
    }

    /// Asks for signs of life where they are due, with what `ping` makes. Ends when the connection is over.
    pub(crate) async fn ends(&self, asks: mpsc::WeakSender<Bytes>, ping: impl Fn() -> Bytes) {
        tokio::select! {
            () = self.end.notified() => {}
            () = self.goes_silent(asks, ping) => {}
        }
    }

    async fn goes_silent(&self, asks: mpsc::WeakSender<Bytes>, ping: impl Fn() -> Bytes) {
        loop {
            let sign = tokio::select! {
                () = self.quiet() => SIGN,
                () = self.doubt.notified() => PROBE,
            };
            let (mark, asked) = (self.mark(), Instant::now());
            // Nobody holds the connection any more: its end is on the way.
            let Some(line) = asks.upgrade() else { return };
            // Where it is full, it carries nothing.
            let sent = tokio::time::timeout(sign, line.send(ping())).await;
            drop(line);
            if let Ok(Err(_)) = sent {
                return;
            }
            self.sign_by(mark, asked + sign).await;
            if self.is_silent_since(mark) {
                return;
            }
        }
    }

    /// Waits until something is heard after this mark, and not beyond this time; for less where doubt arises.
    async fn sign_by(&self, mark: u64, mut by: Instant) {
        loop {
            let sign = self.sign.notified();
            if !self.is_silent_since(mark) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(by) => return,
                () = sign => {}
                () = self.doubt.notified() => by = by.min(Instant::now() + PROBE),
            }
        }
    }

    /// Waits until nothing was heard for [`QUIET`].
    async fn quiet(&self) {
        loop {
            let due = self.lock().heard + QUIET;
            if due <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(due).await;
        }
    }

    fn is_silent_since(&self, mark: u64) -> bool {
        let state = self.lock();
        !state.busy && state.times == mark
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway.
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
        state.heard = Instant::now();
        state.times += 1;
    }
}
