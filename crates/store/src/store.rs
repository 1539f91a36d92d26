//! The store itself: one writer, a few readers, every access in a transaction.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::connection::vouch;
use crate::error::{Error, OpenError};
use crate::guard::guarded;
use crate::key::StoreKey;
use crate::open;
use crate::query::View;
use crate::readers::Readers;
use crate::tx::Tx;

/// One caller's part of a shared transaction.
pub type BatchWrite<T> = Box<dyn FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send>;

/// The encrypted store of one profile. May be shared between threads: writes wait for each other, reads do not wait
/// for writes.
pub struct Store {
    // In drop order: connections, lock, folder.
    readers: Readers,
    writer: Mutex<Connection>,
    _lock: File,
    _folder: Option<TemporaryFolder>,
}

impl Store {
    /// Opens the store at `path`, or creates it if there is no file. Its folder must exist.
    ///
    /// # Errors
    /// See [`OpenError`]: a file that is not ours is never written to.
    pub fn open(path: &Path, key: &StoreKey) -> Result<Self, OpenError> {
        let (lock, writer) = open::open(path, key)?;
        let readers = Readers::new(path.to_owned(), key.clone());
        Ok(Self { readers, writer: Mutex::new(writer), _lock: lock, _folder: None })
    }

    /// A new store in its own folder below the system's temporary one, removed when dropped. For tests.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn open_temporary(key: &StoreKey) -> Result<Self, OpenError> {
        let folder = TemporaryFolder::new()?;
        let mut store = Self::open(&folder.0.join("store.db"), key)?;
        store._folder = Some(folder);
        Ok(store)
    }

    /// Runs `f` in one durable transaction, or changes nothing. `f` must write only through its [`Tx`]: writers wait
    /// for each other.
    ///
    /// # Errors
    /// What `f` returns, [`Error::Panicked`] if it panics, or why the transaction was not durable; then nothing was
    /// changed.
    pub fn write<T>(&self, f: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let writer = self.writer();
        let open = OpenTransaction::begin(&writer)?;
        let value = guarded(|| f(&mut Tx::new(&writer)))?;
        open.commit()?;
        Ok(value)
    }

    /// Runs several writes in one durable transaction, so that they share the disk's flush, which is the main cost.
    /// Each is independent: one that fails or panics changes nothing, and the others are kept. Only a fault of the
    /// disk fails all.
    pub fn write_batch<T>(&self, jobs: Vec<BatchWrite<T>>) -> Vec<Result<T, Error>> {
        let writer = self.writer();
        let count = jobs.len();
        match run_batch(&writer, jobs) {
            Ok(results) => results,
            Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
        }
    }

    /// Reads in one transaction: all queries in `f` see the same state. It must finish within
    /// [`READ_TIME_MAX`](crate::READ_TIME_MAX) and not wait for anything; at most [`READERS_MAX`](crate::READERS_MAX)
    /// run at a time, more wait their turn.
    ///
    /// # Errors
    /// What `f` returns, [`Error::Panicked`] if it panics, or [`Error::TooSlow`].
    pub fn read<T>(&self, f: impl FnOnce(&View<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.readers.read(f)
    }

    /// Checkpoints and truncates the write-ahead log, so that what was deleted is gone from the disk. False if a
    /// reader blocked it for too long: try again later.
    ///
    /// # Errors
    /// What the disk says.
    pub fn checkpoint(&self) -> Result<bool, Error> {
        let busy: i64 = self.writer().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // No closure runs outside a guard, and each transaction is rolled back unless it was committed.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer's connection, for tests that read the tables directly.
    #[cfg(test)]
    pub(crate) fn raw(&self) -> MutexGuard<'_, Connection> {
        self.writer()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

fn run_batch<T>(conn: &Connection, jobs: Vec<BatchWrite<T>>) -> Result<Vec<Result<T, Error>>, Error> {
    let open = OpenTransaction::begin(conn)?;
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        conn.prepare_cached("SAVEPOINT job")?.execute([])?;
        let result = guarded(|| job(&mut Tx::new(conn)));
        // SQLite rolls the whole transaction back on some faults of the disk.
        if let (Err(error), true) = (&result, conn.is_autocommit()) {
            return Err(error.clone());
        }
        if result.is_err() {
            conn.prepare_cached("ROLLBACK TO job")?.execute([])?;
        }
        conn.prepare_cached("RELEASE job")?.execute([])?;
        results.push(result);
    }
    open.commit()?;
    Ok(results)
}

/// Rolled back unless committed.
struct OpenTransaction<'c>(&'c Connection);

impl<'c> OpenTransaction<'c> {
    fn begin(conn: &'c Connection) -> Result<Self, Error> {
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let open = Self(conn);
        conn.prepare_cached("UPDATE writes SET count = count + 1")?.execute([])?;
        Ok(open)
    }

    fn commit(self) -> Result<(), Error> {
        vouch(self.0)?;
        self.0.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}

impl Drop for OpenTransaction<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction was not rolled back");
        }
    }
}

struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        /// Folders that an earlier process of the same id may have left.
        const TRIES_MAX: u32 = 10_000;
        for _ in 0..TRIES_MAX {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("conclave-store-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a temporary store was not removed");
        }
    }
}
