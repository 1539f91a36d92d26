//! A store in memory: applies writes as a transaction would, and returns what a machine is loaded from.

use std::collections::BTreeMap;

use bytes::Bytes;
use conclave_protocol::{Epoch, Seq, SubmissionId, Timestamp, UserUri};
use conclave_record::{
    AccessSeed, EpochSecret, FailReason, Generation, GroupHead, IntentChange, IntentId, MembershipRow,
    MessageRow, RosterEntry, Saved, StagedCommit, SubmissionRow, UnreadableRow, Write,
};

use super::world::GROUP;

/// One group's generation.
#[derive(Clone, Default)]
pub(super) struct Store {
    snapshot: Option<EpochSecret>,
    prior: BTreeMap<Epoch, EpochSecret>,
    tree: Option<(Epoch, Bytes, Bytes)>,
    access: BTreeMap<Epoch, AccessSeed>,
    pub(super) head: Option<GroupHead>,
    pub(super) roster: BTreeMap<u32, RosterEntry>,
    former: Vec<(RosterEntry, Epoch)>,
    staged: Vec<StagedCommit>,
    pub(super) submissions: BTreeMap<SubmissionId, SubmissionRow>,
    cursor: (Seq, Timestamp),
    pub(super) log: Vec<MembershipRow>,
    pub(super) messages: Vec<MessageRow>,
    pub(super) sent: Vec<(conclave_protocol::MessageId, Seq)>,
    pub(super) unreadable: Vec<UnreadableRow>,
    pub(super) intents: BTreeMap<IntentId, IntentChange>,
    pub(super) used: Vec<Bytes>,
    pub(super) names: BTreeMap<UserUri, String>,
    pub(super) said_again: Vec<Seq>,
    pub(super) forgotten: bool,
    /// Bytes of the last state that was written.
    pub(super) state_bytes: usize,
    /// All bytes ever written, to search for secrets.
    pub(super) written: Vec<Bytes>,
}

impl Store {
    pub(super) fn apply(&mut self, writes: Vec<Write>) {
        for write in writes {
            assert!(!self.forgotten, "nothing is written after forgetting: {write:?}");
            self.one(write);
        }
    }

    fn one(&mut self, write: Write) {
        match write {
            Write::State { snapshot, prior, prior_from } => {
                self.written.push(Bytes::copy_from_slice(&snapshot.bytes));
                self.state_bytes = snapshot.bytes.len();
                self.snapshot = Some(snapshot);
                for record in prior {
                    self.written.push(Bytes::copy_from_slice(&record.bytes));
                    self.prior.insert(record.epoch, record);
                }
                self.prior.retain(|epoch, _| *epoch >= prior_from);
            }
            Write::Tree { epoch, tree_hash, tree } => self.tree = Some((epoch, tree_hash, tree)),
            Write::AccessKey { seed, keep_from } => {
                self.access.insert(seed.epoch, seed);
                self.access.retain(|epoch, _| *epoch >= keep_from);
            }
            Write::Head(head) => self.head = Some(head),
            Write::RosterPut(entries) => {
                self.roster.extend(entries.into_iter().map(|entry| (entry.leaf, entry)));
            }
            Write::RosterEnd { leaves, until } => {
                for leaf in leaves {
                    self.former.push((self.roster.remove(&leaf).unwrap(), until));
                }
            }
            Write::Membership(rows) => self.log.extend(rows),
            Write::Message(row) => {
                if !self.messages.iter().any(|known| known.message == row.message) {
                    self.messages.push(row);
                }
            }
            Write::Name { user, name } => {
                self.names.insert(user, name.into());
            }
            // Up to the client: it knows whether it has a name.
            Write::Introduce { .. } => {}
            Write::Sent { message, seq, .. } => self.sent.push((message, seq)),
            Write::Unreadable(row) => self.unreadable.push(row),
            Write::Intent { intent, change } => {
                self.intents.insert(intent, change);
            }
            Write::Submission(saved) => {
                self.submissions.insert(saved.submission.id, saved);
            }
            Write::SubmissionDone(id) => {
                self.submissions.remove(&id);
            }
            Write::Staged(staged) => {
                self.written.push(Bytes::copy_from_slice(&staged.secrets));
                self.staged.push(staged);
            }
            Write::StagedDrop => self.staged.clear(),
            Write::Cursor { seq, at } => self.cursor = (seq, at),
            Write::KeyPackageUsed { reference } => self.used.push(reference),
            Write::SayAgain { after } => self.said_again.push(after),
            Write::Forget => {
                self.forgotten = true;
                self.fail_intents();
                self.snapshot = None;
                self.prior.clear();
                self.tree = None;
                self.access.clear();
                self.staged.clear();
                self.submissions.clear();
            }
        }
    }

    /// This client is out, or joins again: its earlier intents are over.
    pub(super) fn fail_intents(&mut self) {
        for state in self.intents.values_mut() {
            if matches!(state, IntentChange::Queued { .. } | IntentChange::Submitted) {
                *state = IntentChange::Failed(FailReason::NotAMember);
            }
        }
    }

    pub(super) fn saved(&self) -> Saved {
        let head = self.head.clone().unwrap();
        let (tree_epoch, tree_hash, tree) = self.tree.clone().unwrap();
        Saved {
            generation: Generation { group: GROUP, number: 1 },
            snapshot: self.snapshot.clone().unwrap(),
            prior: self.prior.values().cloned().collect(),
            tree,
            tree_epoch,
            tree_hash,
            head,
            roster: self.roster.values().cloned().collect(),
            former: self.former.clone(),
            staged: self.staged.clone(),
            submissions: self.submissions.values().cloned().collect(),
            access: self.access.values().cloned().collect(),
            cursor: self.cursor.0,
            log_time: self.cursor.1,
            log_next: self.log.len() as u64,
            log_chain: self.log.last().map_or([0; 32], |row| row.chain_hash),
            signer: None,
        }
    }
}
