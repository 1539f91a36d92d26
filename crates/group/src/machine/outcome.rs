//! Handles the service's answers. The same bytes are sent again until it answers; only *stale* or *refused* allows
//! deriving again.

use conclave_protocol::SubmissionId;
use conclave_record::{FailReason, GroupStatus, Intent, IntentChange, IntentId, UnreadableCause, Write};

use super::output::Output;
use super::{Machine, Pending};
use crate::input::Outcome;
use crate::parameters::{EPOCHS_RETAINED, RACES_MAX, REFUSALS_MAX};

impl Machine {
    /// The service answered a submission.
    pub(super) fn outcome(&mut self, id: SubmissionId, outcome: Outcome, out: &mut Output) {
        if let Outcome::Accepted { seq } = outcome {
            if let Some(pending) = self.submissions.get_mut(&id) {
                pending.saved.accepted = Some(seq);
                out.write(Write::Submission(pending.saved.clone()));
            }
            return;
        }
        // Gone already: its echo came first, or its epoch ended.
        let Some(pending) = self.submissions.remove(&id) else { return };
        out.write(Write::SubmissionDone(id));
        if self.live.as_ref().is_some_and(|live| live.submission == id) {
            self.live = None;
        }
        match outcome {
            Outcome::Stale { epoch } => {
                self.floor = self.floor.max(epoch);
                if let Some(intent) = pending.saved.intent {
                    self.lost_race(intent, pending.intent, out);
                }
            }
            Outcome::Refused { reason } => {
                tracing::warn!(group = %self.id, %reason, "the service refused a submission");
                self.refused(pending, out);
            }
            Outcome::Accepted { .. } => {}
        }
    }

    fn refused(&mut self, pending: Pending, out: &mut Output) {
        let Some(id) = pending.saved.intent else {
            self.own_refusals += 1;
            self.propose_again |= !pending.is_commit();
            if self.head.status == GroupStatus::Creating {
                // The log can't be created; what was to be sent in it is still in the intents.
                self.break_down(UnreadableCause::RefusedChange, out);
            }
            return;
        };
        let Some(mut intent) = pending.intent else {
            return out.intent(id, IntentChange::Queued { attempts: 1 });
        };
        intent.attempts += 1;
        if intent.attempts >= REFUSALS_MAX {
            return self.fail(&intent, FailReason::Refused, out);
        }
        out.intent(id, IntentChange::Queued { attempts: intent.attempts });
        self.queue.insert(id, intent);
    }

    /// Another commit came first, or the epoch ended: an intent returns to the queue, and is derived again if still
    /// useful. Without its text (after a restart) it comes back from the store.
    pub(super) fn lost_race(&mut self, id: IntentId, intent: Option<Intent>, out: &mut Output) {
        let races = self.races.entry(id).or_default();
        *races += 1;
        if *races >= RACES_MAX {
            let reason = FailReason::TooManyAttempts;
            self.races.remove(&id);
            return match &intent {
                Some(intent) => self.fail(intent, reason, out),
                None => out.intent(id, IntentChange::Failed(reason)),
            };
        }
        let attempts = intent.as_ref().map_or(0, |intent| intent.attempts);
        out.intent(id, IntentChange::Queued { attempts });
        if let Some(intent) = intent {
            self.queue.insert(id, intent);
        }
    }

    /// A commit ended an epoch. The winning commit carries out its intent; what can no longer enter the log returns to
    /// the queue without waiting for an answer: other commits and proposals of that epoch, messages of epochs that the
    /// service no longer accepts, and after a commit that revokes or rotates (`fenced`) all of them.
    pub(super) fn settle_submissions(&mut self, won: Option<IntentId>, fenced: bool, out: &mut Output) {
        self.live = None;
        let epoch = self.head.epoch;
        let over = |pending: &Pending| {
            let not_taken = pending.saved.submission.epoch.0 + EPOCHS_RETAINED < epoch.0;
            pending.is_commit() || pending.saved.message.is_none() || fenced || not_taken
        };
        let mut ended: Vec<_> =
            self.submissions.iter().filter(|(_, pending)| over(pending)).map(|(id, _)| *id).collect();
        ended.sort_unstable();
        for id in ended {
            out.write(Write::SubmissionDone(id));
            let Some(pending) = self.submissions.remove(&id) else { continue };
            match pending.saved.intent {
                Some(intent) if Some(intent) != won => self.lost_race(intent, pending.intent, out),
                _ => {}
            }
        }
        if let Some(intent) = won {
            self.races.remove(&intent);
            self.queue.remove(&intent);
            out.intent(intent, IntentChange::Done);
        }
    }
}
