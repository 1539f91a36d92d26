//! Why a call to a service has no answer.

use conclave_protocol::link::ConnectError;
use conclave_protocol::wire::{self, ErrorCode};

/// Why a call to a service has no answer, or a negative one, and what the caller may do then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// No connection, or it was lost before the answer. The request may have been carried out: send the same bytes
    /// again.
    #[error("the service can't be reached")]
    Unreachable,
    /// The host can't be found. This may pass: without a network no name is found.
    #[error("no host of this name is found")]
    NoSuchHost,
    /// It answers with another key or domain than the pinned ones. Send it nothing.
    #[error("the service is not the one that was pinned")]
    WrongService,
    /// The address, certificate or protocol rule it out; trying again won't help.
    #[error(transparent)]
    Unusable(ConnectError),
    /// Its answer does not fit the protocol.
    #[error("the service's answer does not fit the protocol")]
    BadAnswer,
    /// It asks to slow down.
    #[error("the service asks to wait {retry_after_ms} ms")]
    Busy {
        /// Not before this many milliseconds.
        retry_after_ms: u32,
    },
    /// The proof does not open this part of the log: prove a newer epoch.
    #[error("a newer epoch must be proved")]
    ProveEpoch,
    /// There is no such log.
    #[error("no such log")]
    NoSuchLog,
    /// A log of this id exists already.
    #[error("a log of this id exists")]
    LogExists,
    /// There is no user of this name.
    #[error("no such user")]
    NoSuchUser,
    /// The name belongs to another key.
    #[error("the name is taken")]
    NameTaken,
    /// The name is not of the form that is needed.
    #[error("not a usable name")]
    BadName,
    /// There is no blob of this id.
    #[error("no such blob")]
    NoSuchBlob,
    /// The certificate or key was revoked.
    #[error("revoked")]
    Revoked,
    /// Too large or too many; the limit.
    #[error("over the limit of {limit}")]
    OverLimit {
        /// What the service takes at most.
        limit: u64,
    },
    /// It does not accept the proof: the key is not the one that it knows.
    #[error("the service does not take the proof: {0}")]
    Unauthenticated(String),
    /// It refused, because of a fault on this side.
    #[error("the service refused: {0}")]
    Refused(String),
}

impl ServiceError {
    /// Whether the same request may be sent again later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable | Self::NoSuchHost | Self::Busy { .. })
    }

    /// The least delay before a retry, in milliseconds; 0 where the service asks for none.
    #[must_use]
    pub fn wait_ms(&self) -> u64 {
        match self {
            Self::Busy { retry_after_ms } => u64::from(*retry_after_ms),
            _ => 0,
        }
    }
}

impl From<ConnectError> for ServiceError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Unreachable => Self::Unreachable,
            ConnectError::NoSuchHost => Self::NoSuchHost,
            other => Self::Unusable(other),
        }
    }
}

impl From<wire::Error> for ServiceError {
    fn from(error: wire::Error) -> Self {
        match error.code() {
            ErrorCode::ProveEpoch => Self::ProveEpoch,
            ErrorCode::NoSuchLog => Self::NoSuchLog,
            ErrorCode::LogExists => Self::LogExists,
            ErrorCode::NoSuchUser => Self::NoSuchUser,
            ErrorCode::NameTaken => Self::NameTaken,
            ErrorCode::BadName => Self::BadName,
            ErrorCode::NoSuchBlob => Self::NoSuchBlob,
            ErrorCode::Revoked => Self::Revoked,
            ErrorCode::RateLimited | ErrorCode::Busy => Self::Busy { retry_after_ms: error.retry_after_ms },
            ErrorCode::Internal => Self::Busy { retry_after_ms: error.retry_after_ms.max(1000) },
            ErrorCode::TooLarge | ErrorCode::TooMany => Self::OverLimit { limit: error.limit },
            ErrorCode::Unauthenticated => Self::Unauthenticated(printable(&error.detail)),
            ErrorCode::Unspecified | ErrorCode::Malformed | ErrorCode::Version | ErrorCode::NotHere => {
                Self::Refused(format!("{:?}: {}", error.code(), printable(&error.detail)))
            }
        }
    }
}

/// The service's text as it may go to logs: short, and without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}
