//! Tables of group logs.

use bytes::Bytes;
use conclave_protocol::wire::EntryKind;
use conclave_protocol::{CommitHash, Epoch, GroupId, Seq, SubmissionId, Timestamp};

use super::{Expiry, Step, StorageError, Trimmed};

/// How much of a log or inbox to read: entries in `after < seq <= upto`, bounded in number and bytes, but at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) after: Seq,
    pub(crate) upto: Seq,
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

/// The state of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredLog {
    /// Row id of the log; meaningless outside the transaction.
    pub(crate) row: i64,
    /// The current epoch.
    pub(crate) epoch: Epoch,
    /// The newest entry.
    pub(crate) head: Seq,
    /// The stamp of the newest entry.
    pub(crate) at: Timestamp,
    /// Entries of earlier epochs are stale: this epoch was started by the last commit that revokes or rotates.
    pub(crate) fence: Epoch,
    /// Entries up to this one are past their retention.
    pub(crate) trimmed: Seq,
    /// Bytes of its entries, each with [`ENTRY_OVERHEAD_BYTES`].
    pub(crate) bytes: u64,
}

impl StoredLog {
    /// A log that does not exist yet.
    pub(crate) const TO_BE_MADE: Self = Self {
        row: 0,
        epoch: Epoch(0),
        head: Seq(0),
        at: Timestamp(0),
        fence: Epoch(0),
        trimmed: Seq(0),
        bytes: 0,
    };
}

/// Storage overhead of an entry: its row, index entries, and the epoch that a commit starts.
pub(crate) const ENTRY_OVERHEAD_BYTES: u64 = 256;

/// An epoch of a log that a client may still prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredEpoch {
    pub(crate) epoch: Epoch,
    pub(crate) access_key: [u8; 32],
    /// The commit that started it; none for epoch 0.
    pub(crate) parent: Option<CommitHash>,
    /// The entry that started it; 0 for epoch 0.
    pub(crate) begun: Seq,
}

/// An entry of a log, as submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredEntry {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) kind: EntryKind,
    pub(crate) body: Bytes,
}

/// An entry to be added to a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewEntry {
    /// The id it was submitted under.
    pub(crate) submission: SubmissionId,
    /// The service's time, which retention is based on: it may be before the stamp.
    pub(crate) kept: Timestamp,
    pub(crate) entry: StoredEntry,
}

/// Group logs: entries in order with their submission ids, and epochs with their access keys.
pub(crate) trait LogTables {
    /// The log of a group.
    fn log(&self, log: &GroupId) -> Result<Option<StoredLog>, StorageError>;
    /// Creates a log, with epoch 0 and its access key.
    fn create_log(&self, log: &GroupId, access_key: &[u8; 32]) -> Result<StoredLog, StorageError>;
    /// The log of a group with one of its epochs, if that epoch's key is still kept.
    fn log_in(
        &self,
        log: &GroupId,
        epoch: Epoch,
    ) -> Result<Option<(StoredLog, Option<StoredEpoch>)>, StorageError>;
    /// An epoch, if its key is still kept.
    fn epoch(&self, log: i64, epoch: Epoch) -> Result<Option<StoredEpoch>, StorageError>;
    /// The first revoking commit that ends this epoch or a later one.
    fn boundary(&self, log: i64, from: Epoch) -> Result<Option<Seq>, StorageError>;
    /// Ends the current epoch by the commit at `next.begun`, and starts the next one.
    fn begin_epoch(&self, log: &StoredLog, next: &StoredEpoch, revokes: bool) -> Result<(), StorageError>;
    /// Sets the fence.
    fn set_fence(&self, log: i64, fence: Epoch) -> Result<(), StorageError>;
    /// Appends an entry after the head; false, and nothing is added, if its submission id is used.
    fn append(&self, log: &StoredLog, new: &NewEntry) -> Result<bool, StorageError>;
    /// Entries within the page, in order.
    fn entries(&self, log: i64, page: Page) -> Result<Vec<StoredEntry>, StorageError>;
    /// The entry with this submission id.
    fn submitted(&self, log: i64, id: &SubmissionId) -> Result<Option<StoredEntry>, StorageError>;
    /// Deletes entries of one log that are kept since before a time, and the epochs that ended with them, within a
    /// step.
    fn trim_logs(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError>;
    /// Deletes a log that has no entries and was last used before a time, with its keys, within a step.
    fn trim_empty_logs(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError>;
    /// Deletes a log with everything in it, within a step; returns whether there was anything to delete.
    fn delete_log(&self, log: &GroupId, step: Step) -> Result<Trimmed, StorageError>;
}
