//! A panic in a caller's closure is a fault of that closure alone: who runs the store's work goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// Runs a closure of a caller; a panic in it is [`Error::Panicked`]. What it had written is for whoever calls this to
/// roll back, so nothing half-done is seen afterwards.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::Panicked))
}
