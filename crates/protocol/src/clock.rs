//! The only source of wall-clock time of a client or a service, so that tests can control it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::Timestamp;

/// A wall clock. It may jump.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Follows tokio's time from a given start: with paused time it advances only when the test lets it.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    from: Timestamp,
    since: Instant,
}

impl TokioClock {
    /// A clock that shows `from` now. Needs a tokio runtime when time is paused.
    #[must_use]
    pub fn starting_at(from: Timestamp) -> Self {
        Self { from, since: Instant::now() }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        self.from.plus_ms(u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}
