//! Reading the log: its order is the truth. Every entry is handled or becomes a row that says why it was not.

use conclave_protocol::{ClientUri, CommitHash, Epoch, Seq, Timestamp, limits, wire};
use conclave_record::{
    FailReason, GroupStatus, IntentChange, MembershipKind, UnreadableCause, UnreadableRow, Write,
};
use mls_rs::group::ContentType;
use prost::Message as _;
use wire::EntryKind;

use super::access::{public_key, signed_commit};
use super::membership::Happening;
use super::output::Output;
use super::{Failure, Machine};
use crate::input::{FailedEntry, FailureScope, LogItem};

/// Where an entry is in the log, and the log's time there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
}

impl Machine {
    /// Handles the next entries of the log.
    pub(super) fn log(
        &mut self,
        items: Vec<LogItem>,
        at_head: bool,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let before = self.cursor;
        for item in items {
            let entry = match &item {
                LogItem::Entry(entry) => entry,
                LogItem::Failed(failed) => &failed.entry,
            };
            let seq = Seq(entry.seq);
            if seq <= self.cursor || self.is_over() {
                continue;
            }
            // A log's time never decreases; a service that says otherwise is ignored.
            let place = Place { seq, at: self.log_time.max(Timestamp(entry.at_ms)) };
            if self.claims_later(entry) && self.head.behind.is_none() {
                self.head.behind = Some(seq);
                out.head = true;
                if self.is_anchored() {
                    // What should lie between may have been lost in transit: the log is read once more from here.
                    tracing::warn!(group = %self.id, %seq, "the log claims an epoch that did not begin");
                    self.note_cursor(before, out);
                    self.at_head = false;
                    return Ok(());
                }
            }
            let due = Seq(self.cursor.0.saturating_add(1));
            if self.is_anchored() && seq > due {
                // The log's reader has asked for it twice.
                let gap = Place { seq: due, at: place.at };
                self.unreadable(gap, self.head.epoch, None, UnreadableCause::Missing, out);
            }
            self.item(&item, place, out)?;
            self.cursor = seq;
            self.log_time = place.at;
        }
        self.note_cursor(before, out);
        self.at_head = at_head;
        if at_head {
            self.ask_for_echoes(out);
        }
        Ok(())
    }

    fn note_cursor(&self, before: Seq, out: &mut Output) {
        if self.cursor > before {
            out.write(Write::Cursor { seq: self.cursor, at: self.log_time });
        }
    }

    /// Whether an entry claims an epoch that this client has not seen begin. Anybody can claim one.
    fn claims_later(&self, entry: &wire::LogEntry) -> bool {
        if matches!(self.head.status, GroupStatus::Broken { .. }) {
            return false;
        }
        // Without an anchor it can't judge claims in its own epoch, either: the commit that began it should have come
        // first.
        let epoch = self.head.epoch;
        claimed_epoch(entry)
            .is_some_and(|claimed| claimed > epoch || (claimed == epoch && !self.is_anchored()))
    }

    /// Something authenticated shows that the log continues from where this client is.
    pub(super) fn log_continues(&mut self, out: &mut Output) {
        if self.head.behind.take().is_some() {
            out.head = true;
        }
    }

    fn item(&mut self, item: &LogItem, place: Place, out: &mut Output) -> Result<(), Failure> {
        if matches!(self.head.status, GroupStatus::Broken { .. }) {
            return Ok(());
        }
        match item {
            LogItem::Failed(failed) => self.failed(failed, place, out),
            LogItem::Entry(entry) if !self.is_anchored() => self.anchor(entry, place, out),
            LogItem::Entry(entry) => match EntryKind::try_from(entry.kind) {
                Ok(EntryKind::Commit) => return self.commit(entry, place, out),
                Ok(EntryKind::Application) => return self.application(entry, place, out),
                Ok(EntryKind::Proposal) => return self.proposal(entry, place, out),
                Ok(EntryKind::Unspecified) | Err(_) => {
                    self.unreadable(place, self.head.epoch, None, UnreadableCause::Damaged, out);
                }
            },
        }
        Ok(())
    }

    /// An entry that an earlier attempt at this batch failed on.
    fn failed(&mut self, failed: &FailedEntry, place: Place, out: &mut Output) {
        let epoch = claimed_epoch(&failed.entry).unwrap_or(self.head.epoch);
        let kind = EntryKind::try_from(failed.entry.kind);
        let ours = epoch == self.head.epoch;
        self.unreadable(place, epoch, None, failed.cause, out);
        if ours && kind == Ok(EntryKind::Commit) && failed.scope == FailureScope::Local {
            self.break_down(failed.cause, out);
        }
    }

    /// The first entry after a join: the commit that began this epoch. Only its time, place and hash are used. What
    /// comes before it was sent before this client joined.
    fn anchor(&mut self, entry: &wire::LogEntry, place: Place, out: &mut Output) {
        let epoch = self.head.epoch;
        let bundle = match wire::CommitBundle::decode(entry.body.clone()) {
            Ok(bundle) if entry.kind == EntryKind::Commit as i32 => bundle,
            _ if self.claims_later(entry) => {
                let claimed = claimed_epoch(entry).unwrap_or(epoch);
                return self.unreadable(place, claimed, None, UnreadableCause::OtherEpoch, out);
            }
            _ => return,
        };
        if Epoch(bundle.epoch) >= epoch {
            return self.later_commit(&bundle, place, out);
        }
        if Epoch(bundle.epoch).next() != epoch {
            return;
        }
        // This client never was in the epoch that the commit ends, and can't decrypt it. Its author could sign it with
        // a key of the epoch that it begins; a changed copy has no such signature.
        let commit = CommitHash::of(&bundle.commit);
        let stated = Timestamp(bundle.stated_ms);
        let genuine = |seed| {
            let key = public_key(seed);
            let signature = &bundle.next_access_signature;
            bundle.next_access_key == key.as_slice()
                && signed_commit(&key, &self.id, epoch, stated, &commit, signature)
        };
        if !self.access.get(&epoch).is_some_and(genuine) {
            return self.unreadable(place, Epoch(bundle.epoch), None, UnreadableCause::Damaged, out);
        }
        self.head.parent = Some(commit);
        self.head.stated = stated;
        self.log_continues(out);
        self.rules.view().began = stated;
        self.head.key_renewed = place.at;
        out.head = true;
        self.date_roster(place.at, out);
        let own = self.own_client();
        let mut row = Happening::new(MembershipKind::Added, self.head.added_by.clone(), None);
        row.devices = u32::try_from(self.rules.view().roster.leaves_of(own.user()).len()).unwrap_or(u32::MAX);
        row.target = Some(own.user().clone());
        let transcript_hash = self.transcript_hash();
        self.record(vec![row], epoch, &transcript_hash, commit, place, out);
    }

    /// Claims to end an epoch that this client never saw begin. Without that epoch's keys nobody can tell, so it is
    /// shown, and ends nothing here.
    pub(super) fn later_commit(&mut self, bundle: &wire::CommitBundle, place: Place, out: &mut Output) {
        let epoch = Epoch(bundle.epoch);
        let (epoch, cause) = match self.private_message(&bundle.commit, epoch, ContentType::Commit) {
            Some(_) => (epoch, UnreadableCause::Diverged),
            None => (self.head.epoch, UnreadableCause::Damaged),
        };
        self.unreadable(place, epoch, None, cause, out);
    }

    /// After a join, only the log tells since when members are there.
    fn date_roster(&mut self, at: Timestamp, out: &mut Output) {
        let mut view = self.rules.view();
        let mut entries: Vec<_> = view.roster.iter().cloned().collect();
        for entry in &mut entries {
            entry.since = at;
        }
        view.roster = entries.iter().cloned().collect();
        drop(view);
        out.write(Write::RosterPut(entries));
    }

    /// Records that an entry could not be read.
    pub(super) fn unreadable(
        &mut self,
        place: Place,
        epoch: Epoch,
        sender: Option<ClientUri>,
        cause: UnreadableCause,
        out: &mut Output,
    ) {
        // What an entry claims about itself may be anything.
        let epoch = if epoch.0 <= limits::NUMBER_MAX { epoch } else { self.head.epoch };
        out.write(Write::Unreadable(UnreadableRow { seq: place.seq, at: place.at, epoch, sender, cause }));
    }

    /// The group's state is broken: later entries are skipped, and nothing is sent.
    pub(super) fn break_down(&mut self, cause: UnreadableCause, out: &mut Output) {
        self.head.status = GroupStatus::Broken { cause };
        out.head = true;
        self.live = None;
        let pending: Vec<_> = self.submissions.drain().collect();
        for (id, pending) in pending {
            out.write(Write::SubmissionDone(id));
            if let Some(intent) = pending.saved.intent {
                out.intent(intent, IntentChange::Failed(FailReason::GroupBroken));
            }
        }
        self.staged.clear();
        out.write(Write::StagedDrop);
    }

    /// This client, according to its leaf.
    pub(super) fn own_client(&self) -> ClientUri {
        let view = self.rules.view();
        view.roster.get(self.own_leaf()).map(|entry| entry.client.clone()).expect("a member has a leaf")
    }
}

/// The epoch that an entry claims.
fn claimed_epoch(entry: &wire::LogEntry) -> Option<Epoch> {
    if entry.kind == EntryKind::Commit as i32 {
        return wire::CommitBundle::decode(entry.body.clone()).ok().map(|bundle| Epoch(bundle.epoch));
    }
    wire::Entry::decode(entry.body.clone()).ok().map(|entry| Epoch(entry.epoch))
}
