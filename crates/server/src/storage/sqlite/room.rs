//! How much may still be stored, limited by the database's size and the disk.

use std::cell::Cell;
use std::path::PathBuf;

use rusqlite::Connection;

use super::open::{PAGE_BYTES, Place};
use super::{StorageError, uint};

/// One writer's estimate of its room. Queried once per transaction, and counted down from there.
#[derive(Debug)]
pub(super) struct Room {
    bytes_max: u64,
    /// None in memory.
    path: Option<PathBuf>,
    left: Cell<Option<u64>>,
}

impl Room {
    pub(super) fn new(place: &Place, bytes_max: u64) -> Self {
        let path = match place {
            Place::File { path, .. } => Some(path.clone()),
            Place::Memory => None,
        };
        Self { bytes_max, path, left: Cell::new(None) }
    }

    /// A transaction starts: the estimate may be outdated.
    pub(super) fn forget(&self) {
        self.left.set(None);
    }

    /// Bytes left.
    pub(super) fn left(&self, db: &Connection) -> Result<u64, StorageError> {
        if let Some(left) = self.left.get() {
            return Ok(left);
        }
        let pages = |pragma: &str| db.prepare_cached(pragma)?.query_row([], |row| row.get::<_, i64>(0));
        let used = uint(pages("PRAGMA page_count")?.saturating_sub(pages("PRAGMA freelist_count")?));
        let of_database = self.bytes_max.saturating_sub(used * PAGE_BYTES);
        let left = of_database.min(self.of_disk());
        self.left.set(Some(left));
        Ok(left)
    }

    /// This much was written.
    pub(super) fn spend(&self, bytes: usize) {
        if let Some(left) = self.left.get() {
            self.left.set(Some(left.saturating_sub(bytes as u64)));
        }
    }

    /// Free space on the disk; no limit if unknown.
    #[cfg(unix)]
    fn of_disk(&self) -> u64 {
        let Some(path) = &self.path else { return u64::MAX };
        rustix::fs::statvfs(path).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    #[cfg(not(unix))]
    fn of_disk(&self) -> u64 {
        u64::MAX
    }
}
