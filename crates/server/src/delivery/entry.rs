//! Submitting proposals and application messages, and what all submissions share.

use bytes::Bytes;
use conclave_protocol::limits::{EPOCHS_RETAINED, MESSAGE_BYTES_MAX};
use conclave_protocol::signing::AccessPurpose;
use conclave_protocol::wire::{self, EntryKind, submitted};
use conclave_protocol::{Epoch, GroupId, Seq, SubmissionId, Timestamp};
use prost::Message;

use super::access::{self, Challenge, Proof, Proved, Standing, epoch};
use super::hub::{Event, Topic};
use super::{beside_reserve, framing};
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::storage::{ENTRY_OVERHEAD_BYTES, NewEntry, StorageError, StoredEntry, StoredLog, Tables};

/// Storage overhead of an entry.
const ENTRY_OVERHEAD: usize = ENTRY_OVERHEAD_BYTES as usize;

/// The outcome of a submission.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is in the log. The events announce what is new: none if it was there before.
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

/// Why a submission of an epoch that its log has not reached is refused.
pub(crate) const TO_COME: &str = "of a future epoch";

/// What a log has for a submission; not disclosed unless its proof verifies.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) standing: Standing,
    /// The answer it got before.
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

    /// Bytes charged to the storage allowance of its address.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + ENTRY_OVERHEAD
    }

    /// What its log has for its proof, before anything is verified.
    pub(super) fn look(&self, tables: &dyn Tables) -> Result<Looked, StorageError> {
        let Some((stored, epoch)) = tables.log_in(&self.log, self.epoch)? else {
            return Ok(Looked { standing: Standing::NoLog, known: None });
        };
        let standing = access::standing_of(&stored, self.epoch, epoch.as_ref())?;
        Ok(Looked { standing, known: self.first_answer(tables, &stored)? })
    }

    /// The answer to a submission id that was accepted before.
    pub(super) fn first_answer(
        &self,
        tables: &dyn Tables,
        stored: &StoredLog,
    ) -> Result<Option<Outcome>, StorageError> {
        Ok(match tables.submitted(stored.row, &self.id)? {
            Some(first) if first.body == self.bytes => Some(Outcome::Accepted(first.seq, Vec::new())),
            Some(_) => Some(Outcome::Refused("the submission id was used for other bytes")),
            None => None,
        })
    }

    /// Whether its log has room for it, up to this many bytes.
    pub(super) fn fits(&self, stored: &StoredLog, most: u64) -> Result<(), StorageError> {
        if stored.bytes.saturating_add(self.size() as u64) > most {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            return Err(Refusal::TooMany("bytes in a log", most).into());
        }
        Ok(())
    }

    /// Appends it after the head; none if its id is used. Stamps never decrease, whatever the clock does.
    pub(super) fn append(
        &self,
        tables: &dyn Tables,
        stored: &StoredLog,
        kind: EntryKind,
        now: Timestamp,
    ) -> Result<Option<StoredEntry>, StorageError> {
        let (seq, at) = (stored.head.next(), stored.at.max(now));
        let entry = StoredEntry { seq, at, kind, body: self.bytes.clone() };
        let new = NewEntry { submission: self.id, kept: now, entry };
        Ok(tables.append(stored, &new)?.then_some(new.entry))
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
        if entry.message.len() > MESSAGE_BYTES_MAX {
            return Err(Refusal::TooLarge("the message", MESSAGE_BYTES_MAX));
        }
        let submission =
            Submission::parse(&request.log, &entry.submission, entry.epoch, request.entry, proof)?;
        framing::private_message(&entry.message, &submission.log, submission.epoch, kind, "message")?;
        Ok(Self { submission, kind })
    }

    pub(crate) fn submission(&self) -> &Submission {
        &self.submission
    }

    /// What its log has for it.
    pub(crate) fn look(&self, tables: &dyn Tables) -> Result<Looked, StorageError> {
        self.submission.look(tables)
    }

    /// Bytes charged to the storage allowance of its address.
    pub(crate) fn size(&self) -> usize {
        self.submission.size()
    }

    /// Stores it, if its epoch is still accepted: a proposal's must be the current one. A known submission gets its
    /// first answer, whatever happened since.
    pub(crate) fn run(
        &self,
        proved: &Proved,
        tables: &dyn Tables,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Outcome, StorageError> {
        let Self { submission, kind } = self;
        let found = tables.log_in(&submission.log, submission.epoch)?;
        let (stored, epoch) = found.ok_or(Refusal::NoSuchLog)?;
        if submission.epoch > stored.epoch {
            return Ok(Outcome::Refused(TO_COME));
        }
        proved.epoch_of(epoch)?;
        if submission.epoch < self.oldest(&stored) {
            return Ok(submission.first_answer(tables, &stored)?.unwrap_or(Outcome::Stale(stored.epoch)));
        }
        let room = submission
            .fits(&stored, limits.log_bytes_max)
            .and_then(|()| beside_reserve(tables, limits, submission.size()));
        if let Err(full) = room {
            return submission.first_answer(tables, &stored)?.ok_or(full);
        }
        match submission.append(tables, &stored, *kind, now)? {
            Some(entry) => {
                let event = Event::of_entry(Topic::Log(submission.log), &entry, None);
                Ok(Outcome::Accepted(entry.seq, vec![event]))
            }
            None => Ok(submission.first_answer(tables, &stored)?.ok_or(Refusal::Internal)?),
        }
    }

    /// The oldest epoch from which entries of this kind are still accepted.
    fn oldest(&self, stored: &StoredLog) -> Epoch {
        let retained = match self.kind {
            EntryKind::Application => EPOCHS_RETAINED,
            _ => 0,
        };
        Epoch(stored.epoch.0.saturating_sub(retained)).max(stored.fence)
    }
}
