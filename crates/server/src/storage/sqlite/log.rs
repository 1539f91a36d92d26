//! Group logs in SQLite.

use bytes::Bytes;
use conclave_protocol::wire::EntryKind;
use conclave_protocol::{CommitHash, Epoch, GroupId, Seq, SubmissionId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::{SqliteTables, count, fixed, int, uint};
use crate::storage::{LogTables, Page, StorageError, StoredEntry, StoredEpoch, StoredLog, StoredSubmission};

fn log_of(row: &Row<'_>) -> rusqlite::Result<StoredLog> {
    Ok(StoredLog {
        row: row.get(0)?,
        epoch: Epoch(uint(row.get(1)?)),
        head: Seq(uint(row.get(2)?)),
        at: Timestamp(uint(row.get(3)?)),
        fence: Epoch(uint(row.get(4)?)),
        trimmed: Seq(uint(row.get(5)?)),
    })
}

fn epoch_of(row: &Row<'_>) -> rusqlite::Result<StoredEpoch> {
    let parent: Vec<u8> = row.get(2)?;
    Ok(StoredEpoch {
        epoch: Epoch(uint(row.get(0)?)),
        access_key: fixed(row, 1)?,
        parent: CommitHash::try_from(parent.as_slice()).ok(),
        begun: Seq(uint(row.get(3)?)),
    })
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
    let kind: i32 = row.get(2)?;
    Ok(StoredEntry {
        seq: Seq(uint(row.get(0)?)),
        at: Timestamp(uint(row.get(1)?)),
        kind: EntryKind::try_from(kind).unwrap_or(EntryKind::Unspecified),
        body: Bytes::from(row.get::<_, Vec<u8>>(3)?),
    })
}

fn parent_bytes(epoch: &StoredEpoch) -> &[u8] {
    epoch.parent.as_ref().map_or(&[], |hash| hash.as_bytes().as_slice())
}

impl LogTables for SqliteTables<'_> {
    fn log(&self, log: &GroupId) -> Result<Option<StoredLog>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT id, epoch, head, at_ms, fence, trimmed FROM delivery_log WHERE log = ?1",
        )?;
        Ok(q.query_row([log.as_bytes()], log_of).optional()?)
    }

    fn create_log(&self, log: &GroupId, access_key: &[u8; 32]) -> Result<StoredLog, StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_log (log, epoch, head, at_ms, fence, trimmed) VALUES (?1, 0, 0, 0, 0, 0)",
        )?;
        let row = q.insert([log.as_bytes()])?;
        let made = StoredLog {
            row,
            epoch: Epoch(0),
            head: Seq(0),
            at: Timestamp(0),
            fence: Epoch(0),
            trimmed: Seq(0),
        };
        let first = StoredEpoch { epoch: Epoch(0), access_key: *access_key, parent: None, begun: Seq(0) };
        self.insert_epoch(row, &first)?;
        Ok(made)
    }

    fn epoch(&self, log: i64, epoch: Epoch) -> Result<Option<StoredEpoch>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT epoch, access_key, parent, begun FROM delivery_epoch WHERE log = ?1 AND epoch = ?2",
        )?;
        Ok(q.query_row(params![log, int(epoch.0)], epoch_of).optional()?)
    }

    fn boundary(&self, log: i64, from: Epoch) -> Result<Option<Seq>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT ended FROM delivery_epoch WHERE log = ?1 AND epoch >= ?2 AND revoked = 1
             ORDER BY epoch LIMIT 1",
        )?;
        let ended = q.query_row(params![log, int(from.0)], |row| row.get::<_, i64>(0)).optional()?;
        Ok(ended.map(|seq| Seq(uint(seq))))
    }

    fn begin_epoch(&self, log: &StoredLog, next: &StoredEpoch, revokes: bool) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_epoch SET ended = ?3, revoked = ?4 WHERE log = ?1 AND epoch = ?2",
        )?;
        q.execute(params![log.row, int(log.epoch.0), int(next.begun.0), revokes])?;
        self.insert_epoch(log.row, next)?;
        let mut q = self.db.prepare_cached("UPDATE delivery_log SET epoch = ?2 WHERE id = ?1")?;
        q.execute(params![log.row, int(next.epoch.0)])?;
        Ok(())
    }

    fn set_fence(&self, log: i64, fence: Epoch) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached("UPDATE delivery_log SET fence = ?2 WHERE id = ?1")?;
        q.execute(params![log, int(fence.0)])?;
        Ok(())
    }

    fn append(&self, log: i64, entry: &StoredEntry) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_entry (log, seq, at_ms, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let (seq, at) = (int(entry.seq.0), int(entry.at.0));
        q.execute(params![log, seq, at, entry.kind as i32, entry.body.as_ref()])?;
        let mut q = self.db.prepare_cached("UPDATE delivery_log SET head = ?2, at_ms = ?3 WHERE id = ?1")?;
        q.execute(params![log, seq, at])?;
        Ok(())
    }

    fn entries(&self, log: i64, page: Page) -> Result<Vec<StoredEntry>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT seq, at_ms, kind, body FROM delivery_entry
             WHERE log = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4",
        )?;
        let range = params![log, int(page.after.0), int(page.upto.0), count(page.entries)];
        let mut rows = q.query(range)?;
        let mut entries = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let entry = entry_of(row)?;
            bytes += entry.body.len();
            if bytes > page.bytes && !entries.is_empty() {
                break;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn submission(&self, log: i64, id: &SubmissionId) -> Result<Option<StoredSubmission>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT epoch, digest, seq FROM delivery_submission WHERE log = ?1 AND submission = ?2",
        )?;
        let found = q.query_row(params![log, id.as_bytes()], |row| {
            let epoch = Epoch(uint(row.get(0)?));
            Ok(StoredSubmission { id: *id, epoch, digest: fixed(row, 1)?, seq: Seq(uint(row.get(2)?)) })
        });
        Ok(found.optional()?)
    }

    fn remember(&self, log: i64, submission: &StoredSubmission) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_submission (log, submission, epoch, digest, seq) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let StoredSubmission { id, epoch, digest, seq } = submission;
        q.execute(params![log, id.as_bytes(), int(epoch.0), digest, int(seq.0)])?;
        Ok(())
    }

    fn forget(&self, log: i64, before: Epoch) -> Result<(), StorageError> {
        let mut q =
            self.db.prepare_cached("DELETE FROM delivery_submission WHERE log = ?1 AND epoch < ?2")?;
        q.execute(params![log, int(before.0)])?;
        Ok(())
    }

    fn trim_logs(&self, before: Timestamp, limit: usize) -> Result<usize, StorageError> {
        // Rows are numbered as they come, so the oldest are the first: no index over all stamps is needed.
        let mut q = self.db.prepare_cached(
            "DELETE FROM delivery_entry
             WHERE id IN (SELECT id FROM delivery_entry ORDER BY id LIMIT ?2) AND at_ms < ?1
             RETURNING log, seq",
        )?;
        let deleted = q
            .query_map(params![int(before.0), count(limit)], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, i64)>, _>>()?;
        let mut trimmed =
            self.db.prepare_cached("UPDATE delivery_log SET trimmed = ?2 WHERE id = ?1 AND trimmed < ?2")?;
        let mut epochs =
            self.db.prepare_cached("DELETE FROM delivery_epoch WHERE log = ?1 AND ended <= ?2")?;
        for (log, seq) in &deleted {
            if trimmed.execute(params![log, seq])? > 0 {
                epochs.execute(params![log, seq])?;
            }
        }
        Ok(deleted.len())
    }
}

impl SqliteTables<'_> {
    fn insert_epoch(&self, log: i64, new: &StoredEpoch) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_epoch (log, epoch, parent, access_key, begun, ended, revoked)
             VALUES (?1, ?2, ?3, ?4, ?5, NULL, 0)",
        )?;
        let parent = parent_bytes(new);
        q.execute(params![log, int(new.epoch.0), parent, new.access_key, int(new.begun.0)])?;
        Ok(())
    }
}
