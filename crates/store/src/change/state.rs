//! The MLS state of a membership: snapshot, past epochs, access keys.

use conclave_protocol::Epoch;
use conclave_record::{AccessSeed, EpochSecret, Generation};

use crate::error::Error;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Replaces the snapshot, writes these past epochs, and deletes those older than `prior_from`, with the leaves
    /// that only their messages could name.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the snapshot is of an older epoch than the stored one; [`Error::NotFound`] if the
    /// generation is gone.
    pub fn put_state(
        &mut self,
        generation: &Generation,
        snapshot: &EpochSecret,
        prior: &[EpochSecret],
        prior_from: Epoch,
    ) -> Result<(), Error> {
        let row = self.place(generation)?.generation;
        let written = sql::run(
            self.conn,
            "INSERT INTO states (generation, epoch, snapshot) VALUES (?1, ?2, ?3)
             ON CONFLICT (generation) DO UPDATE SET epoch = ?2, snapshot = ?3 WHERE epoch <= ?2",
            (row, int(snapshot.epoch.0, "epoch")?, &snapshot.bytes[..]),
        )?;
        if written == 0 {
            return Err(Error::Conflict { what: "the state's epoch" });
        }
        for record in prior {
            sql::run(
                self.conn,
                "INSERT INTO prior_epochs (generation, epoch, record) VALUES (?1, ?2, ?3)
                 ON CONFLICT (generation, epoch) DO UPDATE SET record = ?3",
                (row, int(record.epoch.0, "epoch")?, &record.bytes[..]),
            )?;
        }
        let from = int(prior_from.0, "epoch")?;
        sql::run(self.conn, "DELETE FROM prior_epochs WHERE generation = ?1 AND epoch < ?2", (row, from))?;
        sql::run(
            self.conn,
            "DELETE FROM roster WHERE generation = ?1 AND until_epoch IS NOT NULL AND until_epoch <= ?2",
            (row, from),
        )?;
        Ok(())
    }

    /// Writes the access key of an epoch and deletes those older than `keep_from`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn put_access_seed(
        &mut self,
        generation: &Generation,
        seed: &AccessSeed,
        keep_from: Epoch,
    ) -> Result<(), Error> {
        let row = self.place(generation)?.generation;
        sql::run(
            self.conn,
            "INSERT INTO access_keys (generation, epoch, seed) VALUES (?1, ?2, ?3)
             ON CONFLICT (generation, epoch) DO UPDATE SET seed = ?3",
            (row, int(seed.epoch.0, "epoch")?, seed.seed.as_slice()),
        )?;
        sql::run(
            self.conn,
            "DELETE FROM access_keys WHERE generation = ?1 AND epoch < ?2",
            (row, int(keep_from.0, "epoch")?),
        )?;
        Ok(())
    }
}
