//! Deletes what has expired, a little in each step, since others wait for the writer meanwhile.

use std::time::Duration;

use conclave_protocol::Timestamp;

use crate::limits::Limits;
use crate::storage::{Expiry, Step, StorageError, Tables, Trimmed};

/// What one step deletes of each kind. Freed pages are overwritten: 4 MiB take some tens of milliseconds.
const STEP: Step = Step { rows: 500, bytes: 4 << 20 };

/// Deletes some of what has expired; true if there may be more.
pub(crate) fn sweep(tables: &dyn Tables, limits: &Limits, now: Timestamp) -> Result<bool, StorageError> {
    let expiry = |kept: Duration| Expiry::of(now, u64::try_from(kept.as_millis()).unwrap_or(u64::MAX));
    let trimmed = [
        tables.trim_logs(expiry(limits.log_retention), STEP)?,
        tables.trim_empty_logs(expiry(limits.idle_retention), STEP)?,
        tables.trim_inboxes(expiry(limits.idle_retention), STEP)?,
        tables.trim_blobs(expiry(limits.blob_retention), STEP)?,
        tables.trim_key_packages(now, STEP.rows)?,
    ];
    Ok(trimmed.contains(&Trimmed::Some))
}
