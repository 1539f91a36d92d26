//! Held Welcomes, and what they wait for.

use bytes::Bytes;
use conclave_protocol::{GroupId, Timestamp, UserUri};

use super::View;
use crate::error::{Error, Missing};
use crate::row::{HeldWelcome, HeldWelcomeId, Standing};
use crate::sql;

impl View<'_> {
    /// The held Welcomes, the likeliest first: those whose epoch the log is known to have begun, then those of senders
    /// who are in the group; of these the earliest epoch first.
    pub fn held_welcomes(&self) -> Result<Vec<HeldWelcome>, Error> {
        sql::all(
            self.conn,
            "SELECT h.id, g.group_id, h.known FROM held_welcomes h JOIN groups g ON g.id = h.group_row
             ORDER BY h.known DESC, EXISTS (
                 SELECT 1 FROM roster r JOIN people p ON p.id = r.person
                 WHERE r.generation = g.current AND p.uri = h.sender) DESC, h.epoch, h.id",
            [],
            |c| {
                let id = HeldWelcomeId(c.int("Welcome")?);
                Ok(HeldWelcome { id, group: c.id("group")?, known: c.flag("known")? })
            },
        )
    }

    /// A held Welcome.
    pub fn held_welcome(&self, id: HeldWelcomeId) -> Result<Option<Bytes>, Error> {
        sql::first(self.conn, "SELECT welcome FROM held_welcomes WHERE id = ?1", [id.0], |c| {
            c.bytes("Welcome")
        })
    }

    /// How many groups this user added this client to since then, by the local clock.
    pub fn joined_by(&self, user: &UserUri, since: Timestamp) -> Result<u32, Error> {
        sql::only(
            self.conn,
            "SELECT count(*) FROM groups g JOIN generations n ON n.id = g.current
             JOIN people p ON p.id = n.added_by WHERE p.uri = ?1 AND n.started >= ?2",
            (user.to_string(), sql::int(since.0, "time")?),
            Missing::Row,
            |c| c.number("groups"),
        )
    }

    /// The state of a group's shown membership; `None` before it has a head.
    pub fn standing(&self, group: &GroupId) -> Result<Option<Standing>, Error> {
        let Some((generation, head)) = self.head(group)? else { return Ok(None) };
        let Some(place) = self.place(&generation)? else { return Ok(None) };
        let started = sql::only(
            self.conn,
            "SELECT started FROM generations WHERE id = ?1",
            [place.generation],
            Missing::Generation,
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
