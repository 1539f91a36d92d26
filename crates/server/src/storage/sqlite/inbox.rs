//! Inboxes in SQLite.

use bytes::Bytes;
use conclave_protocol::{InboxId, Seq, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{SqliteTables, count, int, uint};
use crate::storage::{InboxLoad, InboxTables, Page, StorageError, StoredWelcome};

impl InboxTables for SqliteTables<'_> {
    fn open_inbox(&self, inbox: &InboxId) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_inbox (inbox, head, at_ms, entries, bytes) VALUES (?1, 0, 0, 0, 0)
             ON CONFLICT (inbox) DO NOTHING",
        )?;
        q.execute([inbox.as_bytes()])?;
        Ok(())
    }

    fn inbox_load(&self, inbox: &InboxId) -> Result<Option<InboxLoad>, StorageError> {
        let mut q =
            self.db.prepare_cached("SELECT entries, bytes, head FROM delivery_inbox WHERE inbox = ?1")?;
        let load = q.query_row([inbox.as_bytes()], |row| {
            let (entries, bytes): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(InboxLoad {
                entries: usize::try_from(entries).unwrap_or(usize::MAX),
                bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
                head: Seq(uint(row.get(2)?)),
            })
        });
        Ok(load.optional()?)
    }

    fn put_in_inbox(&self, inbox: &InboxId, at: Timestamp, welcome: &[u8]) -> Result<Seq, StorageError> {
        let mut q = self.db.prepare_cached(
            "UPDATE delivery_inbox
             SET head = head + 1, at_ms = max(at_ms, ?2), entries = entries + 1, bytes = bytes + ?3
             WHERE inbox = ?1 RETURNING id, head, at_ms",
        )?;
        let (id, seq, at): (i64, i64, i64) = q
            .query_row(params![inbox.as_bytes(), int(at.0), count(welcome.len())], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_welcome (inbox, seq, at_ms, welcome) VALUES (?1, ?2, ?3, ?4)",
        )?;
        q.execute(params![id, seq, at, welcome])?;
        Ok(Seq(uint(seq)))
    }

    fn inbox_entries(&self, inbox: &InboxId, page: Page) -> Result<Vec<StoredWelcome>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT w.seq, w.at_ms, w.welcome FROM delivery_welcome w JOIN delivery_inbox i ON w.inbox = i.id
             WHERE i.inbox = ?1 AND w.seq > ?2 AND w.seq <= ?3 ORDER BY w.seq LIMIT ?4",
        )?;
        let range = params![inbox.as_bytes(), int(page.after.0), int(page.upto.0), count(page.entries)];
        let mut rows = q.query(range)?;
        let mut entries = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let welcome = Bytes::from(row.get::<_, Vec<u8>>(2)?);
            bytes += welcome.len();
            if bytes > page.bytes && !entries.is_empty() {
                break;
            }
            let (seq, at) = (Seq(uint(row.get(0)?)), Timestamp(uint(row.get(1)?)));
            entries.push(StoredWelcome { seq, at, welcome });
        }
        Ok(entries)
    }

    fn delete_from_inbox(&self, inbox: &InboxId, upto: Seq) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "DELETE FROM delivery_welcome
             WHERE inbox = (SELECT id FROM delivery_inbox WHERE inbox = ?1) AND seq <= ?2
             RETURNING length(welcome)",
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
}
