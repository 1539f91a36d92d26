//! Blobs in SQLite.

use bytes::Bytes;
use conclave_protocol::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{SqliteTables, count, int};
use crate::storage::{BlobTables, StorageError};

impl BlobTables for SqliteTables<'_> {
    fn put_blob(&self, id: &[u8; 16], at: Timestamp, data: &[u8]) -> Result<bool, StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_blob (blob, at_ms, data) VALUES (?1, ?2, ?3) ON CONFLICT (blob) DO NOTHING",
        )?;
        Ok(q.execute(params![id, int(at.0), data])? > 0)
    }

    fn blob(&self, id: &[u8; 16]) -> Result<Option<Bytes>, StorageError> {
        let mut q = self.db.prepare_cached("SELECT data FROM delivery_blob WHERE blob = ?1")?;
        Ok(q.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional()?.map(Bytes::from))
    }

    fn trim_blobs(&self, before: Timestamp, limit: usize) -> Result<usize, StorageError> {
        // Rows are numbered as they come, so the oldest are the first.
        let mut q = self.db.prepare_cached(
            "DELETE FROM delivery_blob
             WHERE id IN (SELECT id FROM delivery_blob ORDER BY id LIMIT ?2) AND at_ms < ?1",
        )?;
        Ok(q.execute(params![int(before.0), count(limit)])?)
    }
}
