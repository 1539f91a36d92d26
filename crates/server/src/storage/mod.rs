//! What the services keep, behind a trait: every rule is written once above it, and every backend passes the same
//! conformance suite.
//!
//! A unit of work is a closure over [`Tables`], run in one transaction: all of it or none. Each touches one log or one
//! client (and the inboxes that a commit delivers to), so that a backend may be split by them.

mod account;
#[cfg(test)]
mod conformance;
mod key_package;
mod log;
mod sqlite;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conclave_protocol::{InboxId, Seq, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::refusal::Refusal;

pub(crate) use account::{AccountTables, StoredAccount};
pub(crate) use key_package::{KeyPackageTables, NewKeyPackage, StoredKeyPackage};
pub(crate) use log::{LogTables, Page, StoredEntry, StoredEpoch, StoredLog, StoredSubmission};
pub(crate) use sqlite::{Place, SqliteStorage};

/// Why a unit of work was not done; nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StorageError {
    /// No room on the disk, or the database is as large as it may be.
    #[error("the storage is full")]
    Full,
    /// Too much work waits already, or the storage is closed.
    #[error("the storage is busy")]
    Busy,
    /// The work itself said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Anything else.
    #[error("storage: {0}")]
    Failed(String),
}

/// The inboxes of clients.
pub(crate) trait InboxTables {
    /// Makes the inbox of a client; nothing where there is one.
    fn open_inbox(&self, inbox: &InboxId) -> Result<(), StorageError>;
    /// Entries and bytes in an inbox; none where there is no such inbox.
    fn inbox_load(&self, inbox: &InboxId) -> Result<Option<InboxLoad>, StorageError>;
    /// Adds an entry to an inbox that is there; its stamp is not before the last one's.
    fn put_in_inbox(&self, inbox: &InboxId, at: Timestamp, welcome: &[u8]) -> Result<Seq, StorageError>;
    /// Entries after one, in order, within the page.
    fn inbox_entries(&self, inbox: &InboxId, page: Page) -> Result<Vec<StoredWelcome>, StorageError>;
    /// Deletes entries up to and with this one.
    fn delete_from_inbox(&self, inbox: &InboxId, upto: Seq) -> Result<(), StorageError>;
}

/// How full an inbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InboxLoad {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
    /// The newest sequence number there ever was.
    pub(crate) head: Seq,
}

/// An inbox entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredWelcome {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) welcome: Bytes,
}

/// Encrypted blobs by id.
pub(crate) trait BlobTables {
    /// Stores a blob; false where the id is taken.
    fn put_blob(&self, id: &[u8; 16], at: Timestamp, data: &[u8]) -> Result<bool, StorageError>;
    /// The blob of an id.
    fn blob(&self, id: &[u8; 16]) -> Result<Option<Bytes>, StorageError>;
    /// Deletes at most `limit` blobs stored before a time; how many.
    fn trim_blobs(&self, before: Timestamp, limit: usize) -> Result<usize, StorageError>;
}

/// Everything there is, within one transaction.
pub(crate) trait Tables:
    LogTables + InboxTables + KeyPackageTables + BlobTables + AccountTables
{
    /// A setting of the whole service.
    fn setting(&self, name: &str) -> Result<Option<String>, StorageError>;
    /// Sets it.
    fn set_setting(&self, name: &str, value: &str) -> Result<(), StorageError>;
}

/// A unit of work. It may be done again where the transaction that it was in came to nothing for another work's sake.
pub(crate) type Work = Box<dyn FnMut(&dyn Tables) -> Result<(), StorageError> + Send>;
/// When a unit of work is done, and durable if it wrote.
pub(crate) type Done = BoxFuture<'static, Result<(), StorageError>>;

/// A backend.
pub(crate) trait Storage: Send + Sync + fmt::Debug {
    /// Takes on work that writes. It is in the queue when this returns: works are done in the order they were given.
    fn write(&self, work: Work) -> Done;
    /// Takes on work that only reads what is durable.
    fn read(&self, work: Work) -> Done;
    /// Turns true when a thread that does the work is gone without having been told to go: from then on work may be
    /// left undone, and the service must end.
    fn lost(&self) -> watch::Receiver<bool>;
    /// Finishes what was taken on, takes on nothing more, and lets go of the files.
    fn close(&self) -> BoxFuture<'static, ()>;
}

/// Runs `work` as a write and returns what it made.
pub(crate) fn write<T: Send + 'static>(
    storage: &dyn Storage,
    work: impl FnMut(&dyn Tables) -> Result<T, StorageError> + Send + 'static,
) -> BoxFuture<'static, Result<T, StorageError>> {
    let (work, slot) = with_slot(work);
    collect(storage.write(work), slot)
}

/// Runs `work` as a read and returns what it found.
pub(crate) fn read<T: Send + 'static>(
    storage: &dyn Storage,
    work: impl FnMut(&dyn Tables) -> Result<T, StorageError> + Send + 'static,
) -> BoxFuture<'static, Result<T, StorageError>> {
    let (work, slot) = with_slot(work);
    collect(storage.read(work), slot)
}

type Slot<T> = Arc<Mutex<Option<T>>>;

fn with_slot<T: Send + 'static>(
    mut work: impl FnMut(&dyn Tables) -> Result<T, StorageError> + Send + 'static,
) -> (Work, Slot<T>) {
    let slot = Slot::default();
    let filled = Arc::clone(&slot);
    let work: Work = Box::new(move |tables| {
        let made = work(tables)?;
        *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        Ok(())
    });
    (work, slot)
}

fn collect<T: Send + 'static>(done: Done, slot: Slot<T>) -> BoxFuture<'static, Result<T, StorageError>> {
    async move {
        done.await?;
        let made = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(made.expect("work that succeeded has filled its slot"))
    }
    .boxed()
}
