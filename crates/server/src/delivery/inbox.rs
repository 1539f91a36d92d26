//! Inboxes: Welcomes wait here until their client has received them.

use std::net::IpAddr;

use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{InboxId, Seq, wire};
use sha2::{Digest, Sha256};

use crate::quota::Source;
use crate::storage::{Origin, Page, StorageError, StoredWelcome, Tables};

/// Tags the origin of Welcomes, so that one address can't fill an inbox. A tag depends on the address, the inbox and a
/// key that is lost with the process, so it reveals nothing about the address or other inboxes.
pub(crate) struct Origins([u8; 32]);

impl Origins {
    pub(crate) fn new() -> Result<Self, std::io::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(std::io::Error::other)?;
        Ok(Self(key))
    }

    /// The tag of Welcomes from an address in an inbox.
    pub(crate) fn of(&self, source: Source, inbox: &InboxId) -> Origin {
        let address = match source {
            Source::Local => Vec::new(),
            Source::Address(IpAddr::V4(address)) => address.octets().to_vec(),
            Source::Address(IpAddr::V6(address)) => address.octets().to_vec(),
        };
        let digest =
            Sha256::new_with_prefix(self.0).chain_update(inbox.as_bytes()).chain_update(address).finalize();
        let mut tag = [0; 8];
        tag.copy_from_slice(&digest[..8]);
        Origin(i64::from_be_bytes(tag))
    }
}

impl std::fmt::Debug for Origins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origins")
    }
}

/// Overhead of an entry besides its Welcome.
const ENTRY_BYTES: usize = 32;

/// Part of an inbox.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) entries: Vec<StoredWelcome>,
    /// Everything up to here was returned, or acknowledged before.
    pub(crate) reached: Seq,
    pub(crate) head: Seq,
}

/// The newest sequence number ever used in an inbox; 0 if there is no such inbox.
pub(crate) fn head(tables: &dyn Tables, inbox: &InboxId) -> Result<Seq, StorageError> {
    Ok(tables.inbox_load(inbox)?.map_or(Seq(0), |load| load.head))
}

/// One page of an inbox after an entry, of at most this many bytes; `limit` 0: as many entries as allowed.
pub(crate) fn page(
    tables: &dyn Tables,
    inbox: &InboxId,
    after: Seq,
    limit: u32,
    bytes: usize,
) -> Result<Part, StorageError> {
    let head = head(tables, inbox)?;
    let limit = match usize::try_from(limit).unwrap_or(usize::MAX) {
        0 => LOG_ENTRIES_MAX,
        limit => limit.min(LOG_ENTRIES_MAX),
    };
    let page = Page { after, upto: head, entries: limit, bytes };
    let entries = tables.inbox_entries(inbox, page)?;
    let reached = entries.last().map_or(after.max(head), |last| last.seq);
    Ok(Part { entries, reached, head })
}

impl Part {
    /// Its size in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.welcome.len() + ENTRY_BYTES).sum()
    }

    /// The frame's body.
    pub(crate) fn into_wire(self) -> wire::InboxEntries {
        let more = self.reached < self.head;
        // No time is sent: a Welcome's would be that of its commit.
        let one =
            |entry: StoredWelcome| wire::InboxEntry { seq: entry.seq.0, at_ms: 0, welcome: entry.welcome };
        wire::InboxEntries { entries: self.entries.into_iter().map(one).collect(), more, head: self.head.0 }
    }
}
