//! Reading a log: a proof for an epoch gives access up to and including the first revoking commit that ends that epoch
//! or a later one.

use bytes::Bytes;
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{Epoch, GroupId, Seq, wire};

use super::access::{Challenge, Proof, Proved, epoch};
use crate::refusal::Refusal;
use crate::storage::{Page, StorageError, StoredEntry, StoredLog, Tables};

/// Overhead of an entry besides its body.
const ENTRY_BYTES: usize = 64;

/// Where to start.
#[derive(Debug, Clone, Copy)]
enum From {
    After(Seq),
    StartOf(Epoch),
}

/// A request to read or follow a log.
#[derive(Debug)]
pub(crate) struct OpenLog {
    log: GroupId,
    proof: Proof,
    from: From,
}

/// Part of a log, as far as a proof gives access.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) entries: Vec<StoredEntry>,
    /// Everything up to here was returned, or is past its retention.
    pub(crate) reached: Seq,
    /// The newest entry that the proof gives access to.
    pub(crate) head: Seq,
    /// The reader has reached the revoking commit where its access ends.
    pub(crate) paused: bool,
}

impl OpenLog {
    pub(crate) fn read(request: &wire::ReadLog, challenge: Challenge) -> Result<Self, Refusal> {
        let from = match request.from {
            Some(wire::read_log::From::After(seq)) => From::After(Seq(seq)),
            Some(wire::read_log::From::StartOf(number)) => From::StartOf(epoch(number)?),
            None => return Err(Refusal::Malformed("from")),
        };
        Self::parse(&request.log, request.proof.as_ref(), from, challenge)
    }

    pub(crate) fn subscribe(request: &wire::SubscribeLog, challenge: Challenge) -> Result<Self, Refusal> {
        let from = match request.from {
            Some(wire::subscribe_log::From::After(seq)) => From::After(Seq(seq)),
            Some(wire::subscribe_log::From::StartOf(number)) => From::StartOf(epoch(number)?),
            None => return Err(Refusal::Malformed("from")),
        };
        Self::parse(&request.log, request.proof.as_ref(), from, challenge)
    }

    fn parse(
        log: &Bytes,
        proof: Option<&wire::AccessProof>,
        from: From,
        challenge: Challenge,
    ) -> Result<Self, Refusal> {
        let log = GroupId::try_from(log.as_ref()).map_err(|_| Refusal::Malformed("log"))?;
        Ok(Self { log, proof: Proof::parse(proof, challenge)?, from })
    }

    pub(crate) fn log(&self) -> GroupId {
        self.log
    }

    /// The proof, to verify.
    pub(crate) fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Checks that the proof gives access from there; returns the entry to start after.
    pub(crate) fn open(
        &self,
        proved: &Proved,
        tables: &dyn Tables,
    ) -> Result<(StoredLog, Seq), StorageError> {
        let stored = tables.log(&self.log)?.ok_or(Refusal::NoSuchLog)?;
        proved.epoch_in(tables, &stored)?;
        let after = match self.from {
            From::After(seq) => seq,
            From::StartOf(epoch) if epoch > stored.epoch => return Err(Refusal::Malformed("start_of").into()),
            From::StartOf(epoch) => match tables.epoch(stored.row, epoch)? {
                Some(started) => Seq(started.begun.0.saturating_sub(1)),
                // Past its retention: from the oldest entry kept.
                None => Seq(0),
            },
        };
        match tables.boundary(stored.row, self.proof.epoch)? {
            Some(boundary) if after >= boundary => Err(Refusal::ProveEpoch.into()),
            _ => Ok((stored, after)),
        }
    }

    /// One page of at most this many bytes, as far as the proof gives access.
    pub(crate) fn page(
        &self,
        proved: &Proved,
        tables: &dyn Tables,
        limit: u32,
        bytes: usize,
    ) -> Result<Part, StorageError> {
        let (stored, after) = self.open(proved, tables)?;
        // 0: as many as allowed.
        let entries = match usize::try_from(limit).unwrap_or(usize::MAX) {
            0 => LOG_ENTRIES_MAX,
            limit => limit.min(LOG_ENTRIES_MAX),
        };
        part(tables, &stored, self.proof.epoch, Size { after, entries, bytes })
    }
}

/// The page after an entry, for a reader who has already proved an epoch. None if the log is gone.
pub(crate) fn next_part(
    tables: &dyn Tables,
    log: &GroupId,
    proved: Epoch,
    after: Seq,
    bytes: usize,
) -> Result<Part, StorageError> {
    let stored = tables.log(log)?.ok_or(Refusal::NoSuchLog)?;
    part(tables, &stored, proved, Size { after, entries: LOG_ENTRIES_MAX, bytes })
}

/// How much to read, and after which entry.
#[derive(Debug, Clone, Copy)]
struct Size {
    after: Seq,
    entries: usize,
    bytes: usize,
}

fn part(tables: &dyn Tables, stored: &StoredLog, proved: Epoch, size: Size) -> Result<Part, StorageError> {
    let Size { after, entries, bytes } = size;
    let boundary = tables.boundary(stored.row, proved)?;
    let upto = boundary.unwrap_or(stored.head);
    let page = Page { after, upto, entries, bytes };
    let entries = tables.entries(stored.row, page)?;
    let reached = entries.last().map_or(after.max(upto), |last| last.seq);
    let paused = boundary.is_some_and(|boundary| reached >= boundary);
    // A reader without further access does not learn how much more there is either.
    let head = boundary.unwrap_or(stored.head);
    Ok(Part { entries, reached, head, paused })
}

impl Part {
    /// Its size in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.body.len() + ENTRY_BYTES).sum()
    }

    /// The frame's body.
    pub(crate) fn into_wire(self, log: &GroupId) -> wire::LogEntries {
        let more = self.paused || self.reached < self.head;
        log_entries(log, self.entries, more, self.head)
    }
}

/// A frame's body with entries of a log.
pub(crate) fn log_entries(
    log: &GroupId,
    entries: Vec<StoredEntry>,
    more: bool,
    head: Seq,
) -> wire::LogEntries {
    let one = |entry: StoredEntry| wire::LogEntry {
        seq: entry.seq.0,
        at_ms: entry.at.0,
        kind: entry.kind.into(),
        body: entry.body,
    };
    wire::LogEntries {
        log: Bytes::copy_from_slice(log.as_bytes()),
        entries: entries.into_iter().map(one).collect(),
        more,
        head: head.0,
    }
}
