//! What a test lets go wrong in the store of one profile. In the app nothing is given here, and nothing is asked.

use std::fmt;

use conclave_store::{DiskFault, Error};

/// What is about to be done with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreAccess {
    /// A read transaction.
    Read,
    /// A write transaction, or a part of one.
    Write,
}

/// How one access goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreTrouble {
    /// The database is in use by somebody else.
    Busy,
    /// It takes too long.
    TooSlow,
    /// There is no room left.
    DiskFull,
    /// The closure panics once its work is done, within the transaction.
    Panic,
    /// A write becomes durable, and who asked for it is told that it failed. A read is too slow.
    AnswerLost,
}

/// Decides for each access of one profile whether it goes wrong.
pub trait StoreFaults: Send + Sync + fmt::Debug {
    /// The next access's trouble, if it has any.
    fn next(&self, access: StoreAccess) -> Option<StoreTrouble>;
}

impl StoreTrouble {
    /// Runs the work of an access in this trouble.
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
                panic!("asked for by a test, after {}", if done.is_ok() { "success" } else { "failure" });
            }
        }
    }
}
