//! Opens the database: encrypted, ours, and of a known version. Anything else is an error, never recreated.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::StorageError;
use crate::keys::Secret;

/// "CnSv": marks the file as a Conclave server's.
const APPLICATION_ID: i32 = 0x436e_5376;
/// One file per version, applied in order.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema/0001.sql"), include_str!("schema/0002.sql"), include_str!("schema/0003.sql")];
pub(super) const PAGE_BYTES: u64 = 4096;
/// The writer's cache of decrypted pages, in KiB: what busy logs append to.
const WRITER_CACHE_KIB: u32 = 4 << 10;
/// Each reader's cache of decrypted pages, in KiB: small, since a large answer is read once.
const READER_CACHE_KIB: u32 = 1 << 10;

/// Where the database is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A file, encrypted under a key. The lock is held while anything has the file open.
    File {
        path: PathBuf,
        key: Secret,
        _lock: Arc<File>,
    },
    Memory,
}

/// The connection that writes; creates and migrates the tables.
pub(super) fn writer(place: &Place, bytes_max: u64) -> Result<Connection, StorageError> {
    let mut db = match place {
        Place::File { path, key, .. } => {
            let db = Connection::open(path)?;
            unlock(&db, key)?;
            db.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;",
            )?;
            db
        }
        Place::Memory => Connection::open_in_memory()?,
    };
    tune(&db, WRITER_CACHE_KIB)?;
    db.execute_batch("PRAGMA secure_delete = FAST;")?;
    db.pragma_update(None, "max_page_count", (bytes_max / PAGE_BYTES).clamp(1, u64::from(u32::MAX) - 1))?;
    migrate(&mut db)?;
    Ok(db)
}

/// A read-only connection. None in memory, where there is only one connection.
pub(super) fn reader(place: &Place) -> Result<Option<Connection>, StorageError> {
    let Place::File { path, key, .. } = place else { return Ok(None) };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    unlock(&db, key)?;
    tune(&db, READER_CACHE_KIB)?;
    db.execute_batch("PRAGMA query_only = ON;")?;
    Ok(Some(db))
}

/// A read-only connection next to a running server. The schema version must match.
pub(super) fn beside(place: &Place) -> Result<Connection, StorageError> {
    let none = || StorageError::Failed("there is no database".to_owned());
    let db = reader(place)?.ok_or_else(none)?;
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mark: i32 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if version == super::count(MIGRATIONS.len()) && mark == APPLICATION_ID {
        return Ok(db);
    }
    Err(StorageError::Failed(
        "the database has another schema version: start this version of the server first".to_owned(),
    ))
}

fn unlock(db: &Connection, key: &Secret) -> Result<(), StorageError> {
    let cipher: String = db.query_row("PRAGMA cipher_version", [], |row| row.get(0)).unwrap_or_default();
    if cipher.is_empty() {
        return Err(StorageError::Failed("built without encryption".to_owned()));
    }
    // It would log to stderr, among the structured logs; we get errors as return values anyway.
    db.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    // A raw key: no passphrase, so no key derivation.
    let raw = Zeroizing::new(hex::encode(key.bytes()));
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", raw.as_str()));
    db.execute_batch(&pragma)?;
    // Reading the first page shows whether the key fits.
    db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
    Ok(())
}

fn tune(db: &Connection, cache_kib: u32) -> Result<(), StorageError> {
    db.set_prepared_statement_cache_capacity(64);
    db.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")?;
    // Negative: KiB, not pages.
    db.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    Ok(())
}

fn migrate(db: &mut Connection) -> Result<(), StorageError> {
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mark: i32 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() || (version > 0 && mark != APPLICATION_ID) {
        return Err(StorageError::Failed(
            "the database belongs to another program or a newer version".to_owned(),
        ));
    }
    let tx = db.transaction()?;
    for sql in &MIGRATIONS[version..] {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", super::count(MIGRATIONS.len()))?;
    tx.commit()?;
    Ok(())
}
