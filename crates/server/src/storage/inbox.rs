//! Tables of inboxes. Nothing in them can be joined to a log: no stamp finer than a day, and no order between inboxes.

use bytes::Bytes;
use conclave_protocol::{InboxId, Seq, Timestamp};

use super::{Page, Step, StorageError, Trimmed};

/// The origin of a Welcome: a tag of the address for this inbox, under a key that is lost with the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) i64);

/// How full an inbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InboxLoad {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
    /// The newest sequence number ever used.
    pub(crate) head: Seq,
}

/// An inbox entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredWelcome {
    pub(crate) seq: Seq,
    pub(crate) welcome: Bytes,
}

/// The inboxes of clients.
pub(crate) trait InboxTables {
    /// Creates the inbox of a client, or records the day on which the client connected.
    fn open_inbox(&self, inbox: &InboxId, now: Timestamp) -> Result<(), StorageError>;
    /// Entries and bytes in an inbox; none if there is no such inbox.
    fn inbox_load(&self, inbox: &InboxId) -> Result<Option<InboxLoad>, StorageError>;
    /// Entries and bytes in an inbox from one origin.
    fn inbox_load_of(&self, inbox: &InboxId, origin: Origin) -> Result<(usize, usize), StorageError>;
    /// Adds an entry to an existing inbox.
    fn put_in_inbox(&self, inbox: &InboxId, origin: Origin, welcome: &[u8]) -> Result<Seq, StorageError>;
    /// Entries within the page, in order.
    fn inbox_entries(&self, inbox: &InboxId, page: Page) -> Result<Vec<StoredWelcome>, StorageError>;
    /// Deletes entries up to and including this one.
    fn delete_from_inbox(&self, inbox: &InboxId, upto: Seq) -> Result<(), StorageError>;
    /// Deletes the entries of inboxes whose client last connected before a time, and then the inboxes, within a step.
    fn trim_inboxes(&self, time: super::Expiry, step: Step) -> Result<Trimmed, StorageError>;
}
