//! Why a request was not carried out: one type for every rule, sent as an error frame.

use conclave_protocol::wire::{self, ErrorCode};

use crate::storage::StorageError;

/// How long a client should wait when the service is busy or full, in milliseconds.
const BUSY_RETRY_MS: u32 = 1_000;
const FULL_RETRY_MS: u32 = 60_000;

/// A refused request; the connection continues, except after [`Refusal::Version`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The field that is missing, of the wrong length or out of range.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    #[error("no version in common")]
    Version,
    #[error("not on this connection, or not yet")]
    NotHere,
    /// What does not verify.
    #[error("{0} does not verify")]
    Unauthenticated(&'static str),
    #[error("not opened in time")]
    TooLate,
    #[error("prove a newer epoch")]
    ProveEpoch,
    #[error("no such log")]
    NoSuchLog,
    #[error("no such user")]
    NoSuchUser,
    #[error("the name is taken")]
    NameTaken,
    #[error("not a usable name")]
    BadName,
    /// What is too large, and the limit in bytes.
    #[error("{0} is over {1} bytes")]
    TooLarge(&'static str, usize),
    /// What there are too many of, and the limit.
    #[error("more than {1} {0}")]
    TooMany(&'static str, usize),
    /// Milliseconds until it may be retried.
    #[error("not before {0} ms")]
    RateLimited(u32),
    /// Milliseconds until it may be retried.
    #[error("busy for {0} ms")]
    Busy(u32),
    #[error("no such blob")]
    NoSuchBlob,
    #[error("a log of this id exists")]
    LogExists,
    /// A submission that is answered with `refused`, and why.
    #[error("{0}")]
    Declined(&'static str),
    #[error("internal")]
    Internal,
}

impl Refusal {
    /// Too many requests in flight: retry soon.
    pub(crate) fn busy() -> Self {
        Self::Busy(BUSY_RETRY_MS)
    }

    /// Whether the request cost a check and no correct client would have sent it.
    pub(crate) fn is_fault(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Unauthenticated(_))
    }

    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) | Self::Declined(_) => ErrorCode::Malformed,
            Self::Version => ErrorCode::Version,
            Self::NotHere => ErrorCode::NotHere,
            Self::Unauthenticated(_) | Self::TooLate => ErrorCode::Unauthenticated,
            Self::ProveEpoch => ErrorCode::ProveEpoch,
            Self::NoSuchLog => ErrorCode::NoSuchLog,
            Self::NoSuchUser => ErrorCode::NoSuchUser,
            Self::NameTaken => ErrorCode::NameTaken,
            Self::BadName => ErrorCode::BadName,
            Self::TooLarge(..) => ErrorCode::TooLarge,
            Self::TooMany(..) => ErrorCode::TooMany,
            Self::RateLimited(_) => ErrorCode::RateLimited,
            Self::Busy(_) => ErrorCode::Busy,
            Self::NoSuchBlob => ErrorCode::NoSuchBlob,
            Self::LogExists => ErrorCode::LogExists,
            Self::Internal => ErrorCode::Internal,
        }
    }

    /// The frame's body.
    pub(crate) fn to_wire(&self) -> wire::Error {
        let retry_after_ms = match self {
            Self::RateLimited(ms) | Self::Busy(ms) => *ms,
            _ => 0,
        };
        let limit = match self {
            Self::TooLarge(_, limit) | Self::TooMany(_, limit) => *limit as u64,
            _ => 0,
        };
        wire::Error { code: self.code().into(), detail: self.to_string(), retry_after_ms, limit }
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Refused(refusal) => refusal,
            StorageError::Busy => Self::busy(),
            StorageError::Full => Self::Busy(FULL_RETRY_MS),
            StorageError::Failed(error) => {
                tracing::error!(%error, "storage failed");
                Self::Internal
            }
        }
    }
}
