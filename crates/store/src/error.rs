//! Errors, as conditions that a caller acts on.

use std::fmt;

use rusqlite::ErrorCode;

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DiskFault {
    /// No room left.
    #[error("the disk is full")]
    Full,
    /// The file or its folder can't be written.
    #[error("the disk or folder is read-only")]
    ReadOnly,
    /// Reading or writing failed.
    #[error("the disk failed")]
    Io,
}

/// A row that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Account,
    Group,
    Generation,
    Intent,
    /// Somebody whom an intent is about.
    Person,
    Message,
    /// One that always exists.
    Row,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::Group => "group",
            Self::Generation => "generation",
            Self::Intent => "intent",
            Self::Person => "person",
            Self::Message => "message",
            Self::Row => "row",
        })
    }
}

/// Why a read or a transaction failed. Every method that touches the database may fail with a fault of the disk or of
/// the database, and every read with [`Error::Corrupt`]; the methods name only further conditions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The disk failed. Nothing was changed; it may be retried.
    #[error("{0}; nothing was changed")]
    Disk(DiskFault),
    /// It contradicts what is stored: the caller's view is out of date.
    #[error("{what} contradicts what is stored")]
    Conflict { what: &'static str },
    /// The row it concerns does not exist.
    #[error("no such {0}")]
    NotFound(Missing),
    /// A stored value is not what this crate writes.
    #[error("{what} is damaged in the store")]
    Corrupt { what: &'static str },
    /// A number outside SQLite's range.
    #[error("{what} is out of range")]
    OutOfRange { what: &'static str },
    /// A read took longer than [`READ_TIME_MAX`](crate::READ_TIME_MAX).
    #[error("the read took too long")]
    TooSlow,
    /// The database was in use for longer than the timeout. Nothing was changed; it may be retried.
    #[error("the database is in use; nothing was changed")]
    Busy,
    /// The caller's closure panicked. Nothing was changed.
    #[error("a read or write panicked; nothing was changed")]
    Panicked,
    /// A fault of this crate or of SQLite; the text is for logs.
    #[error("a fault in the store: {0}")]
    Fault(String),
}

impl Error {
    /// Whether the cause may be temporary, rather than stored data: retrying may work.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Disk(_) | Self::TooSlow | Self::Busy => true,
            Self::Conflict { .. }
            | Self::NotFound(_)
            | Self::Corrupt { .. }
            | Self::OutOfRange { .. }
            | Self::Panicked
            | Self::Fault(_) => false,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match &error {
            E::SqliteFailure(failure, words) => of_code(failure.code)
                .or_else(|| of_cipher(failure.extended_code, words.as_deref()))
                .unwrap_or_else(|| Self::Fault(error.to_string())),
            E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::Utf8Error(..)
            | E::InvalidColumnType(..) => Self::Corrupt { what: "a column" },
            E::QueryReturnedNoRows => Self::NotFound(Missing::Row),
            _ => Self::Fault(error.to_string()),
        }
    }
}

fn of_code(code: ErrorCode) -> Option<Error> {
    Some(match code {
        ErrorCode::DiskFull => Error::Disk(DiskFault::Full),
        ErrorCode::ReadOnly => Error::Disk(DiskFault::ReadOnly),
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Error::Disk(DiskFault::Io),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::Corrupt { what: "a page" },
        ErrorCode::ConstraintViolation => Error::Conflict { what: "a row" },
        ErrorCode::OperationInterrupted => Error::TooSlow,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::Busy,
        _ => return None,
    })
}

/// SQLCipher reports a page whose HMAC does not verify as a bare `SQLITE_ERROR`; a mistake in a statement has its own
/// text.
fn of_cipher(extended_code: i32, words: Option<&str>) -> Option<Error> {
    let bare = extended_code == rusqlite::ffi::SQLITE_ERROR && words == Some("SQL logic error");
    bare.then_some(Error::Corrupt { what: "a page" })
}

/// Why a store was not opened. Nothing was written, except where a file was renamed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process of this profile has it open.
    #[error("another process has this profile's store open")]
    InUse,
    /// The file is not a store of this app, or is not encrypted. It was left unchanged.
    #[error("the file is not a store of this app, or is not encrypted")]
    NotOurs,
    /// The file can't be read with this key. It was left unchanged.
    #[error("the store has another key")]
    WrongKey,
    /// The file is damaged; it was renamed, so that a new one can be made.
    #[error("the store is damaged; it was kept as {kept_as}")]
    Damaged {
        /// The file's name now, in the same folder.
        kept_as: String,
    },
    /// A newer version of the app wrote it.
    #[error("a newer version of the app wrote this store (schema {found})")]
    TooNew {
        /// The schema's version.
        found: i64,
    },
    /// The disk failed.
    #[error("{0}")]
    Disk(DiskFault),
    /// SQLite was built without encryption: nothing is ever stored so.
    #[error("this build of SQLite does not encrypt")]
    NoCipher,
    /// A fault of this crate or of SQLite; the text is for logs.
    #[error("a fault in the store: {0}")]
    Fault(String),
}

impl From<std::io::Error> for OpenError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind as K;
        Self::Disk(match error.kind() {
            K::StorageFull | K::QuotaExceeded => DiskFault::Full,
            K::ReadOnlyFilesystem | K::PermissionDenied => DiskFault::ReadOnly,
            _ => DiskFault::Io,
        })
    }
}
