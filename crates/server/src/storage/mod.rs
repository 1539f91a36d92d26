//! What the services store, behind a trait: every rule is written once above it, and every backend passes the same
//! conformance suite.
//!
//! A unit of work is a closure over [`Tables`], run in one transaction: all of it or nothing. Each touches one log or
//! one client (and the inboxes that a commit delivers to), so that a backend may be sharded by them.

mod account;
mod allowance;
#[cfg(test)]
mod conformance;
mod inbox;
mod key_package;
mod log;
mod sqlite;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conclave_protocol::{Handle, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::operate::{AccountUsage, LogUsage};
use crate::refusal::Refusal;

pub(crate) use account::{AccountTables, StoredAccount};
pub(crate) use allowance::{AllowanceTables, AllowanceTag, StoredAllowance};
pub(crate) use inbox::{InboxLoad, InboxTables, Origin, StoredWelcome};
pub(crate) use key_package::{KeyPackageTables, NewKeyPackage, StoredKeyPackage};
pub(crate) use log::{ENTRY_OVERHEAD_BYTES, LogTables, NewEntry, Page, StoredEntry, StoredEpoch, StoredLog};
pub(crate) use sqlite::{Place, SqliteStorage, operating};

/// Why a unit of work failed; it has no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StorageError {
    /// The disk is full, or the database has reached its limit.
    #[error("the storage is full")]
    Full,
    /// Too much work is queued, or the storage is closed.
    #[error("the storage is busy")]
    Busy,
    /// The work itself refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Anything else.
    #[error("storage: {0}")]
    Failed(String),
}

/// Encrypted blobs by id.
pub(crate) trait BlobTables {
    /// Stores a blob; false if the id is used.
    fn put_blob(&self, id: &[u8; 16], at: Timestamp, data: &[u8]) -> Result<bool, StorageError>;
    /// The blob of an id.
    fn blob(&self, id: &[u8; 16]) -> Result<Option<Bytes>, StorageError>;
    /// Deletes blobs stored before a time, the oldest first, within a step.
    fn trim_blobs(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError>;
}

/// What an operator inspects and frees. Never content.
pub(crate) trait OperatorTables {
    /// At most this many logs, the largest first.
    fn logs_by_size(&self, most: usize) -> Result<Vec<LogUsage>, StorageError>;
    /// At most this many accounts after a given one, ordered by name.
    fn accounts_after(&self, after: Option<&Handle>, most: usize) -> Result<Vec<AccountUsage>, StorageError>;
    /// Deletes the account of a name, with the key packages and inboxes of its devices; false if there is none.
    fn free_name(&self, domain: &str, name: &Handle) -> Result<bool, StorageError>;
}

/// How much is deleted at once, so that others wait for the writer only briefly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Rows; at least 1.
    pub(crate) rows: usize,
    /// Bytes; one row may be larger.
    pub(crate) bytes: usize,
}

/// What has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry {
    pub(crate) now: Timestamp,
    /// What was kept since before this has expired.
    pub(crate) before: Timestamp,
}

impl Expiry {
    /// A stamp further than this in the future comes from a clock that was ahead: a day.
    const AHEAD_MS: u64 = 24 * 3600 * 1000;

    /// Expiry, at `now`, of what is kept for `ms`.
    pub(crate) fn of(now: Timestamp, ms: u64) -> Self {
        Self { now, before: Timestamp(now.0.saturating_sub(ms)) }
    }

    /// Stamps after this one come from a clock that was ahead.
    pub(crate) fn ahead(&self) -> Timestamp {
        self.now.plus_ms(Self::AHEAD_MS)
    }
}

/// The result of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trimmed {
    /// Nothing had expired.
    Nothing,
    /// Something was deleted; there may be more.
    Some,
}

/// All tables, within one transaction.
pub(crate) trait Tables:
    LogTables + InboxTables + KeyPackageTables + BlobTables + AccountTables + AllowanceTables + OperatorTables
{
    /// A setting of the whole service.
    fn setting(&self, name: &str) -> Result<Option<String>, StorageError>;
    /// Stores a setting.
    fn set_setting(&self, name: &str, value: &str) -> Result<(), StorageError>;
    /// Bytes that may still be stored, as far as known: limited by the database and the disk.
    fn room(&self) -> Result<u64, StorageError>;
}

/// A unit of work. It may run again if its transaction failed because of another's work.
pub(crate) type Work = Box<dyn FnMut(&dyn Tables) -> Result<(), StorageError> + Send>;
/// Resolves when a unit of work is done, and durable if it wrote.
pub(crate) type Done = BoxFuture<'static, Result<(), StorageError>>;

/// An announcement of work.
pub(crate) type Announced = Box<dyn Send + Sync>;

/// A backend.
pub(crate) trait Storage: Send + Sync + fmt::Debug {
    /// Announces, until the return value is dropped, that a write follows soon and may be worth waiting for.
    fn announce(&self) -> Announced;
    /// Queues work that writes. It is queued when this returns: work runs in the order given.
    fn write(&self, work: Work) -> Done;
    /// Queues work that only reads what is durable.
    fn read(&self, work: Work) -> Done;
    /// Becomes true when a storage thread dies unexpectedly: work may then be left undone, and the service must end.
    fn lost(&self) -> watch::Receiver<bool>;
    /// Finishes queued work, accepts no more, and releases the files.
    fn close(&self) -> BoxFuture<'static, ()>;
}

/// Runs `work` as a write and returns its result.
pub(crate) fn write<T: Send + 'static>(
    storage: &dyn Storage,
    work: impl FnMut(&dyn Tables) -> Result<T, StorageError> + Send + 'static,
) -> BoxFuture<'static, Result<T, StorageError>> {
    let (work, slot) = with_slot(work);
    collect(storage.write(work), slot)
}

/// Runs `work` as a read and returns its result.
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
