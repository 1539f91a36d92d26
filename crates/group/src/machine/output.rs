//! Collects an input's effects and finishes them: state before head, deletion last.

use std::collections::BTreeSet;

use conclave_protocol::Epoch;
use conclave_record::{GroupStatus, IntentChange, IntentId, Submission, Write};

use super::{Failure, Machine};
use crate::effect::{Effects, Event};
use crate::input::Now;
use crate::parameters::EPOCHS_RETAINED;

/// Effects in the making.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) writes: Vec<Write>,
    pub(super) submissions: Vec<Submission>,
    /// Each reported once per input.
    events: Vec<Event>,
    index_from: Option<u64>,
    timeline: bool,
    pub(super) head: bool,
    pub(super) epoch: bool,
    /// This client is out of the group: its state is deleted.
    pub(super) forget: bool,
}

impl Output {
    pub(super) fn write(&mut self, write: Write) {
        self.timeline |= matches!(
            write,
            Write::Membership(_)
                | Write::Message(_)
                | Write::Sent { .. }
                | Write::Unreadable(_)
                | Write::SayAgain { .. }
                | Write::Intent { .. }
        );
        if let Write::Membership(rows) = &write
            && let Some(first) = rows.first()
        {
            self.index_from = Some(self.index_from.map_or(first.index, |from| from.min(first.index)));
        }
        self.writes.push(write);
    }

    pub(super) fn intent(&mut self, intent: IntentId, change: IntentChange) {
        self.write(Write::Intent { intent, change });
    }

    pub(super) fn report(&mut self, event: Event) {
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    fn events(self, epoch: Epoch) -> Vec<Event> {
        let mut events = self.events;
        if self.timeline {
            events.push(Event::Timeline);
        }
        if let Some(index_from) = self.index_from {
            events.push(Event::Membership { index_from });
        }
        if self.head {
            events.push(Event::Head);
        }
        if self.epoch {
            events.push(Event::Epoch(epoch));
        }
        events
    }
}

impl Machine {
    /// Turns what was collected into effects.
    pub(super) fn finish(&mut self, now: Now, mut out: Output) -> Result<Effects, Failure> {
        if out.forget {
            self.fail_all(&mut out);
            self.dirty = false;
        }
        if out.epoch && !out.forget {
            self.write_tree(&mut out)?;
        }
        if self.dirty {
            self.write_state(&mut out)?;
        }
        if out.head {
            out.write(Write::Head(self.head.clone()));
        }
        if out.forget {
            out.submissions.clear();
            out.write(Write::Forget);
        }
        debug_assert!(!self.dirty, "nothing is sent before the state is written");
        let wake_at = if self.is_over() { None } else { self.timers.next(now) };
        let writes = std::mem::take(&mut out.writes);
        let submissions = std::mem::take(&mut out.submissions);
        Ok(Effects { writes, submissions, events: out.events(self.head.epoch), wake_at })
    }

    /// The tree of the epoch that this input ended in; those in between are not needed.
    fn write_tree(&mut self, out: &mut Output) -> Result<(), Failure> {
        let tree = self.group.export_tree().to_bytes().map_err(Failure::internal("writing the tree"))?;
        self.tree_bytes = tree.len();
        let tree_hash = self.head.tree_hash.clone();
        // Before any commit that was staged on it: that one refers to the chunks of the tree it is built on.
        out.writes.insert(0, Write::Tree { epoch: self.head.epoch, tree_hash, tree: tree.into() });
        Ok(())
    }

    fn write_state(&mut self, out: &mut Output) -> Result<(), Failure> {
        self.group.write_to_storage_without_ratchet_tree().map_err(Failure::internal("writing the state"))?;
        let epoch = self.head.epoch;
        debug_assert_eq!(epoch.0, self.group.current_epoch());
        if let Some((snapshot, prior)) = self.storage.take(epoch) {
            self.state_bytes = snapshot.bytes.len();
            if out.epoch || self.epoch_bytes == 0 {
                self.epoch_bytes = self.state_bytes;
            }
            let prior_from = Epoch(epoch.0.saturating_sub(EPOCHS_RETAINED));
            // First of all: nothing encrypted is written or sent without it.
            out.writes.insert(0, Write::State { snapshot, prior, prior_from });
        }
        self.dirty = false;
        Ok(())
    }

    /// Whether nothing will happen in this group any more.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.head.status, GroupStatus::Left | GroupStatus::Removed { .. })
    }

    /// Fails every intent that is known: this client is out.
    fn fail_all(&mut self, out: &mut Output) {
        let in_flight = self.submissions.values().filter_map(|p| p.saved.intent);
        let waiting = self.queue.keys().copied();
        let known: BTreeSet<IntentId> = in_flight.chain(waiting).collect();
        for intent in known {
            out.intent(intent, IntentChange::Failed(conclave_record::FailReason::NotAMember));
        }
        self.queue.clear();
        self.submissions.clear();
        self.staged.clear();
        self.access.clear();
        self.live = None;
    }
}
