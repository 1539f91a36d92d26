//! Inboxes: Welcomes wait here until their client has them.

use conclave_protocol::limits::{LOG_ENTRIES_BYTES_MAX, LOG_ENTRIES_MAX};
use conclave_protocol::{InboxId, Seq, wire};

use crate::storage::{Page, StorageError, StoredWelcome, Tables};

/// Part of an inbox.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) entries: Vec<StoredWelcome>,
    /// Everything up to here was given, or was acknowledged before.
    pub(crate) reached: Seq,
    pub(crate) head: Seq,
}

/// One page of an inbox after an entry; `limit` 0: as many as may be.
pub(crate) fn page(
    tables: &dyn Tables,
    inbox: &InboxId,
    after: Seq,
    limit: u32,
) -> Result<Part, StorageError> {
    let head = tables.inbox_load(inbox)?.map_or(Seq(0), |load| load.head);
    let limit = match usize::try_from(limit).unwrap_or(usize::MAX) {
        0 => LOG_ENTRIES_MAX,
        limit => limit.min(LOG_ENTRIES_MAX),
    };
    let page = Page { after, upto: head, entries: limit, bytes: LOG_ENTRIES_BYTES_MAX };
    let entries = tables.inbox_entries(inbox, page)?;
    let reached = entries.last().map_or(after.max(head), |last| last.seq);
    Ok(Part { entries, reached, head })
}

impl Part {
    /// The frame's body.
    pub(crate) fn into_wire(self) -> wire::InboxEntries {
        let more = self.reached < self.head;
        let one = |entry: StoredWelcome| wire::InboxEntry {
            seq: entry.seq.0,
            at_ms: entry.at.0,
            welcome: entry.welcome,
        };
        wire::InboxEntries { entries: self.entries.into_iter().map(one).collect(), more }
    }
}
