//! How long to wait before the next try.

use crate::ids::IdSource;

/// The first wait.
const WAIT_MS_MIN: u64 = 500;
/// The longest wait.
const WAIT_MS_MAX: u64 = 60_000;

/// Doubling waits with jitter, so that the clients of a service that comes back don't all come at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The next wait in milliseconds: between half and all of a doubling step.
    pub(super) fn next_ms(&mut self, ids: &IdSource) -> u64 {
        let step = WAIT_MS_MIN.saturating_mul(1 << self.tries.min(10)).min(WAIT_MS_MAX);
        self.tries = self.tries.saturating_add(1);
        step / 2 + ids.below(step / 2 + 1)
    }

    /// It worked: begin again with short waits.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let ids = IdSource::seeded(1);
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..40).map(|_| backoff.next_ms(&ids)).collect();
        assert!(waits[0] <= WAIT_MS_MIN && waits[0] >= WAIT_MS_MIN / 2);
        assert!(waits.iter().all(|w| *w <= WAIT_MS_MAX));
        assert!(waits[20..].iter().all(|w| *w >= WAIT_MS_MAX / 2));
        backoff.reset();
        assert!(backoff.next_ms(&ids) <= WAIT_MS_MIN);
    }
}
