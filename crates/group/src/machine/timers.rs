//! What happens after a delay rather than at once, by the local clock. Not stored: after a restart it is put off.

use conclave_protocol::{Epoch, Timestamp};

use crate::input::Now;
use crate::parameters::STEPS_MAX;

/// Delays that run. None of them outlives its epoch or its reason.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// When to carry out others' leaving, and in which epoch.
    leave: Option<(Epoch, Timestamp)>,
    /// When to renew this client's leaf for the first time.
    first_commit: Option<Timestamp>,
}

impl Timers {
    /// Whether others' leaving is due in this epoch; starts the delay where it does not run yet.
    pub(super) fn leave_due(&mut self, epoch: Epoch, now: Now, delay_ms: u64) -> bool {
        let at = match self.leave {
            Some((of, at)) if of == epoch => at,
            _ => now.local.plus_ms(delay_ms),
        };
        self.leave = Some((epoch, at));
        at <= now.local
    }

    /// There is no leaving to carry out.
    pub(super) fn no_leave(&mut self) {
        self.leave = None;
    }

    /// Whether the first commit is due; starts the delay where it does not run yet.
    pub(super) fn first_commit_due(&mut self, now: Now, delay_ms: u64) -> bool {
        let at = *self.first_commit.get_or_insert_with(|| now.local.plus_ms(delay_ms));
        at <= now.local
    }

    /// There is no first commit to make.
    pub(super) fn no_first_commit(&mut self) {
        self.first_commit = None;
    }

    /// When to be woken. What is due already waits for something else, and is not worth waking for.
    pub(super) fn next(&self, now: Now) -> Option<Timestamp> {
        let leave = self.leave.map(|(_, at)| at);
        [leave, self.first_commit].into_iter().flatten().filter(|at| *at > now.local).min()
    }
}

/// A delay that grows with a member's place among those who could do the same.
pub(super) fn staggered(first_ms: u64, step_ms: u64, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX).min(STEPS_MAX);
    first_ms + step_ms * place
}
