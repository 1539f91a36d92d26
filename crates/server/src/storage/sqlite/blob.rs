//! Blobs in SQLite.

use bytes::Bytes;
use conclave_protocol::Timestamp;
use rusqlite::{MAIN_DB, OptionalExtension, params};

use super::{SqliteTables, count, int};
use crate::storage::{BlobTables, Expiry, Step, StorageError, Trimmed};

impl BlobTables for SqliteTables<'_> {
    fn put_blob(&self, id: &[u8; 16], at: Timestamp, data: &[u8]) -> Result<bool, StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_blob (blob, at_ms, data) VALUES (?1, ?2, ?3) ON CONFLICT (blob) DO NOTHING",
        )?;
        self.room.spend(data.len());
        Ok(q.execute(params![id, int(at.0), data])? > 0)
    }

    fn blob(&self, id: &[u8; 16]) -> Result<Option<Bytes>, StorageError> {
        let mut q = self.db.prepare_cached("SELECT id FROM delivery_blob WHERE blob = ?1")?;
        let Some(row) = q.query_row([id], |row| row.get(0)).optional()? else { return Ok(None) };
        // Read directly: SQLite would hold a second copy of all of it.
        let kept = self.db.blob_open(MAIN_DB, "delivery_blob", "data", row, true)?;
        let mut data = vec![0; kept.len()];
        kept.read_at_exact(&mut data, 0)?;
        Ok(Some(data.into()))
    }

    fn trim_blobs(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError> {
        // Those stored while the clock was ahead count as stored now.
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_blob SET at_ms = ?2 WHERE id IN
             (SELECT id FROM delivery_blob WHERE at_ms > ?1 LIMIT ?3)",
        )?;
        q.execute(params![int(time.ahead().0), int(time.now.0), count(step.rows)])?;
        let mut q = self.db.prepare_cached(
            "SELECT id, length(data) FROM delivery_blob WHERE at_ms < ?1 ORDER BY at_ms, id LIMIT ?2",
        )?;
        let found =
            q.query_map(params![int(time.before.0), count(step.rows)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let within = step.within(found)?;
        let mut q = self.db.prepare_cached("DELETE FROM delivery_blob WHERE id = ?1")?;
        for id in &within {
            q.execute([id])?;
        }
        Ok(if within.is_empty() { Trimmed::Nothing } else { Trimmed::Some })
    }
}
