//! The unavoidable part: mls-rs by itself, and one durable row in SQLCipher.

use std::path::Path;

use mls_rs::MlsMessage;
use mls_rs::group::ReceivedMessage;
use rusqlite::{Connection, params};

use crate::mls::MlsGroup;

/// A database configured as the store's, with one table.
pub(crate) struct Rows(Connection);

impl Rows {
    pub(crate) fn open(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let conn = Connection::open(folder.join("floor.db")).unwrap();
        unlock(&conn, &[7; 32]);
        conn.execute_batch(
            "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;",
        )
        .unwrap();
        Self(conn)
    }

    /// It is on disk when this returns.
    pub(crate) fn insert(&self, body: &[u8]) {
        let mut insert = self.0.prepare_cached("INSERT INTO rows (body) VALUES (?1)").unwrap();
        insert.execute(params![body]).unwrap();
    }
}

/// Unlocks a connection with a raw key.
pub(crate) fn unlock(conn: &Connection, key: &[u8]) {
    conn.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode(key))).unwrap();
}

/// Encrypts.
pub(crate) fn seal(group: &mut MlsGroup, text: &[u8]) -> Vec<u8> {
    group.encrypt_application_message(text, Vec::new()).unwrap().to_bytes().unwrap()
}

/// Decrypts.
pub(crate) fn open(group: &mut MlsGroup, sealed: &[u8]) -> Vec<u8> {
    let message = MlsMessage::from_bytes(sealed).unwrap();
    match group.process_incoming_message(message).unwrap() {
        ReceivedMessage::ApplicationMessage(read) => read.data().to_vec(),
        other => panic!("not a message: {other:?}"),
    }
}
