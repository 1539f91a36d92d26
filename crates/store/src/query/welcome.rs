//! Welcomes that wait, and what they wait for.

use bytes::Bytes;
use conclave_protocol::GroupId;

use super::View;
use crate::error::Error;
use crate::row::{HeldWelcome, HeldWelcomeId, Standing};
use crate::sql;

impl View<'_> {
    /// The Welcomes that wait, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn held_welcomes(&self) -> Result<Vec<HeldWelcome>, Error> {
        sql::all(
            self.conn,
            "SELECT h.id, g.group_id FROM held_welcomes h JOIN groups g ON g.id = h.group_row ORDER BY h.id",
            [],
            |c| Ok(HeldWelcome { id: HeldWelcomeId(c.int("Welcome")?), group: c.id("group")? }),
        )
    }

    /// A Welcome that waits.
    ///
    /// # Errors
    /// The database's.
    pub fn held_welcome(&self, id: HeldWelcomeId) -> Result<Option<Bytes>, Error> {
        sql::first(self.conn, "SELECT welcome FROM held_welcomes WHERE id = ?1", [id.0], |c| {
            c.bytes("Welcome")
        })
    }

    /// How the shown membership of a group stands; none before it has a head.
    ///
    /// # Errors
    /// The database's.
    pub fn standing(&self, group: &GroupId) -> Result<Option<Standing>, Error> {
        let Some((generation, head)) = self.head(group)? else { return Ok(None) };
        let Some(place) = self.place(&generation)? else { return Ok(None) };
        let started = sql::only(
            self.conn,
            "SELECT started FROM generations WHERE id = ?1",
            [place.generation],
            "generation",
            |c| c.time(),
        )?;
        let anchored = head.epoch.0 == 0 || head.parent.is_some();
        Ok(Some(Standing {
            status: head.status,
            epoch: head.epoch,
            anchored,
            behind: head.behind.is_some(),
            started,
        }))
    }
}
