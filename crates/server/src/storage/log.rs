//! Tables of group logs.

use bytes::Bytes;
use conclave_protocol::wire::EntryKind;
use conclave_protocol::{CommitHash, Epoch, GroupId, Seq, SubmissionId, Timestamp};

use super::StorageError;

/// How much of a log or inbox to read: entries in `after < seq <= upto`, at most so many and so large, but at least one.
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
    /// Names the log's rows; of no meaning outside a transaction.
    pub(crate) row: i64,
    /// The epoch it is in.
    pub(crate) epoch: Epoch,
    /// The newest entry.
    pub(crate) head: Seq,
    /// The stamp of the newest entry.
    pub(crate) at: Timestamp,
    /// Entries of epochs before this one are stale: it was begun by the last commit that revokes or rotates.
    pub(crate) fence: Epoch,
    /// Entries up to this one are past their retention.
    pub(crate) trimmed: Seq,
}

/// An epoch of a log that a client may still prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredEpoch {
    pub(crate) epoch: Epoch,
    pub(crate) access_key: [u8; 32],
    /// The commit that began it; none for epoch 0.
    pub(crate) parent: Option<CommitHash>,
    /// The entry that began it; 0 for epoch 0.
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

/// A submission that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredSubmission {
    pub(crate) id: SubmissionId,
    pub(crate) epoch: Epoch,
    /// SHA-256 of its bytes.
    pub(crate) digest: [u8; 32],
    pub(crate) seq: Seq,
}

/// Group logs: the entries in order, the epochs with their access keys, and the submissions of the retained epochs.
pub(crate) trait LogTables {
    /// The log of a group.
    fn log(&self, log: &GroupId) -> Result<Option<StoredLog>, StorageError>;
    /// Makes a log, with epoch 0 and its access key.
    fn create_log(&self, log: &GroupId, access_key: &[u8; 32]) -> Result<StoredLog, StorageError>;
    /// An epoch, where its key is still kept.
    fn epoch(&self, log: i64, epoch: Epoch) -> Result<Option<StoredEpoch>, StorageError>;
    /// The first revoking commit that ends this epoch or a later one.
    fn boundary(&self, log: i64, from: Epoch) -> Result<Option<Seq>, StorageError>;
    /// Ends the current epoch by the commit at `next.begun`, and begins the next one.
    fn begin_epoch(&self, log: &StoredLog, next: &StoredEpoch, revokes: bool) -> Result<(), StorageError>;
    /// Sets the fence.
    fn set_fence(&self, log: i64, fence: Epoch) -> Result<(), StorageError>;
    /// Adds an entry after the head.
    fn append(&self, log: i64, entry: &StoredEntry) -> Result<(), StorageError>;
    /// Entries in order, within the page.
    fn entries(&self, log: i64, page: Page) -> Result<Vec<StoredEntry>, StorageError>;
    /// An accepted submission.
    fn submission(&self, log: i64, id: &SubmissionId) -> Result<Option<StoredSubmission>, StorageError>;
    /// Remembers an accepted submission.
    fn remember(&self, log: i64, submission: &StoredSubmission) -> Result<(), StorageError>;
    /// Forgets the submissions of epochs before this one.
    fn forget(&self, log: i64, before: Epoch) -> Result<(), StorageError>;
    /// Deletes at most `limit` entries stamped before a time, and the epochs that ended with them; how many entries.
    fn trim_logs(&self, before: Timestamp, limit: usize) -> Result<usize, StorageError>;
}
