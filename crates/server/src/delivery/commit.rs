//! Submitting a commit bundle: exactly one commit ends each epoch, and its Welcomes are delivered with it or not at all
//! (RFC 9750 §5.2.1).

use std::collections::BTreeMap;

use bytes::Bytes;
use conclave_protocol::limits::{
    ADDS_PER_COMMIT_MAX, COMMIT_BYTES_MAX, STATED_AHEAD_MS_MAX, WELCOME_BYTES_MAX,
};
use conclave_protocol::wire::{self, EntryKind};
use conclave_protocol::{CommitHash, Epoch, InboxId, Timestamp, signing};
use ed25519_dalek::VerifyingKey;
use prost::Message;

use super::access::{Challenge, Proof, Proved, Standing, epoch, public_key, signed_by};
use super::entry::{Looked, Outcome, Submission, TO_COME};
use super::hub::{Event, Topic};
use super::{beside_reserve, framing};
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::storage::{Origin, StorageError, StoredEntry, StoredEpoch, StoredLog, Tables};

/// Storage overhead of a Welcome: its row and index entries.
const WELCOME_OVERHEAD: usize = 128;

/// A commit bundle to be stored, with its Welcomes.
#[derive(Debug)]
pub(crate) struct SubmitCommit {
    submission: Submission,
    commit: CommitHash,
    next_access_key: [u8; 32],
    next_access_signature: Bytes,
    revokes: bool,
    rotates: bool,
    parent: Option<CommitHash>,
    /// The time that the commit states.
    stated: Timestamp,
    first_access_key: Option<[u8; 32]>,
    welcomes: Vec<(InboxId, Bytes)>,
}

impl SubmitCommit {
    pub(crate) fn parse(request: wire::SubmitCommit, challenge: Challenge) -> Result<Self, Refusal> {
        let proof = Proof::parse(request.proof.as_ref(), challenge)?;
        let bundle =
            wire::CommitBundle::decode(request.bundle.clone()).map_err(|_| Refusal::Malformed("bundle"))?;
        if bundle.commit.len() > COMMIT_BYTES_MAX {
            return Err(Refusal::TooLarge("the commit", COMMIT_BYTES_MAX));
        }
        let commit = CommitHash::of(&bundle.commit);
        let next_access_key = public_key(&bundle.next_access_key, "next_access_key")?;
        let submission =
            Submission::parse(&request.log, &bundle.submission, bundle.epoch, request.bundle, proof)?;
        let (log, in_epoch) = (submission.log, submission.epoch);
        framing::private_message(&bundle.commit, &log, in_epoch, EntryKind::Commit, "commit")?;
        let first_access_key = match request.first_access_key {
            key if key.is_empty() => None,
            key => Some(public_key(&key, "first_access_key")?),
        };
        epoch(bundle.epoch.saturating_add(1))?;
        Ok(Self {
            commit,
            next_access_key,
            next_access_signature: bundle.next_access_signature,
            revokes: bundle.revokes,
            rotates: bundle.rotates,
            parent: parent(&bundle.parent)?,
            stated: Timestamp(bundle.stated_ms),
            first_access_key,
            welcomes: welcomes(request.welcomes)?,
            submission,
        })
    }

    /// Whether it may create its log.
    pub(crate) fn may_create(&self) -> bool {
        self.first_access_key.is_some()
    }

    /// The inboxes that its Welcomes go to.
    pub(crate) fn inboxes(&self) -> impl Iterator<Item = InboxId> {
        self.welcomes.iter().map(|(inbox, _)| *inbox)
    }

    pub(crate) fn submission(&self) -> &Submission {
        &self.submission
    }

    /// What its log has for it. If it may create its log and there is none, its proof is checked with the key it
    /// carries.
    pub(crate) fn look(&self, tables: &dyn Tables) -> Result<Looked, StorageError> {
        let mut looked = self.submission.look(tables)?;
        let Some(first) = &self.first_access_key else { return Ok(looked) };
        if !matches!(looked.standing, Standing::NoLog) {
            let stored = tables.log(&self.submission.log)?.ok_or(Refusal::NoSuchLog)?;
            check_first(tables, &stored, first)?;
        } else if self.submission.epoch == Epoch(0) {
            let key = VerifyingKey::from_bytes(first).map_err(|_| Refusal::Malformed("first_access_key"))?;
            looked.standing = Standing::Key(key);
        }
        Ok(looked)
    }

    /// Verifies the signature under the next epoch's key.
    pub(crate) fn check_next(&self) -> Result<(), Refusal> {
        let Submission { log, epoch, .. } = &self.submission;
        let signed = signing::next_access(log, epoch.next(), self.stated, &self.commit);
        signed_by(&self.next_access_key, &signed, &self.next_access_signature)
            .map_err(|_| Refusal::Malformed("next_access_signature"))
    }

    /// Bytes charged to the storage allowance of its address, including the Welcomes.
    pub(crate) fn size(&self) -> usize {
        let welcomes = self.welcomes.iter().map(|(_, welcome)| welcome.len() + WELCOME_OVERHEAD);
        self.submission.size() + welcomes.sum::<usize>()
    }

    /// Stores it if it is the first to end the log's current epoch. `origin` tags the Welcomes. Nothing is written
    /// until all of it is known to succeed.
    pub(crate) fn run(
        &self,
        proved: &Proved,
        tables: &dyn Tables,
        limits: &Limits,
        origin: &dyn Fn(&InboxId) -> Origin,
        now: Timestamp,
    ) -> Result<Outcome, StorageError> {
        let found = self.find_log(proved, tables, limits)?;
        let stored = found.unwrap_or(StoredLog::TO_BE_MADE);
        if self.submission.epoch > stored.epoch {
            return Ok(Outcome::Refused(TO_COME));
        }
        let parent = match &found {
            Some(stored) => proved.epoch_in(tables, stored)?.parent,
            None => None,
        };
        if let Some(outcome) = self.submission.first_answer(tables, &stored)? {
            return Ok(outcome);
        }
        if self.submission.epoch < stored.epoch {
            return Ok(Outcome::Stale(stored.epoch));
        }
        // All members would refuse it, and the epoch would be used up: its author's clock was wrong.
        if self.stated.0 > now.0.saturating_add(STATED_AHEAD_MS_MAX) {
            return Ok(Outcome::Stale(stored.epoch));
        }
        if parent != self.parent {
            return Err(Refusal::Declined("the parent is another commit").into());
        }
        self.submission.fits(&stored, limits.log_bytes_with_commits_max())?;
        self.check_inboxes(tables, limits, origin)?;
        let stored = match (found, &self.first_access_key) {
            (Some(stored), _) => stored,
            (None, Some(first)) => tables.create_log(&self.submission.log, first)?,
            (None, None) => return Err(Refusal::NoSuchLog.into()),
        };
        let entry = self.submission.append(tables, &stored, EntryKind::Commit, now)?;
        let entry = entry.ok_or(Refusal::Internal)?;
        self.end_epoch(tables, &stored, &entry)?;
        let revoked = self.revokes.then_some(self.submission.epoch);
        let mut events = vec![Event::of_entry(Topic::Log(self.submission.log), &entry, revoked)];
        for (inbox, welcome) in &self.welcomes {
            let seq = tables.put_in_inbox(inbox, origin(inbox), welcome)?;
            events.push(Event::of_welcome(*inbox, seq));
        }
        Ok(Outcome::Accepted(entry.seq, events))
    }

    /// The log; none if it does not exist and this commit may create it.
    fn find_log(
        &self,
        proved: &Proved,
        tables: &dyn Tables,
        limits: &Limits,
    ) -> Result<Option<StoredLog>, StorageError> {
        let Submission { log, epoch, .. } = &self.submission;
        match (tables.log(log)?, &self.first_access_key) {
            (Some(stored), None) => Ok(Some(stored)),
            (Some(stored), Some(first)) => check_first(tables, &stored, first).map(|()| Some(stored)),
            (None, Some(first)) if *epoch == Epoch(0) && proved.is_under(first) => {
                beside_reserve(tables, limits, self.size()).map(|()| None)
            }
            (None, _) => Err(Refusal::NoSuchLog.into()),
        }
    }

    /// Each inbox must exist and have room for all Welcomes to it.
    fn check_inboxes(
        &self,
        tables: &dyn Tables,
        limits: &Limits,
        origin: &dyn Fn(&InboxId) -> Origin,
    ) -> Result<(), StorageError> {
        let mut new: BTreeMap<&InboxId, (usize, usize)> = BTreeMap::new();
        for (inbox, welcome) in &self.welcomes {
            let (entries, bytes) = new.entry(inbox).or_default();
            (*entries, *bytes) = (*entries + 1, *bytes + welcome.len());
        }
        let within = |kept: usize, more: usize, what: &'static str, most: usize| match kept + more > most {
            true => Err(StorageError::from(Refusal::TooMany(what, most))),
            false => Ok(()),
        };
        for (inbox, (entries, bytes)) in new {
            let absent = Refusal::Declined("a Welcome for an inbox that does not exist");
            let load = tables.inbox_load(inbox)?.ok_or(absent)?;
            within(load.entries, entries, "entries in an inbox", limits.inbox_entries_max)?;
            within(load.bytes, bytes, "bytes in an inbox", limits.inbox_bytes_max)?;
            let (of_origin, their_bytes) = tables.inbox_load_of(inbox, origin(inbox))?;
            let most = limits.inbox_entries_of_address_max;
            within(of_origin, entries, "entries in an inbox from one address", most)?;
            let most = limits.inbox_bytes_of_address_max;
            within(their_bytes, bytes, "bytes in an inbox from one address", most)?;
        }
        Ok(())
    }

    fn end_epoch(
        &self,
        tables: &dyn Tables,
        stored: &StoredLog,
        entry: &StoredEntry,
    ) -> Result<(), StorageError> {
        let next = StoredEpoch {
            epoch: stored.epoch.next(),
            access_key: self.next_access_key,
            parent: Some(self.commit),
            begun: entry.seq,
        };
        tables.begin_epoch(stored, &next, self.revokes)?;
        if self.revokes || self.rotates {
            tables.set_fence(stored.row, next.epoch)?;
        }
        Ok(())
    }
}

/// A commit that would create its log is accepted in the log that it created.
fn check_first(tables: &dyn Tables, stored: &StoredLog, first: &[u8; 32]) -> Result<(), StorageError> {
    match tables.epoch(stored.row, Epoch(0))? {
        Some(kept) if kept.access_key == *first => Ok(()),
        _ => Err(Refusal::LogExists.into()),
    }
}

fn parent(bytes: &Bytes) -> Result<Option<CommitHash>, Refusal> {
    if bytes.is_empty() {
        return Ok(None);
    }
    CommitHash::try_from(bytes.as_ref()).map(Some).map_err(|_| Refusal::Malformed("parent"))
}

fn welcomes(deliveries: Vec<wire::WelcomeDelivery>) -> Result<Vec<(InboxId, Bytes)>, Refusal> {
    if deliveries.len() > ADDS_PER_COMMIT_MAX {
        return Err(Refusal::TooMany("Welcomes", ADDS_PER_COMMIT_MAX));
    }
    let one = |delivery: wire::WelcomeDelivery| {
        let inbox = InboxId::try_from(delivery.inbox.as_ref()).map_err(|_| Refusal::Malformed("inbox"))?;
        match delivery.welcome.len() {
            0 => Err(Refusal::Malformed("welcome")),
            len if len > WELCOME_BYTES_MAX => Err(Refusal::TooLarge("a Welcome", WELCOME_BYTES_MAX)),
            _ => Ok((inbox, delivery.welcome)),
        }
    };
    deliveries.into_iter().map(one).collect()
}
