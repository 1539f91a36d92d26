//! A group's submissions under way, in order: none overtakes one whose answer was lost.

use conclave_delivery::AccessKey;
use conclave_protocol::SubmissionId;
use conclave_record::Submission;
use tokio::time::Instant;

use super::{Feed, Outgoing, RETRY_MS_MAX, RETRY_MS_MIN, Retry};
use crate::backoff::Backoff;
use crate::ids::IdSource;
use crate::live::Delivery;
use crate::timer::after_ms;

/// Submissions of one group under way (its machine seals fewer).
pub(super) const OUTBOX_MAX: usize = 256;

impl Outgoing {
    /// The connection is gone: it goes on the next one.
    pub(super) fn disconnected(&mut self) {
        self.sent = false;
        self.retry = None;
    }
}

impl Feed {
    /// When the next submission goes again; none where none waits for a time.
    pub(in crate::sync) fn next_unsent(&self) -> Option<Instant> {
        let retry = self.outbox.iter().find(|o| !o.sent)?.retry.as_ref()?;
        Some(retry.not_before).filter(|at| *at > Instant::now())
    }

    /// Something is to be sent, but only after the log was read: it may be there already.
    fn holds_back(&self) -> bool {
        !self.is_off() && !self.head.is_reached() && self.outbox.iter().any(|outgoing| !outgoing.sent)
    }

    /// Adds a submission. One that is there already changes nothing.
    pub(in crate::sync) fn submit(&mut self, key: AccessKey, submission: Submission) {
        let id = submission.id;
        let known = self.outbox.iter().any(|o| o.submission.id == id);
        if known {
            return;
        }
        if self.outbox.len() >= OUTBOX_MAX {
            tracing::warn!(
                "a group's outbox is full; the submission comes again with the next load of the group"
            );
            return;
        }
        self.outbox.push_back(Outgoing { key, submission, sent: false, retry: None });
    }

    /// What is to be sent now, in order. Entries go one at a time: if the service puts one off, or its answer is lost, no
    /// later one may overtake it. What failed once goes alone, and what comes after it waits for its answer.
    pub(in crate::sync) fn take_unsent(&mut self) -> Vec<Outgoing> {
        if self.subscription.blocks_sending() || self.holds_back() {
            return Vec::new();
        }
        let now = Instant::now();
        let upto = self.outbox.iter().position(|o| o.retry.is_some()).map_or(self.outbox.len(), |at| at + 1);
        let (mut unsent, mut entry_under_way) = (Vec::new(), false);
        for outgoing in self.outbox.iter_mut().take(upto) {
            let is_entry = !outgoing.submission.is_commit();
            let due = outgoing.retry.as_ref().is_none_or(|retry| retry.not_before <= now);
            if !outgoing.sent && due && !(is_entry && entry_under_way) {
                outgoing.sent = true;
                unsent.push(outgoing.clone());
            }
            entry_under_way |= is_entry;
        }
        unsent
    }

    /// The state of the commit under way: there is at most one.
    pub(in crate::sync) fn delivery(&self) -> Option<Delivery> {
        let is_commit = |outgoing: &Outgoing| outgoing.submission.is_commit();
        let at = self.outbox.iter().position(is_commit)?;
        let commit = self.outbox.get(at)?;
        let put_off = |outgoing: &Outgoing| outgoing.retry.as_ref().is_some_and(|retry| retry.put_off);
        Some(match () {
            () if self.outbox.iter().take(at + 1).any(put_off) => Delivery::PutOff,
            () if commit.sent || commit.retry.is_some() => Delivery::Sent,
            () if self.subscription.blocks_sending() || self.holds_back() => Delivery::Held,
            () => Delivery::Behind,
        })
    }

    /// The service answered, and the group's actor has handled it.
    pub(in crate::sync) fn answered(&mut self, id: SubmissionId) {
        self.outbox.retain(|o| o.submission.id != id);
    }

    /// There was no answer: when it goes again, after a growing delay and not before `at_least_ms`.
    pub(in crate::sync) fn unanswered(
        &mut self,
        id: SubmissionId,
        at_least_ms: u64,
        ids: &IdSource,
    ) -> Option<Instant> {
        let outgoing = self.outbox.iter_mut().find(|o| o.submission.id == id)?;
        outgoing.sent = false;
        let now = Instant::now();
        let first = || Retry {
            delays: Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX),
            not_before: now,
            put_off: false,
        };
        let retry = outgoing.retry.get_or_insert_with(first);
        retry.not_before = after_ms(retry.delays.next_ms(ids).max(at_least_ms));
        retry.put_off = at_least_ms > 0;
        Some(retry.not_before)
    }
}
