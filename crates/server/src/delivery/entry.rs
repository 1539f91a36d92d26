//! Submitting proposals and application messages, and what all submissions have in common.

use bytes::Bytes;
use conclave_protocol::limits::{EPOCHS_RETAINED, MESSAGE_BYTES_MAX};
use conclave_protocol::signing::AccessPurpose;
use conclave_protocol::wire::{self, EntryKind, submitted};
use conclave_protocol::{Epoch, GroupId, Seq, SubmissionId, Timestamp};
use prost::Message;
use sha2::{Digest, Sha256};

use super::access::{self, Challenge, Proof, Proved, Standing, epoch};
use super::hub::{Event, Topic};
use crate::refusal::Refusal;
use crate::storage::{StorageError, StoredEntry, StoredLog, StoredSubmission, Tables};

/// What became of a submission.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is in the log. The events are of what is new by it: none when it was there already.
    Accepted(Seq, Vec<Event>),
    Stale(Epoch),
    Refused(&'static str),
}

impl Outcome {
    /// The answer.
    pub(crate) fn to_wire(&self) -> wire::Submitted {
        let outcome = match self {
            Self::Accepted(seq, _) => submitted::Outcome::Accepted(seq.0),
            Self::Stale(epoch) => submitted::Outcome::Stale(epoch.0),
            Self::Refused(reason) => submitted::Outcome::Refused((*reason).to_owned()),
        };
        wire::Submitted { outcome: Some(outcome) }
    }
}

/// Why a submission of an epoch that its log has not come to is refused.
pub(crate) const TO_COME: &str = "of an epoch to come";

/// What a log has for a submission, to be told to nobody whose proof does not verify.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) standing: Standing,
    /// The answer that it had before.
    pub(crate) known: Option<Outcome>,
}

/// What a commit bundle and an entry share.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) log: GroupId,
    pub(super) id: SubmissionId,
    pub(crate) epoch: Epoch,
    /// The bytes that are signed and stored.
    pub(super) bytes: Bytes,
    pub(crate) proof: Proof,
}

impl Submission {
    pub(super) fn parse(
        log: &Bytes,
        id: &Bytes,
        in_epoch: u64,
        bytes: Bytes,
        proof: Proof,
    ) -> Result<Self, Refusal> {
        let log = GroupId::try_from(log.as_ref()).map_err(|_| Refusal::Malformed("log"))?;
        let id = SubmissionId::try_from(id.as_ref()).map_err(|_| Refusal::Malformed("submission"))?;
        let epoch = epoch(in_epoch)?;
        if epoch != proof.epoch {
            return Err(Refusal::Unauthenticated("the epoch of the proof"));
        }
        Ok(Self { log, id, epoch, bytes, proof })
    }

    pub(crate) fn purpose(&self) -> AccessPurpose<'_> {
        AccessPurpose::Submit(&self.bytes)
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }

    /// What its log has for its proof, before anything of it is verified.
    pub(super) fn look(&self, tables: &dyn Tables) -> Result<Looked, StorageError> {
        let Some(stored) = tables.log(&self.log)? else {
            return Ok(Looked { standing: Standing::NoLog, known: None });
        };
        let standing = access::standing_in(tables, &stored, self.epoch)?;
        Ok(Looked { standing, known: self.first_answer(tables, &stored)? })
    }

    /// The answer where one can be given without looking at the epochs: it is known, or of an epoch to come.
    pub(super) fn known(
        &self,
        proved: &Proved,
        tables: &dyn Tables,
        stored: &StoredLog,
    ) -> Result<Option<Outcome>, StorageError> {
        if self.epoch > stored.epoch {
            return Ok(Some(Outcome::Refused(TO_COME)));
        }
        proved.epoch_in(tables, stored)?;
        self.first_answer(tables, stored)
    }

    /// The answer to a submission id that was accepted before.
    fn first_answer(&self, tables: &dyn Tables, stored: &StoredLog) -> Result<Option<Outcome>, StorageError> {
        Ok(match tables.submission(stored.row, &self.id)? {
            Some(first) if first.digest == self.digest() => Some(Outcome::Accepted(first.seq, Vec::new())),
            Some(_) => Some(Outcome::Refused("the submission id was used for other bytes")),
            None => None,
        })
    }

    /// Adds it after the head. The stamp does not go back, whatever the clock does.
    pub(super) fn append(
        &self,
        tables: &dyn Tables,
        stored: &StoredLog,
        kind: EntryKind,
        now: Timestamp,
    ) -> Result<StoredEntry, StorageError> {
        let (seq, at) = (stored.head.next(), stored.at.max(now));
        let entry = StoredEntry { seq, at, kind, body: self.bytes.clone() };
        tables.append(stored.row, &entry)?;
        let first = StoredSubmission { id: self.id, epoch: self.epoch, digest: self.digest(), seq };
        tables.remember(stored.row, &first)?;
        Ok(entry)
    }
}

/// A proposal or application message to be stored.
#[derive(Debug)]
pub(crate) struct SubmitEntry {
    submission: Submission,
    kind: EntryKind,
}

impl SubmitEntry {
    pub(crate) fn parse(request: wire::SubmitEntry, challenge: Challenge) -> Result<Self, Refusal> {
        let proof = Proof::parse(request.proof.as_ref(), challenge)?;
        let entry = wire::Entry::decode(request.entry.clone()).map_err(|_| Refusal::Malformed("entry"))?;
        let kind = match entry.kind() {
            kind @ (EntryKind::Proposal | EntryKind::Application) => kind,
            EntryKind::Unspecified | EntryKind::Commit => return Err(Refusal::Malformed("kind")),
        };
        if entry.message.is_empty() {
            return Err(Refusal::Malformed("message"));
        }
        if entry.message.len() > MESSAGE_BYTES_MAX {
            return Err(Refusal::TooLarge("the message", MESSAGE_BYTES_MAX));
        }
        let submission =
            Submission::parse(&request.log, &entry.submission, entry.epoch, request.entry, proof)?;
        Ok(Self { submission, kind })
    }

    pub(crate) fn submission(&self) -> &Submission {
        &self.submission
    }

    /// What its log has for it.
    pub(crate) fn look(&self, tables: &dyn Tables) -> Result<Looked, StorageError> {
        self.submission.look(tables)
    }

    /// Stores it, if its epoch is still good: a proposal's must be the current one.
    pub(crate) fn run(
        &self,
        proved: &Proved,
        tables: &dyn Tables,
        now: Timestamp,
    ) -> Result<Outcome, StorageError> {
        let Self { submission, kind } = self;
        let stored = tables.log(&submission.log)?.ok_or(Refusal::NoSuchLog)?;
        if let Some(outcome) = submission.known(proved, tables, &stored)? {
            return Ok(outcome);
        }
        let retained = match kind {
            EntryKind::Application => EPOCHS_RETAINED,
            _ => 0,
        };
        let oldest = Epoch(stored.epoch.0.saturating_sub(retained)).max(stored.fence);
        if submission.epoch < oldest {
            return Ok(Outcome::Stale(stored.epoch));
        }
        let entry = submission.append(tables, &stored, *kind, now)?;
        let event = Event::of_entry(Topic::Log(submission.log), &entry, None);
        Ok(Outcome::Accepted(entry.seq, vec![event]))
    }
}
