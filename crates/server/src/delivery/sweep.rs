//! Deletes what is past its retention.

use conclave_protocol::Timestamp;

use crate::limits::Limits;
use crate::storage::{StorageError, Tables};

/// Rows of a kind deleted in one go, so that others wait for a moment only.
const ROWS_MAX: usize = 1_000;

/// Deletes some of what has expired; true where there may be more.
pub(crate) fn sweep(tables: &dyn Tables, limits: &Limits, now: Timestamp) -> Result<bool, StorageError> {
    let before = |kept: std::time::Duration| {
        Timestamp(now.0.saturating_sub(u64::try_from(kept.as_millis()).unwrap_or(u64::MAX)))
    };
    let entries = tables.trim_logs(before(limits.log_retention), ROWS_MAX)?;
    let blobs = tables.trim_blobs(before(limits.blob_retention), ROWS_MAX)?;
    let key_packages = tables.trim_key_packages(now, ROWS_MAX)?;
    Ok([entries, blobs, key_packages].contains(&ROWS_MAX))
}
