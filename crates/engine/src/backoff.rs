//! How long to wait before the next retry.

use crate::ids::IdSource;

/// Retry delays that double each time, up to a longest one.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    /// The first delay, in milliseconds.
    min_ms: u64,
    /// The longest delay, in milliseconds.
    max_ms: u64,
    /// Delays since the last success.
    tries: u32,
}

impl Backoff {
    /// Delays from `min_ms` up to `max_ms`.
    pub(crate) const fn between(min_ms: u64, max_ms: u64) -> Self {
        Self { min_ms, max_ms, tries: 0 }
    }

    /// The next delay in milliseconds, without jitter: for local retries (disk, keychain, actors).
    pub(crate) fn step_ms(&mut self) -> u64 {
        let step = self.min_ms.saturating_mul(1 << self.tries.min(16)).min(self.max_ms);
        self.tries = self.tries.saturating_add(1);
        step
    }

    /// The next delay in milliseconds with jitter, between half and all of it, so that the clients of a restarted
    /// service don't reconnect all at once.
    pub(crate) fn next_ms(&mut self, ids: &IdSource) -> u64 {
        let step = self.step_ms();
        step / 2 + ids.below(step / 2 + 1)
    }

    /// Whether there was a delay since the last success.
    pub(crate) fn has_failed(&self) -> bool {
        self.tries > 0
    }

    /// After a success: the next delay is the first one again.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let ids = IdSource::seeded(1);
        let mut backoff = Backoff::between(500, 60_000);
        let waits: Vec<u64> = (0..80).map(|_| backoff.next_ms(&ids)).collect();
        assert!((250..=500).contains(&waits[0]));
        assert!(waits.iter().all(|w| *w <= 60_000));
        assert!(waits[20..].iter().all(|w| *w >= 30_000));
        assert!(backoff.has_failed());
        backoff.reset();
        assert!(!backoff.has_failed());
        assert!(backoff.next_ms(&ids) <= 500);
    }

    #[test]
    fn without_jitter_each_wait_is_twice_the_one_before() {
        let mut backoff = Backoff::between(1_000, 5_000);
        let waits: Vec<u64> = (0..5).map(|_| backoff.step_ms()).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 5_000, 5_000]);
    }
}
