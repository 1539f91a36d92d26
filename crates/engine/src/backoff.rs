//! How long to wait before the next try.

use crate::ids::IdSource;

/// Doubling waits with jitter, so that the clients of a service that comes back don't all come at once.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    /// The first wait, in milliseconds.
    min_ms: u64,
    /// The longest wait, in milliseconds.
    max_ms: u64,
    tries: u32,
}

impl Backoff {
    /// Waits from `min_ms` up to `max_ms`.
    pub(crate) const fn between(min_ms: u64, max_ms: u64) -> Self {
        Self { min_ms, max_ms, tries: 0 }
    }

    /// The next wait in milliseconds: between half and all of a doubling step.
    pub(crate) fn next_ms(&mut self, ids: &IdSource) -> u64 {
        let step = self.min_ms.saturating_mul(1 << self.tries.min(16)).min(self.max_ms);
        self.tries = self.tries.saturating_add(1);
        step / 2 + ids.below(step / 2 + 1)
    }

    /// It worked: begin again with short waits.
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
        backoff.reset();
        assert!(backoff.next_ms(&ids) <= 500);
    }
}
