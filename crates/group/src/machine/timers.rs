//! Delayed actions. Nothing of them is stored: a delay runs from the log's time of what it waits for, so it is the
//! same after the group was unloaded and loaded again.

use conclave_protocol::{Epoch, Timestamp};
use conclave_record::IntentId;

use crate::input::Now;
use crate::parameters::{HOUSEKEEPING_AGAIN_AFTER_MS, STEPS_MAX};

/// Running delays. None outlives its epoch or its reason.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// When to commit others' leaving, and in which epoch.
    leave: Option<(Epoch, Timestamp)>,
    /// When to renew this client's leaf for the first time.
    first_commit: Option<Timestamp>,
    /// When to send this user's name, and for which intent; none: with the next message.
    profile: Option<(IntentId, Option<Timestamp>)>,
    /// No commit without an intent is tried before this: one was refused before it was sent.
    not_before: Option<Timestamp>,
    /// Nothing without an intent is submitted before this: the limit of refusals was reached.
    rest: Option<Timestamp>,
}

impl Timers {
    /// Whether others' leaving, proposed in this epoch before `since`, is due.
    pub(super) fn leave_due(&mut self, epoch: Epoch, since: Timestamp, now: Now, delay_ms: u64) -> bool {
        let at = match self.leave {
            Some((of, at)) if of == epoch => at,
            _ => after(since, now, delay_ms),
        };
        self.leave = Some((epoch, at));
        at <= now.local
    }

    /// There is no leaving to commit.
    pub(super) fn no_leave(&mut self) {
        self.leave = None;
    }

    /// Whether the first commit of a leaf that exists since `since` is due.
    pub(super) fn first_commit_due(&mut self, since: Timestamp, now: Now, delay_ms: u64) -> bool {
        let at = *self.first_commit.get_or_insert_with(|| after(since, now, delay_ms));
        at <= now.local
    }

    /// There is no first commit to make.
    pub(super) fn no_first_commit(&mut self) {
        self.first_commit = None;
    }

    /// Whether to send a name now. The time set for an intent stays: clocks may be adjusted in between.
    pub(super) fn profile_due(&mut self, of: IntentId, due: Option<Timestamp>, now: Now) -> bool {
        let at = match self.profile {
            Some((id, Some(at))) if id == of => Some(due.map_or(at, |due| due.min(at))),
            _ => due,
        };
        self.profile = Some((of, at));
        at.is_some_and(|at| at <= now.local)
    }

    /// There is no name to send.
    pub(super) fn no_profile(&mut self) {
        self.profile = None;
    }

    /// Whether a commit without an intent may be tried.
    pub(super) fn may_try(&self, now: Now) -> bool {
        self.not_before.is_none_or(|at| at <= now.local)
    }

    /// One was refused before it was sent. Sets no wake-up for the next try: the machine's owner sends
    /// [`Wake`](crate::Input::Wake) now and then anyway.
    pub(super) fn try_later(&mut self, now: Now) {
        self.not_before = Some(now.local.plus_ms(HOUSEKEEPING_AGAIN_AFTER_MS));
    }

    /// Submissions without an intent reached the limit of refusals: whether the pause after that is over.
    pub(super) fn rested(&mut self, now: Now) -> bool {
        let until = *self.rest.get_or_insert(now.local.plus_ms(HOUSEKEEPING_AGAIN_AFTER_MS));
        let over = until <= now.local;
        if over {
            self.rest = None;
        }
        over
    }

    /// A new epoch may allow what the previous one did not.
    pub(super) fn epoch_began(&mut self) {
        (self.not_before, self.rest) = (None, None);
    }

    /// When to be woken. What is due already waits for something else, and needs no wake-up.
    pub(super) fn next(&self, now: Now) -> Option<Timestamp> {
        let leave = self.leave.map(|(_, at)| at);
        let profile = self.profile.and_then(|(_, at)| at);
        [leave, self.first_commit, profile].into_iter().flatten().filter(|at| *at > now.local).min()
    }
}

/// A delay after a time of the log. A local clock behind the log's must not make it longer.
pub(super) fn after(since: Timestamp, now: Now, delay_ms: u64) -> Timestamp {
    since.min(now.local).plus_ms(delay_ms)
}

/// A delay that grows with a member's rank among those who could do the same.
pub(super) fn staggered(first_ms: u64, step_ms: u64, place: usize) -> u64 {
    let place = u64::try_from(place).unwrap_or(u64::MAX).min(STEPS_MAX);
    first_ms + step_ms * place
}
