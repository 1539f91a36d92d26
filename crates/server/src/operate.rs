//! What an operator does with a data folder beside serving it: sees what takes up room, deletes a log, frees a name,
//! makes a backup. Never content: that is encrypted by those who wrote it.

use std::path::Path;

use conclave_protocol::{GroupId, Handle};

use crate::service::{OpenError, folder_beside_a_server, folder_for_itself};
use crate::storage::{Step, Tables, Trimmed, operating};

/// Rows and bytes deleted in one transaction.
const STEP: Step = Step { rows: 1_000, bytes: 16 << 20 };

/// A group's log, by what it takes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogUsage {
    /// The log's id.
    pub log: GroupId,
    /// Entries that are kept.
    pub entries: u64,
    /// Their bytes, each with its overhead in the database.
    pub bytes: u64,
    /// When the oldest of them was stored, milliseconds since the Unix epoch; none without entries.
    pub oldest_ms: Option<u64>,
    /// When the newest was.
    pub newest_ms: u64,
}

/// A name, by what it takes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUsage {
    /// The name.
    pub name: String,
    /// Devices with key packages.
    pub devices: u64,
    /// Bytes of their key packages.
    pub bytes: u64,
}

/// Logs, the largest first, at most `most`. A server may be running.
///
/// # Errors
/// As [`OpenError`] says.
pub fn logs(folder: &Path, most: usize) -> Result<Vec<LogUsage>, OpenError> {
    Ok(operating::look(&folder_beside_a_server(folder)?, |tables| tables.logs_by_size(most))?)
}

/// Names in their order, at most `most` after one. A server may be running.
///
/// # Errors
/// As [`OpenError`] says.
pub fn accounts(folder: &Path, after: Option<&Handle>, most: usize) -> Result<Vec<AccountUsage>, OpenError> {
    let after = after.cloned();
    Ok(operating::look(&folder_beside_a_server(folder)?, |tables| {
        tables.accounts_after(after.as_ref(), most)
    })?)
}

/// Deletes a log with all that it holds; false where there is none. Its members are told that there is no such log.
///
/// # Errors
/// As [`OpenError`] says; [`OpenError::InUse`] while a server runs.
pub fn delete_log(folder: &Path, log: &GroupId) -> Result<bool, OpenError> {
    let place = folder_for_itself(folder)?;
    let mut found = false;
    // Each step takes at least one row, and the log goes with its last one.
    while operating::change(&place, |tables| tables.delete_log(log, STEP))? == Trimmed::Some {
        found = true;
    }
    Ok(found)
}

/// Frees a name: whoever enrols it next has it, with another key, and the devices of the former one lose their key
/// packages and inboxes. False where there is none.
///
/// # Errors
/// As [`OpenError`] says; [`OpenError::InUse`] while a server runs.
pub fn free_name(folder: &Path, name: &Handle) -> Result<bool, OpenError> {
    let place = folder_for_itself(folder)?;
    let free = |tables: &dyn Tables| {
        let domain = tables.setting("domain")?.unwrap_or_default();
        tables.free_name(&domain, name)
    };
    Ok(operating::change(&place, free)?)
}

/// Writes a copy of the database, as it is at one moment, to a file that is not there yet; encrypted under the same key.
/// The keys are not in it. A server may be running.
///
/// # Errors
/// As [`OpenError`] says.
pub fn backup(folder: &Path, target: &Path) -> Result<(), OpenError> {
    Ok(operating::copy(&folder_beside_a_server(folder)?, target)?)
}
