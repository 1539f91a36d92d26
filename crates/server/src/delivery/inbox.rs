//! Inboxes: Welcomes wait here until their client has them.

use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{InboxId, Seq, wire};

use crate::storage::{Page, StorageError, StoredWelcome, Tables};

/// What an entry takes up beside its Welcome.
const ENTRY_BYTES: usize = 32;

/// Part of an inbox.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) entries: Vec<StoredWelcome>,
    /// Everything up to here was given, or was acknowledged before.
    pub(crate) reached: Seq,
    pub(crate) head: Seq,
}

/// The newest sequence number there ever was in an inbox; 0 where there is no such inbox.
pub(crate) fn head(tables: &dyn Tables, inbox: &InboxId) -> Result<Seq, StorageError> {
    Ok(tables.inbox_load(inbox)?.map_or(Seq(0), |load| load.head))
}

/// One page of an inbox after an entry, of at most so many bytes; `limit` 0: as many as may be.
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
    /// What it takes up.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.welcome.len() + ENTRY_BYTES).sum()
    }

    /// The frame's body.
    pub(crate) fn into_wire(self) -> wire::InboxEntries {
        let more = self.reached < self.head;
        let one = |entry: StoredWelcome| wire::InboxEntry {
            seq: entry.seq.0,
            at_ms: entry.at.0,
            welcome: entry.welcome,
        };
        wire::InboxEntries { entries: self.entries.into_iter().map(one).collect(), more, head: self.head.0 }
    }
}
