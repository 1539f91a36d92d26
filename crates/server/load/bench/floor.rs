//! The lower bound: the statements of an append in SQLCipher, by one thread, this many in a transaction.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

/// Most appends in a transaction, as in the service's writer (src/storage/sqlite/worker.rs).
const TOGETHER_MAX: usize = 512;

/// The service's tables.
const SCHEMA: [&str; 3] = [
    include_str!("../../src/storage/sqlite/schema/0001.sql"),
    include_str!("../../src/storage/sqlite/schema/0002.sql"),
    include_str!("../../src/storage/sqlite/schema/0003.sql"),
];

// As in src/storage/sqlite/log.rs.
const LOOK: &str = "SELECT l.id, l.epoch, l.head, l.at_ms, l.fence, l.trimmed, l.bytes,
     e.epoch, e.access_key, e.parent, e.begun
     FROM delivery_log l LEFT JOIN delivery_epoch e ON e.log = l.id AND e.epoch = ?2 WHERE l.log = ?1";
const INSERT: &str = "INSERT INTO delivery_entry (log, seq, at_ms, kept_ms, kind, submission, body)
     VALUES (?1, ?2, ?3, NULL, 3, ?4, ?5) ON CONFLICT (log, submission) DO NOTHING";
const UPDATE: &str = "UPDATE delivery_log SET head = ?2, at_ms = ?3, bytes = bytes + ?4 WHERE id = ?1";

/// A database like the service's, with this many logs.
pub(crate) struct Floor {
    db: Connection,
    logs: Vec<[u8; 16]>,
}

impl Floor {
    pub(crate) fn open(folder: &Path, logs: usize) -> Self {
        let db = Connection::open(folder.join("floor.db")).unwrap();
        db.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode([7; 32]))).unwrap();
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;
             PRAGMA secure_delete = FAST;",
        )
        .unwrap();
        SCHEMA.iter().for_each(|sql| db.execute_batch(sql).unwrap());
        let logs: Vec<_> = (0..logs).map(|n| [u8::try_from(n).unwrap(); 16]).collect();
        for log in &logs {
            let made = "INSERT INTO delivery_log (log, epoch, head, at_ms, fence, trimmed, bytes, oldest_ms)
                        VALUES (?1, 1, 1, 0, 0, 0, 1, 0)";
            db.execute(made, [log]).unwrap();
            let epoch = "INSERT INTO delivery_epoch (log, epoch, parent, access_key, begun, ended, revoked)
                         VALUES (?1, 1, X'', ?2, 1, NULL, 0)";
            db.execute(epoch, params![db.last_insert_rowid(), [9_u8; 32]]).unwrap();
        }
        Self { db, logs }
    }

    /// Appends these to the logs in turn, this many in a transaction; each has its own submission id.
    pub(crate) fn append(&mut self, bodies: &[([u8; 16], Vec<u8>)], together: usize) {
        let logs = &self.logs;
        let mut turn = 0;
        for batch in bodies.chunks(together.min(TOGETHER_MAX)) {
            let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
            for (submission, body) in batch {
                turn += 1;
                let mut look = tx.prepare_cached(LOOK).unwrap();
                let found = look.query_row(params![logs[turn % logs.len()], 1], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(2)?, row.get::<_, [u8; 32]>(8)?))
                });
                let (log, head, _) = found.optional().unwrap().unwrap();
                let mut insert = tx.prepare_cached(INSERT).unwrap();
                assert_eq!(insert.execute(params![log, head + 1, turn as i64, submission, body]).unwrap(), 1);
                let mut update = tx.prepare_cached(UPDATE).unwrap();
                update.execute(params![log, head + 1, turn as i64, body.len() as i64 + 256]).unwrap();
            }
            tx.commit().unwrap();
        }
    }
}
