//! Group logs in SQLite.

use bytes::Bytes;
use conclave_protocol::wire::EntryKind;
use conclave_protocol::{CommitHash, Epoch, GroupId, Seq, SubmissionId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::{SqliteTables, count, fixed, int, uint};
use crate::storage::{
    ENTRY_OVERHEAD_BYTES, Expiry, LogTables, NewEntry, Page, Step, StorageError, StoredEntry, StoredEpoch,
    StoredLog, Trimmed,
};

fn log_of(row: &Row<'_>) -> rusqlite::Result<StoredLog> {
    Ok(StoredLog {
        row: row.get(0)?,
        epoch: Epoch(uint(row.get(1)?)),
        head: Seq(uint(row.get(2)?)),
        at: Timestamp(uint(row.get(3)?)),
        fence: Epoch(uint(row.get(4)?)),
        trimmed: Seq(uint(row.get(5)?)),
        bytes: uint(row.get(6)?),
    })
}

/// An epoch from four columns, starting at `first`.
fn epoch_at(row: &Row<'_>, first: usize) -> rusqlite::Result<StoredEpoch> {
    let parent: Vec<u8> = row.get(first + 2)?;
    Ok(StoredEpoch {
        epoch: Epoch(uint(row.get(first)?)),
        access_key: fixed(row, first + 1)?,
        parent: CommitHash::try_from(parent.as_slice()).ok(),
        begun: Seq(uint(row.get(first + 3)?)),
    })
}

/// The columns of a log and of one of its epochs, if there.
fn log_in_of(row: &Row<'_>) -> rusqlite::Result<(StoredLog, Option<StoredEpoch>)> {
    let epoch = match row.get::<_, Option<i64>>(7)? {
        Some(_) => Some(epoch_at(row, 7)?),
        None => None,
    };
    Ok((log_of(row)?, epoch))
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
            "SELECT id, epoch, head, at_ms, fence, trimmed, bytes FROM delivery_log WHERE log = ?1",
        )?;
        Ok(q.query_row([log.as_bytes()], log_of).optional()?)
    }

    fn create_log(&self, log: &GroupId, access_key: &[u8; 32]) -> Result<StoredLog, StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_log (log, epoch, head, at_ms, fence, trimmed) VALUES (?1, 0, 0, 0, 0, 0)",
        )?;
        let row = q.insert([log.as_bytes()])?;
        let made = StoredLog { row, ..StoredLog::TO_BE_MADE };
        let first = StoredEpoch { epoch: Epoch(0), access_key: *access_key, parent: None, begun: Seq(0) };
        self.insert_epoch(row, &first)?;
        Ok(made)
    }

    fn log_in(
        &self,
        log: &GroupId,
        epoch: Epoch,
    ) -> Result<Option<(StoredLog, Option<StoredEpoch>)>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT l.id, l.epoch, l.head, l.at_ms, l.fence, l.trimmed, l.bytes,
                    e.epoch, e.access_key, e.parent, e.begun
             FROM delivery_log l LEFT JOIN delivery_epoch e ON e.log = l.id AND e.epoch = ?2 WHERE l.log = ?1",
        )?;
        Ok(q.query_row(params![log.as_bytes(), int(epoch.0)], log_in_of).optional()?)
    }

    fn epoch(&self, log: i64, epoch: Epoch) -> Result<Option<StoredEpoch>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT epoch, access_key, parent, begun FROM delivery_epoch WHERE log = ?1 AND epoch = ?2",
        )?;
        Ok(q.query_row(params![log, int(epoch.0)], |row| epoch_at(row, 0)).optional()?)
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

    fn append(&self, log: &StoredLog, new: &NewEntry) -> Result<bool, StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_entry (log, seq, at_ms, kept_ms, kind, submission, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (log, submission) DO NOTHING",
        )?;
        let NewEntry { submission, kept, entry } = new;
        let (seq, at, body) = (int(entry.seq.0), int(entry.at.0), entry.body.as_ref());
        let other = (*kept != entry.at).then_some(int(kept.0));
        let row = params![log.row, seq, at, other, entry.kind as i32, submission.as_bytes(), body];
        if q.execute(row)? == 0 {
            return Ok(false);
        }
        self.room.spend(body.len());
        let bytes = int(body.len() as u64 + ENTRY_OVERHEAD_BYTES);
        if log.bytes == 0 {
            let mut q = self.db.prepare_cached(
                "UPDATE delivery_log SET head = ?2, at_ms = ?3, bytes = bytes + ?4, oldest_ms = ?5,
                 emptied_ms = NULL WHERE id = ?1",
            )?;
            q.execute(params![log.row, seq, at, bytes, int(kept.0)])?;
        } else {
            let mut q = self.db.prepare_cached(
                "UPDATE delivery_log SET head = ?2, at_ms = ?3, bytes = bytes + ?4 WHERE id = ?1",
            )?;
            q.execute(params![log.row, seq, at, bytes])?;
        }
        Ok(true)
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

    fn submitted(&self, log: i64, id: &SubmissionId) -> Result<Option<StoredEntry>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT seq, at_ms, kind, body FROM delivery_entry WHERE log = ?1 AND submission = ?2",
        )?;
        Ok(q.query_row(params![log, id.as_bytes()], entry_of).optional()?)
    }

    fn trim_logs(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError> {
        self.heal_logs(time, step)?;
        let mut q = self
            .db
            .prepare_cached("SELECT id FROM delivery_log WHERE oldest_ms < ?1 ORDER BY oldest_ms LIMIT 1")?;
        match q.query_row([int(time.before.0)], |row| row.get(0)).optional()? {
            Some(log) => self.trim_log(log, time, step).map(|()| Trimmed::Some),
            None => Ok(Trimmed::Nothing),
        }
    }

    fn trim_empty_logs(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT id FROM delivery_log WHERE emptied_ms < ?1 ORDER BY emptied_ms LIMIT 1",
        )?;
        match q.query_row([int(time.before.0)], |row| row.get(0)).optional()? {
            Some(log) => self.delete_row(log, step).map(|()| Trimmed::Some),
            None => Ok(Trimmed::Nothing),
        }
    }

    fn delete_log(&self, log: &GroupId, step: Step) -> Result<Trimmed, StorageError> {
        match self.log(log)? {
            Some(stored) => self.delete_row(stored.row, step).map(|()| Trimmed::Some),
            None => Ok(Trimmed::Nothing),
        }
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
