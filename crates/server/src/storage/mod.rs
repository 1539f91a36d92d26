//! What the services keep, behind a trait: every rule is written once above it, and every backend passes the same
//! conformance suite.
//!
//! A unit of work is a closure over [`Tables`], run in one transaction: all of it or none. Each touches one log or one
//! client (and the inboxes that a commit delivers to), so that a backend may be split by them.

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

/// Encrypted blobs by id.
pub(crate) trait BlobTables {
    /// Stores a blob; false where the id is taken.
    fn put_blob(&self, id: &[u8; 16], at: Timestamp, data: &[u8]) -> Result<bool, StorageError>;
    /// The blob of an id.
    fn blob(&self, id: &[u8; 16]) -> Result<Option<Bytes>, StorageError>;
    /// Deletes blobs stored before a time, the oldest first, within a step.
    fn trim_blobs(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError>;
}

/// What an operator looks at and frees. Never content.
pub(crate) trait OperatorTables {
    /// Logs, the largest first, at most so many.
    fn logs_by_size(&self, most: usize) -> Result<Vec<LogUsage>, StorageError>;
    /// Accounts in the order of their names, at most so many after one.
    fn accounts_after(&self, after: Option<&Handle>, most: usize) -> Result<Vec<AccountUsage>, StorageError>;
    /// Deletes the account of a name, with the key packages and inboxes of its devices; false where there is none.
    fn free_name(&self, domain: &str, name: &Handle) -> Result<bool, StorageError>;
}

/// How much is deleted in one go, so that whoever waits for the writer waits for a moment only.
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
    /// What was kept since before this is past its time.
    pub(crate) before: Timestamp,
}

impl Expiry {
    /// How far in the future a stamp may be before it is taken for one of a clock that was ahead: a day.
    const AHEAD_MS: u64 = 24 * 3600 * 1000;

    /// What is kept for `ms`, at a time.
    pub(crate) fn of(now: Timestamp, ms: u64) -> Self {
        Self { now, before: Timestamp(now.0.saturating_sub(ms)) }
    }

    /// Stamps after this one come from a clock that was ahead.
    pub(crate) fn ahead(&self) -> Timestamp {
        self.now.plus_ms(Self::AHEAD_MS)
    }
}

/// What one step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trimmed {
    /// Nothing had expired.
    Nothing,
    /// Something was deleted; there may be more.
    Some,
}

/// Everything there is, within one transaction.
pub(crate) trait Tables:
    LogTables + InboxTables + KeyPackageTables + BlobTables + AccountTables + AllowanceTables + OperatorTables
{
    /// A setting of the whole service.
    fn setting(&self, name: &str) -> Result<Option<String>, StorageError>;
    /// Sets it.
    fn set_setting(&self, name: &str, value: &str) -> Result<(), StorageError>;
    /// Bytes that may still be stored, as far as is known: of the database's bound, and of the disk.
    fn room(&self) -> Result<u64, StorageError>;
}

/// A unit of work. It may be done again where the transaction that it was in came to nothing for another work's sake.
pub(crate) type Work = Box<dyn FnMut(&dyn Tables) -> Result<(), StorageError> + Send>;
/// When a unit of work is done, and durable if it wrote.
pub(crate) type Done = BoxFuture<'static, Result<(), StorageError>>;

/// Work that was announced.
pub(crate) type Announced = Box<dyn Send + Sync>;

/// A backend.
pub(crate) trait Storage: Send + Sync + fmt::Debug {
    /// Says that work that writes will be given soon: it may be worth waiting for. Until what is returned is dropped.
    fn announce(&self) -> Announced;
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
