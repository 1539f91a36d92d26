//! An operator's access to the database, next to a server or without one.

use std::fs::OpenOptions;
use std::path::Path;

use conclave_protocol::{GroupId, Handle, UserUri};
use rusqlite::params;

use super::open::{self, Place};
use super::room::Room;
use super::{SqliteTables, count, uint};
use crate::operate::{AccountUsage, LogUsage};
use crate::storage::{OperatorTables, StorageError, Tables};

impl OperatorTables for SqliteTables<'_> {
    fn logs_by_size(&self, most: usize) -> Result<Vec<LogUsage>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT l.log, (SELECT count(*) FROM delivery_entry e WHERE e.log = l.id), l.bytes, l.oldest_ms, l.at_ms
             FROM delivery_log l ORDER BY l.bytes DESC, l.id LIMIT ?1",
        )?;
        let rows = q.query_map([count(most)], |row| {
            Ok(LogUsage {
                log: GroupId::new(super::fixed(row, 0)?),
                entries: uint(row.get(1)?),
                bytes: uint(row.get(2)?),
                oldest_ms: row.get::<_, Option<i64>>(3)?.map(uint),
                newest_ms: uint(row.get(4)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn accounts_after(&self, after: Option<&Handle>, most: usize) -> Result<Vec<AccountUsage>, StorageError> {
        let domain = self.setting("domain")?.unwrap_or_default();
        let mut q = self.db.prepare_cached(
            "SELECT a.name, count(DISTINCT k.client), coalesce(sum(length(k.key_package)), 0)
             FROM authentication_account a
             LEFT JOIN (SELECT user, client, key_package FROM delivery_key_package WHERE key_package IS NOT NULL
                        UNION ALL SELECT user, client, key_package FROM delivery_last_resort) k
               ON k.user = 'mimi://' || ?1 || '/u/' || a.name
             WHERE a.name > ?2 GROUP BY a.name ORDER BY a.name LIMIT ?3",
        )?;
        let after = after.map_or("", Handle::as_str);
        let rows = q.query_map(params![domain, after, count(most)], |row| {
            Ok(AccountUsage { name: row.get(0)?, devices: uint(row.get(1)?), bytes: uint(row.get(2)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn free_name(&self, domain: &str, name: &Handle) -> Result<bool, StorageError> {
        let mut q = self.db.prepare_cached("DELETE FROM authentication_account WHERE name = ?1")?;
        if q.execute([name.as_str()])? == 0 {
            return Ok(false);
        }
        let user = UserUri::new(domain, name).map_err(|e| StorageError::Failed(e.to_string()))?;
        for inbox in self.inboxes_of(&user)? {
            for sql in [
                "DELETE FROM delivery_welcome WHERE inbox IN (SELECT id FROM delivery_inbox WHERE inbox = ?1)",
                "DELETE FROM delivery_inbox WHERE inbox = ?1",
            ] {
                self.db.prepare_cached(sql)?.execute([inbox.as_slice()])?;
            }
        }
        for sql in [
            "DELETE FROM delivery_key_package WHERE user = ?1",
            "DELETE FROM delivery_last_resort WHERE user = ?1",
        ] {
            self.db.prepare_cached(sql)?.execute([user.as_str()])?;
        }
        Ok(true)
    }
}

impl SqliteTables<'_> {
    /// The inboxes of a user's devices, as far as key packages reveal them.
    fn inboxes_of(&self, user: &UserUri) -> Result<Vec<[u8; 16]>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT client FROM delivery_key_package WHERE user = ?1
             UNION SELECT client FROM delivery_last_resort WHERE user = ?1",
        )?;
        let clients = q.query_map([user.as_str()], |row| row.get::<_, String>(0))?;
        let mut inboxes = Vec::new();
        for client in clients {
            let client: Result<conclave_protocol::ClientUri, _> = client?.parse();
            let client = client.map_err(|e| StorageError::Failed(e.to_string()))?;
            inboxes.push(*client.inbox().as_bytes());
        }
        Ok(inboxes)
    }
}

/// Reads a database that a server may be using.
pub(crate) fn look<T>(
    place: &Place,
    look: impl FnOnce(&dyn Tables) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let mut db = open::beside(place)?;
    let room = Room::new(place, 0);
    let tx = db.transaction()?;
    look(&SqliteTables { db: &tx, room: &room })
}

/// Changes a database that nobody else uses.
pub(crate) fn change<T>(
    place: &Place,
    change: impl FnOnce(&dyn Tables) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let mut db = open::writer(place, u64::MAX)?;
    let room = Room::new(place, u64::MAX);
    let tx = db.transaction()?;
    let changed = change(&SqliteTables { db: &tx, room: &room })?;
    tx.commit()?;
    Ok(changed)
}

/// Copies a database that a server may be using to a new file, readable by the owner only.
pub(crate) fn copy(place: &Place, target: &Path) -> Result<(), StorageError> {
    let db = open::beside(place)?;
    // The write goes to the copy.
    db.pragma_update(None, "query_only", false)?;
    let failed = |e: std::io::Error| StorageError::Failed(format!("{}: {e}", target.display()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(target).map_err(failed)?;
    let name =
        target.to_str().ok_or_else(|| StorageError::Failed("the file's name is not UTF-8".to_owned()))?;
    // Into the empty file that we created. It is encrypted like the database.
    if let Err(error) = db.execute("VACUUM INTO ?1", [name]) {
        drop(file);
        // A partial copy is no backup.
        let _ = std::fs::remove_file(target);
        return Err(error.into());
    }
    file.sync_all().map_err(failed)
}
