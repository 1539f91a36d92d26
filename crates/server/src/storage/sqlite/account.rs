//! The Authentication Service's accounts in SQLite.

use bytes::Bytes;
use conclave_protocol::Handle;
use rusqlite::{OptionalExtension, params};

use super::{SqliteTables, fixed};
use crate::storage::{AccountTables, StorageError, StoredAccount};

impl AccountTables for SqliteTables<'_> {
    fn account(&self, name: &Handle) -> Result<Option<StoredAccount>, StorageError> {
        let mut q = self
            .db
            .prepare_cached("SELECT identity_key, certificate FROM authentication_account WHERE name = ?1")?;
        let account = q.query_row([name.as_str()], |row| {
            let certificate = Bytes::from(row.get::<_, Vec<u8>>(1)?);
            Ok(StoredAccount { identity_key: fixed(row, 0)?, certificate })
        });
        Ok(account.optional()?)
    }

    fn put_account(&self, name: &Handle, account: &StoredAccount) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO authentication_account (name, identity_key, certificate) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET identity_key = ?2, certificate = ?3",
        )?;
        q.execute(params![name.as_str(), account.identity_key, account.certificate.as_ref()])?;
        Ok(())
    }
}
