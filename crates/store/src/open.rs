//! Opening a store: one process, our file, our key, a known version. Anything else is left unchanged, or renamed if it
//! is ours and damaged; nothing is ever created over it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::connection::{ConnectError, Purpose, connect};
use crate::error::{Error, OpenError};
use crate::inspect;
use crate::key::StoreKey;
use crate::schema::{self, Found};

const PLAIN_HEADER: &[u8] = b"SQLite format 3\0";
/// Bytes of a file that are read to tell damage from another key: the pages that `inspect` tries.
const LOOK_BYTES_MAX: u64 = 64 * 4096;
/// The lock file's suffix.
pub(crate) const LOCK_SUFFIX: &str = ".lock";
/// Most damaged files of one name that are kept.
const KEPT_MAX: u32 = 1000;

/// The lock file, held for as long as the store is open, and the writer's connection.
pub(crate) fn open(path: &Path, key: &StoreKey) -> Result<(File, Connection), OpenError> {
    let lock = lock(path)?;
    let start = beginning(path)?;
    if start.starts_with(PLAIN_HEADER) {
        return Err(OpenError::NotOurs);
    }
    match open_locked(path, key) {
        Ok(conn) => Ok((lock, conn)),
        Err(Refusal::Final(error)) => Err(error),
        Err(Refusal::Damaged) => Err(set_aside(path)?),
        Err(Refusal::Unreadable) if inspect::authenticates_any(&start, key) => Err(set_aside(path)?),
        Err(Refusal::Unreadable) if start.len() % 4096 != 0 => Err(OpenError::NotOurs),
        Err(Refusal::Unreadable) => Err(OpenError::WrongKey),
    }
}

pub(crate) fn lock(path: &Path) -> Result<File, OpenError> {
    let file =
        File::options().create(true).truncate(false).write(true).open(with_suffix(path, LOCK_SUFFIX))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn beginning(path: &Path) -> Result<Vec<u8>, OpenError> {
    let mut start = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(LOOK_BYTES_MAX).read_to_end(&mut start)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    Ok(start)
}

enum Refusal {
    Final(OpenError),
    /// SQLite reads the first page, but not the pages it refers to.
    Damaged,
    /// The first page does not decrypt.
    Unreadable,
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Unreadable,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged,
            _ => Self::Final(match Error::from(error) {
                Error::Disk(fault) => OpenError::Disk(fault),
                other => OpenError::Fault(other.to_string()),
            }),
        }
    }
}

fn open_locked(path: &Path, key: &StoreKey) -> Result<Connection, Refusal> {
    let conn = connect(path, key, Purpose::Write).map_err(|error| match error {
        ConnectError::NoCipher => Refusal::Final(OpenError::NoCipher),
        ConnectError::Sql(error) => error.into(),
    })?;
    let version = match schema::found(&conn)? {
        Found::Fresh => 0,
        Found::Ours { version } => version,
        Found::NotOurs => return Err(Refusal::Final(OpenError::NotOurs)),
        Found::TooNew { version } => return Err(Refusal::Final(OpenError::TooNew { found: version })),
    };
    schema::migrate(&conn, version)?;
    Ok(conn)
}

/// Renames the database and its log, so that they can be examined and a new store can be created.
fn set_aside(path: &Path) -> Result<OpenError, OpenError> {
    let free =
        (1..=KEPT_MAX).map(|n| with_suffix(path, &format!(".damaged-{n}"))).find(|kept| !kept.exists());
    let Some(kept) = free else { return Err(OpenError::Fault("too many damaged stores are kept".into())) };
    fs::rename(path, &kept)?;
    for suffix in ["-wal", "-shm"] {
        match fs::rename(with_suffix(path, suffix), with_suffix(&kept, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let name = kept.file_name().unwrap_or(kept.as_os_str()).to_string_lossy().into_owned();
    tracing::warn!(kept_as = %name, "the store is damaged and was renamed");
    Ok(OpenError::Damaged { kept_as: name })
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
