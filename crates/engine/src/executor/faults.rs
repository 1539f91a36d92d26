//! Faults that a test injects into the store of one profile. The app has none.

use std::fmt;

use conclave_store::{DiskFault, Error};

/// A kind of access to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreAccess {
    /// A read transaction.
    Read,
    /// A write transaction, or a part of one.
    Write,
}

/// How an access fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreTrouble {
    /// The database is locked.
    Busy,
    /// It takes too long.
    TooSlow,
    /// No space is left.
    DiskFull,
    /// The closure panics once its work is done, within the transaction.
    Panic,
    /// A write becomes durable, but its caller gets an error. A read is too slow.
    AnswerLost,
}

/// Decides for each access of one profile whether it fails.
pub trait StoreFaults: Send + Sync + fmt::Debug {
    /// How the next access fails; none if it succeeds.
    fn next(&self, access: StoreAccess) -> Option<StoreTrouble>;
}

impl StoreTrouble {
    /// Runs an access, and makes it fail this way.
    pub(super) fn inject<T>(
        trouble: Option<Self>,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        match trouble {
            None | Some(Self::AnswerLost) => work(),
            Some(Self::Busy) => Err(Error::Busy),
            Some(Self::TooSlow) => Err(Error::TooSlow),
            Some(Self::DiskFull) => Err(Error::Disk(DiskFault::Full)),
            Some(Self::Panic) => {
                let done = work();
                panic!("injected by a test, after {}", if done.is_ok() { "success" } else { "failure" });
            }
        }
    }
}
