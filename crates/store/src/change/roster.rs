//! The roster: who holds the group's leaves. Written only in the transaction of the commit that changed it.

use conclave_protocol::Epoch;
use conclave_record::{Code, Generation, RosterEntry};

use crate::error::Error;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Writes these occupied leaves.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn roster_put(&mut self, generation: &Generation, rows: &[RosterEntry]) -> Result<(), Error> {
        let place = self.place(generation)?;
        for row in rows {
            sql::run(
                self.conn,
                "INSERT INTO roster (generation, leaf, person, device, role, identity_key, signature_key,
                     since_epoch, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (generation, leaf) WHERE until_epoch IS NULL DO UPDATE SET person = ?3, device = ?4,
                     role = ?5, identity_key = ?6, signature_key = ?7, since_epoch = ?8, since = ?9",
                (
                    place.generation,
                    row.leaf,
                    self.person(row.client.user())?,
                    row.client.device().0.as_slice(),
                    row.role.stored(),
                    row.identity_key.as_slice(),
                    row.signature_key.as_ref(),
                    int(row.since_epoch.0, "epoch")?,
                    int(row.since.0, "time")?,
                ),
            )?;
        }
        Ok(())
    }

    /// These leaves were emptied by the commit that began the epoch `until`. They are kept until the epochs before it
    /// are trimmed, to tell who sent a late message.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn roster_end(&mut self, generation: &Generation, leaves: &[u32], until: Epoch) -> Result<(), Error> {
        let place = self.place(generation)?;
        let until = int(until.0, "epoch")?;
        for leaf in leaves {
            sql::run(
                self.conn,
                "UPDATE roster SET until_epoch = ?3 WHERE generation = ?1 AND leaf = ?2 AND until_epoch IS NULL",
                (place.generation, leaf, until),
            )?;
        }
        Ok(())
    }
}
