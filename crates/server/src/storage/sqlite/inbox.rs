//! Inboxes in SQLite.

use bytes::Bytes;
use conclave_protocol::{InboxId, Seq, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{SqliteTables, count, int, size, uint};
use crate::storage::{
    Expiry, InboxLoad, InboxTables, Origin, Page, Step, StorageError, StoredWelcome, Trimmed,
};

const DAY_MS: u64 = 24 * 3600 * 1000;

fn day(at: Timestamp) -> i64 {
    int(at.0 / DAY_MS)
}

/// A row id that does not reveal when the row was created.
fn random_id() -> Result<i64, StorageError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|e| StorageError::Failed(e.to_string()))?;
    Ok(i64::from_be_bytes(bytes) & i64::MAX)
}

impl InboxTables for SqliteTables<'_> {
    fn open_inbox(&self, inbox: &InboxId, now: Timestamp) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_inbox (id, inbox, head, entries, bytes, seen_day) VALUES (?1, ?2, 0, 0, 0, ?3)
             ON CONFLICT (inbox) DO UPDATE SET seen_day = ?3 WHERE seen_day <> ?3",
        )?;
        q.execute(params![random_id()?, inbox.as_bytes(), day(now)])?;
        Ok(())
    }

    fn inbox_load(&self, inbox: &InboxId) -> Result<Option<InboxLoad>, StorageError> {
        let mut q =
            self.db.prepare_cached("SELECT entries, bytes, head FROM delivery_inbox WHERE inbox = ?1")?;
        let load = q.query_row([inbox.as_bytes()], |row| {
            let (entries, bytes) = (size(row.get(0)?), size(row.get(1)?));
            Ok(InboxLoad { entries, bytes, head: Seq(uint(row.get(2)?)) })
        });
        Ok(load.optional()?)
    }

    fn inbox_load_of(&self, inbox: &InboxId, origin: Origin) -> Result<(usize, usize), StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT count(*), coalesce(sum(w.bytes), 0) FROM delivery_welcome w
             WHERE w.inbox = (SELECT id FROM delivery_inbox WHERE inbox = ?1) AND w.origin = ?2",
        )?;
        let load = q
            .query_row(params![inbox.as_bytes(), origin.0], |row| Ok((size(row.get(0)?), size(row.get(1)?))));
        Ok(load?)
    }

    fn put_in_inbox(&self, inbox: &InboxId, origin: Origin, welcome: &[u8]) -> Result<Seq, StorageError> {
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_inbox SET head = head + 1, entries = entries + 1, bytes = bytes + ?2
             WHERE inbox = ?1 RETURNING id, head",
        )?;
        let bytes = count(welcome.len());
        let (id, seq): (i64, i64) =
            q.query_row(params![inbox.as_bytes(), bytes], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_welcome (id, inbox, seq, origin, bytes, welcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        q.execute(params![random_id()?, id, seq, origin.0, bytes, welcome])?;
        self.room.spend(welcome.len());
        Ok(Seq(uint(seq)))
    }

    fn inbox_entries(&self, inbox: &InboxId, page: Page) -> Result<Vec<StoredWelcome>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT w.seq, w.welcome FROM delivery_welcome w JOIN delivery_inbox i ON w.inbox = i.id
             WHERE i.inbox = ?1 AND w.seq > ?2 AND w.seq <= ?3 ORDER BY w.seq LIMIT ?4",
        )?;
        let range = params![inbox.as_bytes(), int(page.after.0), int(page.upto.0), count(page.entries)];
        let mut rows = q.query(range)?;
        let mut entries = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let welcome = Bytes::from(row.get::<_, Vec<u8>>(1)?);
            bytes += welcome.len();
            if bytes > page.bytes && !entries.is_empty() {
                break;
            }
            entries.push(StoredWelcome { seq: Seq(uint(row.get(0)?)), welcome });
        }
        Ok(entries)
    }

    fn delete_from_inbox(&self, inbox: &InboxId, upto: Seq) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "DELETE FROM delivery_welcome
             WHERE inbox = (SELECT id FROM delivery_inbox WHERE inbox = ?1) AND seq <= ?2 RETURNING bytes",
        )?;
        let lengths = q
            .query_map(params![inbox.as_bytes(), int(upto.0)], |row| row.get::<_, i64>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_inbox SET entries = entries - ?2, bytes = bytes - ?3 WHERE inbox = ?1",
        )?;
        q.execute(params![inbox.as_bytes(), count(lengths.len()), lengths.iter().sum::<i64>()])?;
        Ok(())
    }

    fn trim_inboxes(&self, time: Expiry, step: Step) -> Result<Trimmed, StorageError> {
        // Clients that connected while the clock was ahead count as connected today.
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_inbox SET seen_day = ?2 WHERE id IN
             (SELECT id FROM delivery_inbox WHERE seen_day > ?1 LIMIT ?3)",
        )?;
        q.execute(params![day(time.ahead()), day(time.now), count(step.rows)])?;
        let mut q = self.db.prepare_cached(
            "SELECT id, inbox FROM delivery_inbox WHERE seen_day < ?1 ORDER BY seen_day LIMIT 1",
        )?;
        let oldest =
            q.query_row([day(time.before)], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
        let Some((row, inbox)) = oldest else { return Ok(Trimmed::Nothing) };
        let mut q = self.db.prepare_cached(
            "SELECT seq, bytes FROM delivery_welcome WHERE inbox = ?1 ORDER BY seq LIMIT ?2",
        )?;
        let found = q.query_map(params![row, count(step.rows)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        match step.last_within(found)? {
            Some(upto) => self.delete_from_inbox(&InboxId::new(inbox), Seq(uint(upto)))?,
            None => {
                self.db.prepare_cached("DELETE FROM delivery_inbox WHERE id = ?1")?.execute([row])?;
            }
        }
        Ok(Trimmed::Some)
    }
}
