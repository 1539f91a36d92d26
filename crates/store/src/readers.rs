//! The read connections: a few, opened when first needed, each lent to one read at a time and for a bounded time, so
//! that no reader keeps the write-ahead log from being emptied.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::connection::{ConnectError, Purpose, connect, vouch};
use crate::error::Error;
use crate::guard::guarded;
use crate::key::StoreKey;
use crate::query::View;

/// Most concurrent reads.
pub const READERS_MAX: usize = 4;
/// Longest read transaction.
pub const READ_TIME_MAX: Duration = Duration::from_secs(1);
/// Virtual-machine steps between two checks of the clock: about ten microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1000;

pub(crate) struct Readers {
    path: PathBuf,
    key: StoreKey,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    /// Number of connections, idle and lent.
    open: usize,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, key: StoreKey) -> Self {
        Self { path, key, pool: Mutex::default(), returned: Condvar::new() }
    }

    pub(crate) fn read<T>(&self, f: impl FnOnce(&View<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let lent = self.lend()?;
        let conn = lent.conn();
        let end = Instant::now() + READ_TIME_MAX;
        conn.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || Instant::now() > end));
        conn.prepare_cached("BEGIN")?.execute([])?;
        let value = guarded(|| f(&View::new(conn)))?;
        vouch(conn)?;
        Ok(value)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self) -> Result<Lent<'_>, Error> {
        let mut pool = self.pool();
        loop {
            if let Some(conn) = pool.idle.pop() {
                return Ok(Lent { readers: self, conn: Some(conn) });
            }
            if pool.open < READERS_MAX {
                pool.open += 1;
                drop(pool);
                return self.open();
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self) -> Result<Lent<'_>, Error> {
        let mut lent = Lent { readers: self, conn: None };
        lent.conn = Some(connect(&self.path, &self.key, Purpose::Read).map_err(|error| match error {
            ConnectError::NoCipher => Error::Fault("this build of SQLite does not encrypt".into()),
            ConnectError::Sql(error) => error.into(),
        })?);
        Ok(lent)
    }
}

/// A connection that returns to the pool, its transaction ended.
struct Lent<'a> {
    readers: &'a Readers,
    conn: Option<Connection>,
}

impl Lent<'_> {
    fn conn(&self) -> &Connection {
        self.conn.as_ref().expect("lent only once it is open")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let usable = self.conn.take().filter(|conn| {
            conn.progress_handler(0, None::<fn() -> bool>);
            conn.is_autocommit() || conn.execute_batch("ROLLBACK").is_ok()
        });
        let mut pool = self.readers.pool();
        match usable {
            Some(conn) => pool.idle.push(conn),
            None => pool.open -= 1,
        }
        self.readers.returned.notify_one();
    }
}
