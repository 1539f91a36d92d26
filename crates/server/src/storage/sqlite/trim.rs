//! Deletes from group logs, in steps.
//!
//! Entries are deleted from the start of a log, and none outlives a later one. If a log's oldest time is in the future,
//! a clock was ahead: it counts as now. Such a clock delays the expiry of only that log, and only until a sweep sees
//! it.

use conclave_protocol::{Seq, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{SqliteTables, count, int, size, uint};
use crate::storage::{ENTRY_OVERHEAD_BYTES, Expiry, Step, StorageError};

/// How far a log is deleted, and what goes with it.
#[derive(Debug, Default)]
struct Cut {
    upto: Seq,
    bytes: u64,
}

impl SqliteTables<'_> {
    /// Times from a clock that was ahead become now.
    pub(super) fn heal_logs(&self, time: Expiry, step: Step) -> Result<(), StorageError> {
        let (ahead, now, rows) = (int(time.ahead().0), int(time.now.0), count(step.rows));
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_log SET oldest_ms = ?2, ahead_upto = head, ahead_ms = ?2 WHERE id IN
             (SELECT id FROM delivery_log WHERE oldest_ms > ?1 LIMIT ?3)",
        )?;
        q.execute(params![ahead, now, rows])?;
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_log SET emptied_ms = ?2 WHERE id IN
             (SELECT id FROM delivery_log WHERE emptied_ms > ?1 LIMIT ?3)",
        )?;
        q.execute(params![ahead, now, rows])?;
        Ok(())
    }

    /// Deletes the expired entries of a log whose first entry has expired.
    pub(super) fn trim_log(&self, log: i64, time: Expiry, step: Step) -> Result<(), StorageError> {
        let cut = self.cut(log, time, step)?;
        let last_kept = self.kept(log, "seq <= ?2 ORDER BY seq DESC", cut.upto)?;
        self.delete_upto(log, &cut)?;
        // If the clock was ahead, now is the best estimate of the log's own time.
        let next = self.kept(log, "seq > ?2 ORDER BY seq", cut.upto)?;
        let emptied = last_kept.map(|kept| kept.min(int(time.now.0)));
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_log SET oldest_ms = ?2, emptied_ms = CASE WHEN ?2 IS NULL THEN ?3 END WHERE id = ?1",
        )?;
        q.execute(params![log, next, emptied])?;
        Ok(())
    }

    /// The last entry of the step that has expired, or one before it; at least the first.
    fn cut(&self, log: i64, time: Expiry, step: Step) -> Result<Cut, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT e.seq, length(e.body),
                    CASE WHEN e.seq <= l.ahead_upto THEN min(coalesce(e.kept_ms, e.at_ms), l.ahead_ms)
                         ELSE coalesce(e.kept_ms, e.at_ms) END
             FROM delivery_entry e JOIN delivery_log l ON l.id = e.log
             WHERE e.log = ?1 ORDER BY e.seq LIMIT ?2",
        )?;
        let mut rows = q.query(params![log, count(step.rows)])?;
        let (mut cut, mut bytes, mut all) = (None, 0, 0);
        while let Some(row) = rows.next()? {
            let length = size(row.get(1)?);
            bytes += length;
            if bytes > step.bytes && cut.is_some() {
                break;
            }
            all += length as u64 + ENTRY_OVERHEAD_BYTES;
            let kept: i64 = row.get(2)?;
            // The log was chosen because its first entry has expired.
            if kept < int(time.before.0) || cut.is_none() {
                cut = Some(Cut { upto: Seq(uint(row.get(0)?)), bytes: all });
            }
        }
        Ok(cut.unwrap_or_default())
    }

    /// Since when an entry is kept: the first that `which` selects by sequence number.
    fn kept(&self, log: i64, which: &'static str, seq: Seq) -> Result<Option<i64>, StorageError> {
        let mut q = self.db.prepare_cached(&format!(
            "SELECT CASE WHEN e.seq <= l.ahead_upto THEN min(coalesce(e.kept_ms, e.at_ms), l.ahead_ms)
                         ELSE coalesce(e.kept_ms, e.at_ms) END
             FROM delivery_entry e JOIN delivery_log l ON l.id = e.log WHERE e.log = ?1 AND e.{which} LIMIT 1"
        ))?;
        Ok(q.query_row(params![log, int(seq.0)], |row| row.get(0)).optional()?)
    }

    fn delete_upto(&self, log: i64, cut: &Cut) -> Result<(), StorageError> {
        let upto = int(cut.upto.0);
        let mut q = self.db.prepare_cached("DELETE FROM delivery_entry WHERE log = ?1 AND seq <= ?2")?;
        q.execute(params![log, upto])?;
        let mut q = self.db.prepare_cached("DELETE FROM delivery_epoch WHERE log = ?1 AND ended <= ?2")?;
        q.execute(params![log, upto])?;
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_log SET trimmed = max(trimmed, ?2), bytes = max(bytes - ?3, 0) WHERE id = ?1",
        )?;
        q.execute(params![log, upto, int(cut.bytes)])?;
        Ok(())
    }

    /// Deletes part of a log regardless of age, and the log itself once nothing else is left.
    pub(super) fn delete_row(&self, log: i64, step: Step) -> Result<(), StorageError> {
        let everything = Expiry { now: Timestamp(u64::MAX), before: Timestamp(u64::MAX) };
        let cut = self.cut(log, everything, step)?;
        if cut.upto > Seq(0) {
            return self.delete_upto(log, &cut);
        }
        let mut q = self.db.prepare_cached(
            "DELETE FROM delivery_epoch WHERE id IN (SELECT id FROM delivery_epoch WHERE log = ?1 LIMIT ?2)",
        )?;
        if q.execute(params![log, count(step.rows)])? == 0 {
            self.db.prepare_cached("DELETE FROM delivery_log WHERE id = ?1")?.execute([log])?;
        }
        Ok(())
    }
}
