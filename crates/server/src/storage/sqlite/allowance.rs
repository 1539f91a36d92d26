//! Allowances in SQLite.

use conclave_protocol::Timestamp;
use rusqlite::params;

use super::{SqliteTables, count, fixed, int, uint};
use crate::storage::{AllowanceTables, AllowanceTag, StorageError, StoredAllowance};

/// Rows deleted per row written, and a few more: the table does not grow beyond what is in use.
const DELETED_FOR_EACH: usize = 2;

impl AllowanceTables for SqliteTables<'_> {
    fn allowances(&self, most: usize) -> Result<Vec<StoredAllowance>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT kind, tag, full_at_s FROM delivery_allowance ORDER BY full_at_s DESC LIMIT ?1",
        )?;
        let rows = q.query_map([count(most)], |row| {
            let tag = AllowanceTag { kind: row.get(0)?, tag: fixed(row, 1)? };
            Ok(StoredAllowance { tag, full_at: Timestamp(uint(row.get(2)?).saturating_mul(1000)) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn put_allowances(&self, changed: &[StoredAllowance], now: Timestamp) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_allowance (kind, tag, full_at_s) VALUES (?1, ?2, ?3)
             ON CONFLICT (kind, tag) DO UPDATE SET full_at_s = ?3",
        )?;
        for StoredAllowance { tag, full_at } in changed {
            q.execute(params![tag.kind, tag.tag, int(full_at.seconds())])?;
        }
        let mut q = self.db.prepare_cached(
            "DELETE FROM delivery_allowance WHERE id IN
             (SELECT id FROM delivery_allowance WHERE full_at_s < ?1 ORDER BY full_at_s LIMIT ?2)",
        )?;
        q.execute(params![int(now.seconds()), count((changed.len() + 1) * DELETED_FOR_EACH)])?;
        Ok(())
    }
}
