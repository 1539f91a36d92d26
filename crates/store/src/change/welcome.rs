//! Welcomes that wait until this client is out of their group.

use conclave_protocol::GroupId;

use crate::error::Error;
use crate::row::HeldWelcomeId;
use crate::sql;
use crate::tx::Tx;

/// Welcomes held for one group: nobody is taken out and added again more often between two looks at the log.
pub const HELD_WELCOMES_MAX: u32 = 4;

impl Tx<'_> {
    /// Keeps a Welcome for later; false where as many as may be are kept for its group.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such group.
    pub fn hold_welcome(&mut self, group: &GroupId, welcome: &[u8]) -> Result<bool, Error> {
        let group_row = self.group_row(group)?;
        let added = sql::run(
            self.conn,
            "INSERT INTO held_welcomes (group_row, welcome)
             SELECT ?1, ?2 WHERE (SELECT count(*) FROM held_welcomes WHERE group_row = ?1) < ?3",
            (group_row, welcome, HELD_WELCOMES_MAX),
        )?;
        Ok(added > 0)
    }

    /// A held Welcome was opened, or never will be.
    ///
    /// # Errors
    /// The database's.
    pub fn drop_held_welcome(&mut self, id: HeldWelcomeId) -> Result<(), Error> {
        sql::run(self.conn, "DELETE FROM held_welcomes WHERE id = ?1", [id.0])?;
        Ok(())
    }
}
