//! A Delivery Service in memory: one log per group, compare-and-set on the epoch, answers by submission id.

use std::collections::HashMap;

use bytes::Bytes;
use conclave_protocol::limits::STATED_AHEAD_MS_MAX;
use conclave_protocol::{Epoch, InboxId, Seq, SubmissionId, Timestamp, wire};
use conclave_record::Submission;
use conclave_record::SubmissionBody;
use prost::Message as _;
use wire::EntryKind;

use crate::ReadFrom;
use crate::input::Outcome;
use crate::parameters::EPOCHS_RETAINED;

/// What a test does to a submission before it arrives.
pub(super) type Tamper = Box<dyn FnMut(&Submission) -> Option<Outcome>>;

#[derive(Default)]
pub(super) struct Service {
    pub(super) entries: Vec<wire::LogEntry>,
    pub(super) epoch: Epoch,
    pub(super) now: Timestamp,
    pub(super) inboxes: HashMap<InboxId, Vec<Bytes>>,
    pub(super) blobs: HashMap<[u8; 16], Bytes>,
    /// Public access key of each epoch, as the bundles state it.
    pub(super) access: HashMap<Epoch, Vec<u8>>,
    /// Entries of older epochs are stale since the last revoking or rotating commit.
    fence: Epoch,
    answers: HashMap<SubmissionId, Outcome>,
    /// May answer instead of the service.
    pub(super) tamper: Option<Tamper>,
}

impl Service {
    pub(super) fn submit(&mut self, submission: &Submission) -> Outcome {
        if let Some(answer) = self.answers.get(&submission.id) {
            return answer.clone();
        }
        let tampered = self.tamper.as_mut().and_then(|tamper| tamper(submission));
        let answer = tampered.unwrap_or_else(|| self.judge(submission));
        self.answers.insert(submission.id, answer.clone());
        answer
    }

    fn judge(&mut self, submission: &Submission) -> Outcome {
        match &submission.body {
            SubmissionBody::Commit { bundle, welcomes, first_access_key, blob } => {
                let commit = wire::CommitBundle::decode(bundle.clone()).unwrap();
                if Epoch(commit.epoch) != self.epoch {
                    return Outcome::Stale { epoch: self.epoch };
                }
                if commit.stated_ms > self.now.0 + STATED_AHEAD_MS_MAX {
                    return Outcome::Stale { epoch: self.epoch };
                }
                assert_eq!(first_access_key.is_some(), self.entries.is_empty());
                if let Some(first) = first_access_key {
                    self.access.insert(Epoch(0), first.to_vec());
                }
                self.epoch = self.epoch.next();
                self.access.insert(self.epoch, commit.next_access_key.to_vec());
                if commit.revokes || commit.rotates {
                    self.fence = self.epoch;
                }
                for one in welcomes {
                    self.inboxes.entry(one.inbox).or_default().push(one.welcome.clone());
                }
                if let Some(blob) = blob {
                    self.blobs.insert(blob.id, blob.data.clone());
                }
                Outcome::Accepted { seq: self.append(EntryKind::Commit, bundle.clone()) }
            }
            SubmissionBody::Entry { entry } => {
                let epoch = &submission.epoch;
                let kind = wire::Entry::decode(entry.clone()).unwrap().kind();
                let late = epoch.0 + EPOCHS_RETAINED < self.epoch.0 || *epoch < self.fence;
                if late || *epoch > self.epoch || (kind == EntryKind::Proposal && *epoch != self.epoch) {
                    return Outcome::Stale { epoch: self.epoch };
                }
                Outcome::Accepted { seq: self.append(kind, entry.clone()) }
            }
        }
    }

    /// Puts an entry into the log, from any sender.
    pub(super) fn append(&mut self, kind: EntryKind, body: Bytes) -> Seq {
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(wire::LogEntry { seq, at_ms: self.now.0, kind: kind as i32, body });
        Seq(seq)
    }

    pub(super) fn read(&self, from: ReadFrom) -> Vec<wire::LogEntry> {
        let after = match from {
            ReadFrom::After(seq) => seq.0,
            ReadFrom::StartOf(epoch) => {
                let begins = |entry: &&wire::LogEntry| {
                    entry.kind() == EntryKind::Commit
                        && wire::CommitBundle::decode(entry.body.clone()).unwrap().epoch + 1 == epoch.0
                };
                self.entries.iter().find(begins).unwrap().seq - 1
            }
        };
        self.entries.iter().filter(|entry| entry.seq > after).cloned().collect()
    }
}
