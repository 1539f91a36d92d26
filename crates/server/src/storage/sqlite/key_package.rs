//! Key packages in SQLite.

use bytes::Bytes;
use conclave_protocol::{ClientUri, Timestamp, UserUri};
use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::{SqliteTables, count, int};
use crate::storage::{KeyPackageTables, NewKeyPackage, StorageError, StoredKeyPackage, Trimmed};

fn package_of(row: &Row<'_>) -> rusqlite::Result<StoredKeyPackage> {
    Ok(StoredKeyPackage { row: row.get(0)?, key_package: Bytes::from(row.get::<_, Vec<u8>>(1)?) })
}

impl KeyPackageTables for SqliteTables<'_> {
    fn put_key_package(&self, client: &ClientUri, new: &NewKeyPackage) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_key_package (user, client, suite, not_after_ms, digest, key_package)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (client, digest) DO NOTHING",
        )?;
        let digest: [u8; 32] = Sha256::digest(&new.key_package).into();
        let not_after = int(new.not_after.0);
        self.room.spend(new.key_package.len());
        let (user, bytes) = (client.user().as_str(), new.key_package.as_ref());
        q.execute(params![user, client.to_string(), new.cipher_suite, not_after, digest, bytes])?;
        Ok(())
    }

    fn put_last_resort(&self, client: &ClientUri, new: &NewKeyPackage) -> Result<(), StorageError> {
        let mut q = self.db.prepare_cached(
            "INSERT INTO delivery_last_resort (user, client, suite, not_after_ms, key_package)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (client, suite) DO UPDATE SET not_after_ms = ?4, key_package = ?5",
        )?;
        let not_after = int(new.not_after.0);
        self.room.spend(new.key_package.len());
        let (user, bytes) = (client.user().as_str(), new.key_package.as_ref());
        q.execute(params![user, client.to_string(), new.cipher_suite, not_after, bytes])?;
        Ok(())
    }

    fn count_key_packages(
        &self,
        client: &ClientUri,
        suite: Option<u16>,
        now: Timestamp,
    ) -> Result<(usize, bool), StorageError> {
        let client = client.to_string();
        let mut q = self.db.prepare_cached(
            "SELECT count(*) FROM delivery_key_package
             WHERE client = ?1 AND (?2 IS NULL OR suite = ?2) AND not_after_ms >= ?3 AND key_package IS NOT NULL",
        )?;
        let at_hand: i64 = q.query_row(params![client, suite, int(now.0)], |row| row.get(0))?;
        let mut q = self.db.prepare_cached(
            "SELECT count(*) > 0 FROM delivery_last_resort
             WHERE client = ?1 AND (?2 IS NULL OR suite = ?2) AND not_after_ms >= ?3",
        )?;
        let last_resort = q.query_row(params![client, suite, int(now.0)], |row| row.get(0))?;
        Ok((usize::try_from(at_hand).unwrap_or(0), last_resort))
    }

    fn key_package_suites(&self, client: &ClientUri) -> Result<Vec<u16>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT suite FROM delivery_key_package WHERE client = ?1
             UNION SELECT suite FROM delivery_last_resort WHERE client = ?1",
        )?;
        Ok(q.query_map([client.to_string()], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    fn devices(&self, user: &UserUri, now: Timestamp) -> Result<Vec<ClientUri>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT client FROM delivery_key_package WHERE user = ?1 AND not_after_ms >= ?2
             UNION SELECT client FROM delivery_last_resort WHERE user = ?1 AND not_after_ms >= ?2 ORDER BY 1",
        )?;
        let clients = q
            .query_map(params![user.as_str(), int(now.0)], |row| row.get::<_, String>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        let parse =
            |text: String| text.parse().map_err(|_| StorageError::Failed("a client's URI".to_owned()));
        clients.into_iter().map(parse).collect()
    }

    fn oldest_key_package(
        &self,
        client: &ClientUri,
        suite: u16,
        now: Timestamp,
    ) -> Result<Option<StoredKeyPackage>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT id, key_package FROM delivery_key_package
             WHERE client = ?1 AND suite = ?2 AND not_after_ms >= ?3 AND key_package IS NOT NULL
             ORDER BY id LIMIT 1",
        )?;
        Ok(q.query_row(params![client.to_string(), suite, int(now.0)], package_of).optional()?)
    }

    fn hand_out(&self, row: i64) -> Result<(), StorageError> {
        let mut q =
            self.db.prepare_cached("UPDATE delivery_key_package SET key_package = NULL WHERE id = ?1")?;
        q.execute([row])?;
        Ok(())
    }

    fn last_resort(
        &self,
        client: &ClientUri,
        suite: u16,
        now: Timestamp,
    ) -> Result<Option<StoredKeyPackage>, StorageError> {
        let mut q = self.db.prepare_cached(
            "SELECT id, key_package FROM delivery_last_resort
             WHERE client = ?1 AND suite = ?2 AND not_after_ms >= ?3",
        )?;
        Ok(q.query_row(params![client.to_string(), suite, int(now.0)], package_of).optional()?)
    }

    fn withdraw_key_packages(&self, client: &ClientUri) -> Result<(), StorageError> {
        // Their rows stay, so that none of them is accepted again.
        let mut once = self.db.prepare_cached(
            "UPDATE delivery_key_package SET key_package = NULL WHERE client = ?1 AND key_package IS NOT NULL",
        )?;
        let mut last_resort = self.db.prepare_cached("DELETE FROM delivery_last_resort WHERE client = ?1")?;
        let client = client.to_string();
        once.execute([&client])?;
        last_resort.execute([&client])?;
        Ok(())
    }

    fn trim_key_packages(&self, before: Timestamp, limit: usize) -> Result<Trimmed, StorageError> {
        let mut once = self.db.prepare_cached(
            "DELETE FROM delivery_key_package WHERE id IN
             (SELECT id FROM delivery_key_package WHERE not_after_ms < ?1 LIMIT ?2)",
        )?;
        let mut last_resort = self.db.prepare_cached(
            "DELETE FROM delivery_last_resort WHERE id IN
             (SELECT id FROM delivery_last_resort WHERE not_after_ms < ?1 LIMIT ?2)",
        )?;
        let (before, limit) = (int(before.0), count(limit));
        let deleted = once.execute(params![before, limit])? + last_resort.execute(params![before, limit])?;
        Ok(if deleted == 0 { Trimmed::Nothing } else { Trimmed::Some })
    }
}
