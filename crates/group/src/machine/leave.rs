//! Leaving, our own and others'; and the commits that no intent asks for.

use conclave_protocol::wire::EntryKind;
use conclave_record::{
    GroupStatus, IntentChange, IntentId, IntentKind, MembershipKind, Renewal, SubmissionRow,
};

use super::commit_own::{Plan, Staging};
use super::log::Place;
use super::membership::Happening;
use super::output::Output;
use super::timers::{after, staggered};
use super::{Failure, Machine};
use crate::input::Now;
use crate::parameters::{
    FIRST_COMMIT_AFTER_MS, FIRST_COMMIT_STEP_MS, HOUSEKEEPING_AGAIN_AFTER_MS, LEAVE_STEP_MS, REFUSALS_MAX,
    STATE_GROWTH_BYTES_MAX, STEPS_MAX,
};

impl Machine {
    /// This user wants to leave. The head remembers it from now on, and the intent is done.
    pub(super) fn leave(&mut self, id: IntentId, now: Now, out: &mut Output) -> Result<(), Failure> {
        self.head.status = GroupStatus::Leaving;
        out.head = true;
        out.intent(id, IntentChange::Done);
        self.keep_leaving(now, out)
    }

    /// Proposes this client's removal, once in each epoch, until it happens: nobody can commit their own.
    pub(super) fn keep_leaving(&mut self, now: Now, out: &mut Output) -> Result<(), Failure> {
        if self.rules.view().roster.clients() == 1 {
            // Nobody is left who could commit it, or would have to know.
            self.record_last_leaving(now, out);
            self.head.status = GroupStatus::Left;
            out.head = true;
            out.forget = true;
            return Ok(());
        }
        let asked = self.leavers().contains(&self.own_leaf()) && !self.propose_again;
        if asked || self.own_refusals >= REFUSALS_MAX {
            return Ok(());
        }
        self.propose_again = false;
        let proposed = self.propose_to_leave(out);
        if self.attempted("a proposal to leave", proposed)?.is_none() {
            self.own_refusals += 1;
        }
        Ok(())
    }

    fn propose_to_leave(&mut self, out: &mut Output) -> Result<(), Failure> {
        let proposal = self.group.propose_remove(self.own_leaf(), Vec::new());
        let proposal = proposal.map_err(Failure::internal("proposing to leave"))?;
        // Encrypting it used up a key, which must never be used again.
        self.dirty = true;
        let submission = self.entry(&proposal, EntryKind::Proposal)?;
        self.submit(SubmissionRow { submission, intent: None, message: None, accepted: None }, None, out);
        Ok(())
    }

    /// No commit contains the last member's leaving: its row follows the last entry of the log.
    fn record_last_leaving(&mut self, now: Now, out: &mut Output) {
        let Some(commit) = self.head.parent else { return };
        let me = self.own_client();
        let mut row = Happening::new(MembershipKind::Left, Some(me.clone()), Some(me.user().clone()));
        row.devices = 1;
        let place = Place { seq: self.cursor, at: self.building_time(now) };
        self.record(vec![row], self.head.epoch, &bytes::Bytes::new(), commit, place, out);
    }

    /// Commits that no intent asks for: others' leaving, the first renewal after joining and later ones, and pruning
    /// the state.
    pub(super) fn housekeep(&mut self, now: Now, out: &mut Output) -> Result<(), Failure> {
        let due = self.carries_out_leaving(now)
            || self.renews_leaf(now)
            || self.renews_again(now)
            || self.has_much_to_prune(now);
        let free = self.live.is_none() && self.own_refusals < REFUSALS_MAX && self.timers.may_try(now);
        if self.head.renewal == Renewal::Signer {
            self.ask_for_signer(out);
        } else if due && free {
            match self.stage(&Plan::default(), None, now, out)? {
                Staging::Staged | Staging::NeedsSigner => {}
                // The next input would be refused again.
                Staging::NotAllowed
                | Staging::BadKeyPackage
                | Staging::BadSigner
                | Staging::TooLarge
                | Staging::NotBuilt => self.timers.try_later(now),
            }
        }
        Ok(())
    }

    /// Whether it is this client's turn to commit others' leaving: at once where a message waits to be sent, else the
    /// lowest remaining leaf first, the next ones after a delay each.
    fn carries_out_leaving(&mut self, now: Now) -> bool {
        let leavers = self.leavers();
        let own = self.own_leaf();
        if leavers.iter().all(|leaf| *leaf == own) {
            self.timers.no_leave();
            return false;
        }
        let place = match leavers.binary_search(&own) {
            // Those who leave themselves come after all who stay.
            Ok(among) => self.rules.view().roster.clients() - leavers.len() + among,
            Err(below) => {
                let view = self.rules.view();
                view.roster.iter().take_while(|entry| entry.leaf < own).count() - below
            }
        };
        let waits = self.queue.values().any(|intent| matches!(intent.kind, IntentKind::Send { .. }));
        let delay_ms = staggered(0, LEAVE_STEP_MS, place);
        self.timers.leave_due(self.head.epoch, self.log_time, now, delay_ms) || waits
    }

    /// Whether it is time to replace the HPKE key that came with the key package.
    fn renews_leaf(&mut self, now: Now) -> bool {
        if self.head.renewal != Renewal::Leaf || self.head.status == GroupStatus::Leaving {
            self.timers.no_first_commit();
            return false;
        }
        let delay_ms = staggered(FIRST_COMMIT_AFTER_MS, FIRST_COMMIT_STEP_MS, self.own_step());
        self.timers.first_commit_due(self.head.key_renewed, now, delay_ms)
    }

    /// This client's step among those who would otherwise send at the same time.
    pub(super) fn own_step(&self) -> usize {
        usize::try_from(u64::from(self.own_leaf()) % STEPS_MAX).unwrap_or(0)
    }

    /// Whether much was stored in this epoch that a new epoch prunes, unless this client has just committed.
    fn has_much_to_prune(&self, now: Now) -> bool {
        let grown = self.state_bytes.saturating_sub(self.epoch_bytes) > STATE_GROWTH_BYTES_MAX;
        grown && after(self.head.key_renewed, now, HOUSEKEEPING_AGAIN_AFTER_MS) <= now.local
    }

    /// Whether this client's last own commit is older than the policy's update interval. Sets no wake-up: the
    /// machine's owner sends [`Wake`](crate::Input::Wake) now and then anyway.
    fn renews_again(&self, now: Now) -> bool {
        let alone = self.rules.view().roster.clients() == 1;
        if alone || self.head.renewal != Renewal::Done || self.head.status != GroupStatus::Active {
            return false;
        }
        let interval_ms = u64::from(self.policy.update_interval_s) * 1000;
        let delay_ms = staggered(interval_ms, FIRST_COMMIT_STEP_MS, self.own_step());
        after(self.head.key_renewed, now, delay_ms) <= now.local
    }
}
