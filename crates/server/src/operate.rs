//! What an operator does with a data folder besides serving it: find what uses space, delete a log, free a name, make a
//! backup. Never content: that is encrypted by its authors.

use std::path::Path;

use conclave_protocol::{GroupId, Handle};

use crate::service::{OpenError, folder_beside_a_server, folder_for_itself};
use crate::storage::{Step, Tables, Trimmed, operating};

/// Rows and bytes deleted in one transaction.
const STEP: Step = Step { rows: 1_000, bytes: 16 << 20 };

/// The space that a group's log uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogUsage {
    /// The log's id.
    pub log: GroupId,
    /// Entries stored.
    pub entries: u64,
    /// Their bytes, each with its overhead in the database.
    pub bytes: u64,
    /// When the oldest of them was stored, in milliseconds since the Unix epoch; none without entries.
    pub oldest_ms: Option<u64>,
    /// When the newest was.
    pub newest_ms: u64,
}

/// The space that a name uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUsage {
    /// The name.
    pub name: String,
    /// Devices with key packages.
    pub devices: u64,
    /// Bytes of their key packages.
    pub bytes: u64,
}

/// At most `most` logs, the largest first. A server may be running.
///
/// # Errors
/// As [`OpenError`] says.
pub fn logs(folder: &Path, most: usize) -> Result<Vec<LogUsage>, OpenError> {
    Ok(operating::look(&folder_beside_a_server(folder)?, |tables| tables.logs_by_size(most))?)
}

/// At most `most` names in order, after a given one. A server may be running.
///
/// # Errors
/// As [`OpenError`] says.
pub fn accounts(folder: &Path, after: Option<&Handle>, most: usize) -> Result<Vec<AccountUsage>, OpenError> {
    let after = after.cloned();
    Ok(operating::look(&folder_beside_a_server(folder)?, |tables| {
        tables.accounts_after(after.as_ref(), most)
    })?)
}

/// Deletes a log with everything in it; false if there is none. Its members get `NO_SUCH_LOG`.
///
/// # Errors
/// As [`OpenError`] says; [`OpenError::InUse`] while a server runs.
pub fn delete_log(folder: &Path, log: &GroupId) -> Result<bool, OpenError> {
    let place = folder_for_itself(folder)?;
    let mut found = false;
    // Each step deletes at least one row, and the log goes with its last one.
    while operating::change(&place, |tables| tables.delete_log(log, STEP))? == Trimmed::Some {
        found = true;
    }
    Ok(found)
}

/// Frees a name: the next to enrol it gets it, with another key; the previous owner's devices lose their key packages
/// and inboxes. False if there is no such name.
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

/// Writes a consistent copy of the database to a file that must not exist yet, encrypted under the same key. The keys
/// are not in it. A server may be running.
///
/// # Errors
/// As [`OpenError`] says.
pub fn backup(folder: &Path, target: &Path) -> Result<(), OpenError> {
    Ok(operating::copy(&folder_beside_a_server(folder)?, target)?)
}
