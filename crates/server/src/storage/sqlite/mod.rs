//! The SQLite backend: one encrypted file (SQLCipher), or memory.

mod account;
mod allowance;
mod blob;
mod gathering;
mod inbox;
mod key_package;
mod log;
mod open;
pub(crate) mod operating;
mod room;
#[cfg(test)]
mod tests;
mod trim;
mod worker;

use std::fmt;
use std::sync::Mutex;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use room::Room;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::watch;
use worker::Workers;

use super::{Announced, Done, Step, Storage, StorageError, Tables, Work};
use crate::config::Executor;

pub(crate) use open::Place;

/// A service's database.
pub(crate) struct SqliteStorage {
    runner: Runner,
    lost: watch::Sender<bool>,
}

enum Runner {
    /// Everything on the caller's thread. None when closed. The place holds the folder's lock.
    Inline(Mutex<Option<Box<Inline>>>),
    Threads(Workers),
}

struct Inline {
    db: Connection,
    room: Room,
    _place: Place,
}

impl SqliteStorage {
    /// Opens the database of a place; `bytes_max` bounds its size. `first` runs before anything else, in place.
    pub(crate) fn open<T>(
        place: &Place,
        executor: Executor,
        bytes_max: u64,
        first: impl FnOnce(&dyn Tables) -> Result<T, StorageError>,
    ) -> Result<(Self, T), StorageError> {
        let mut connection = open::writer(place, bytes_max)?;
        let room = Room::new(place, bytes_max);
        let tx = connection.transaction()?;
        let made = first(&SqliteTables { db: &tx, room: &room })?;
        tx.commit()?;
        let lost = watch::Sender::new(false);
        let runner = match executor {
            Executor::Inline => {
                let inline = Inline { db: connection, room, _place: place.clone() };
                Runner::Inline(Mutex::new(Some(Box::new(inline))))
            }
            Executor::Threads => Runner::Threads(Workers::start(connection, room, place, &lost)?),
        };
        Ok((Self { runner, lost }, made))
    }
}

impl Storage for SqliteStorage {
    fn announce(&self) -> Announced {
        match &self.runner {
            Runner::Inline(_) => Box::new(()),
            Runner::Threads(workers) => Box::new(workers.announce()),
        }
    }

    fn write(&self, work: Work) -> Done {
        match &self.runner {
            Runner::Inline(connection) => in_place(connection, work),
            Runner::Threads(workers) => workers.write(work),
        }
    }

    fn read(&self, work: Work) -> Done {
        match &self.runner {
            Runner::Inline(connection) => in_place(connection, work),
            Runner::Threads(workers) => workers.read(work),
        }
    }

    fn lost(&self) -> watch::Receiver<bool> {
        self.lost.subscribe()
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        match &self.runner {
            Runner::Inline(connection) => {
                if let Some(inline) = worker::lock(connection).take() {
                    let Inline { db, _place, .. } = *inline;
                    worker::finish(db);
                }
                ready(()).boxed()
            }
            Runner::Threads(workers) => workers.close(),
        }
    }
}

fn in_place(connection: &Mutex<Option<Box<Inline>>>, mut work: Work) -> Done {
    let done = match worker::lock(connection).as_mut() {
        Some(inline) => worker::run_alone(&mut inline.db, &inline.room, &mut work),
        None => Err(StorageError::Busy),
    };
    ready(done).boxed()
}

impl fmt::Debug for SqliteStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runner = match self.runner {
            Runner::Inline(_) => "inline",
            Runner::Threads(_) => "threads",
        };
        f.debug_tuple("SqliteStorage").field(&runner).finish()
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// The tables, within the connection's transaction.
struct SqliteTables<'c> {
    db: &'c Connection,
    room: &'c Room,
}

impl Tables for SqliteTables<'_> {
    fn setting(&self, name: &str) -> Result<Option<String>, StorageError> {
        let mut q = self.db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
        Ok(q.query_row([name], |row| row.get(0)).optional()?)
    }

    fn set_setting(&self, name: &str, value: &str) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        )?;
        q.execute(params![name, value])?;
        Ok(())
    }

    fn room(&self) -> Result<u64, StorageError> {
        self.room.left(self.db)
    }
}

impl Step {
    /// The leading keys of rows, each given with its size, that fit in a step; at least the first.
    fn within(
        self,
        rows: impl Iterator<Item = rusqlite::Result<(i64, i64)>>,
    ) -> Result<Vec<i64>, StorageError> {
        let (mut keys, mut bytes) = (Vec::new(), 0);
        for row in rows.take(self.rows) {
            let (key, length) = row?;
            bytes += size(length);
            if bytes > self.bytes && !keys.is_empty() {
                break;
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// The last of them.
    fn last_within(
        self,
        rows: impl Iterator<Item = rusqlite::Result<(i64, i64)>>,
    ) -> Result<Option<i64>, StorageError> {
        Ok(self.within(rows)?.pop())
    }
}

/// SQLite's integers are signed: larger numbers saturate.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Values stored by [`int`] are never negative.
fn uint(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Sizes and counts, which are never negative.
fn size(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

/// For limits.
fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A column that holds a byte string of one length.
fn fixed<const N: usize>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<[u8; N]> {
    row.get::<_, [u8; N]>(column)
}
