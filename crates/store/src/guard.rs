//! A panic in a caller's closure is that closure's fault alone: the thread that runs the store continues.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// Runs a closure of a caller; a panic in it becomes [`Error::Panicked`]. The caller of this rolls back what it had
/// written, so nothing half-done is seen afterwards.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::Panicked))
}
