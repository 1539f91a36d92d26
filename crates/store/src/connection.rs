//! One connection to the database: unlocked, checked to encrypt, and configured the same way everywhere.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::Error;
use crate::key::StoreKey;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Write,
    Read,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    NoCipher,
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for ConnectError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Longer than any read transaction, so that a checkpoint can wait for readers.
const BUSY_MAX: Duration = Duration::from_millis(1500);
/// Every statement of this crate is constant text; there are fewer than this.
const STATEMENTS_MAX: usize = 160;
/// Page cache of the writer, in KiB; other pages are decrypted again.
const WRITER_CACHE_KIB: u32 = 16 * 1024;
/// Page cache of each reader, in KiB.
const READER_CACHE_KIB: u32 = 4 * 1024;
/// Pages of the write-ahead log (16 MiB) after which SQLite checkpoints it by itself; the caller does it sooner, when
/// idle.
const LOG_PAGES_MAX: u32 = 4000;

/// Opens and unlocks; reads the first page, so a wrong key shows here (`NotADatabase`).
pub(crate) fn connect(path: &Path, key: &StoreKey, purpose: Purpose) -> Result<Connection, ConnectError> {
    let access = match purpose {
        Purpose::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Purpose::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let conn = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.execute_batch(&key.pragma())?;
    let cipher: Option<String> = conn.query_row("PRAGMA cipher_version", [], |row| row.get(0)).ok();
    if cipher.is_none_or(|version| version.is_empty()) {
        return Err(ConnectError::NoCipher);
    }
    // SQLCipher would log to stderr; errors are returned as codes anyway.
    conn.execute_batch("PRAGMA cipher_log_level = NONE")?;
    conn.busy_timeout(BUSY_MAX)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let _: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")?;
    match purpose {
        Purpose::Write => conn.execute_batch(&format!(
            "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX}; PRAGMA cache_size = -{WRITER_CACHE_KIB};"
        ))?,
        Purpose::Read => {
            conn.execute_batch(&format!("PRAGMA query_only = ON; PRAGMA cache_size = -{READER_CACHE_KIB};"))?;
        }
    }
    Ok(conn)
}

/// Fails if a page that was read in this transaction was damaged: SQLCipher returns zeros in its place, and only the
/// next statement fails. So call this before trusting anything that was read.
pub(crate) fn vouch(conn: &Connection) -> Result<(), Error> {
    conn.prepare_cached("SELECT count FROM writes")?.query_row([], |_| Ok(()))?;
    Ok(())
}
