//! Welcomes that wait until this client is removed from their group.
//!
//! Anyone who has a key package of this client can make a Welcome for any group. So Welcomes whose epoch the group's
//! log is known to have begun have places of their own, and so does each sender among the others: none crowds another
//! out.

use conclave_protocol::GroupId;

use crate::error::{Error, Missing};
use crate::row::{HeldWelcomeId, WelcomeToHold};
use crate::sql;
use crate::tx::Tx;

/// Welcomes held for one group whose epoch its log has begun, and from one sender whose epoch it is not known to have
/// begun; a newer one replaces the oldest. Nobody is removed and added again more often between two reads of the log.
pub const HELD_WELCOMES_MAX: u32 = 4;

/// Welcomes held for one group whose epoch its log is not known to have begun, from all senders.
pub const HELD_UNKNOWN_WELCOMES_MAX: u32 = 64;

impl Tx<'_> {
    /// Holds a Welcome for later; false if there is no place for it. If all places are taken, a sender who is in the
    /// group replaces one who is not.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn hold_welcome(&mut self, group: &GroupId, held: &WelcomeToHold) -> Result<bool, Error> {
        let group_row = self.group_row(group)?;
        let sender = held.sender.to_string();
        if held.known {
            sql::run(
                self.conn,
                "DELETE FROM held_welcomes WHERE id IN (SELECT id FROM held_welcomes WHERE group_row = ?1 AND known
                     ORDER BY id DESC LIMIT -1 OFFSET ?2 - 1)",
                (group_row, HELD_WELCOMES_MAX),
            )?;
        } else {
            sql::run(
                self.conn,
                "DELETE FROM held_welcomes WHERE id IN (SELECT id FROM held_welcomes WHERE group_row = ?1 AND NOT known
                     AND sender = ?3 ORDER BY id DESC LIMIT -1 OFFSET ?2 - 1)",
                (group_row, HELD_WELCOMES_MAX, &sender),
            )?;
            if self.is_in(group_row, &sender)? {
                self.displace_a_stranger(group_row)?;
            }
        }
        let added = sql::run(
            self.conn,
            "INSERT INTO held_welcomes (group_row, welcome, sender, epoch, known)
             SELECT ?1, ?2, ?3, ?4, ?5
             WHERE ?5 OR (SELECT count(*) FROM held_welcomes WHERE group_row = ?1 AND NOT known) < ?6",
            (
                group_row,
                held.welcome.as_ref(),
                sender,
                sql::int(held.epoch.0, "epoch")?,
                held.known,
                HELD_UNKNOWN_WELCOMES_MAX,
            ),
        )?;
        Ok(added > 0)
    }

    /// The group's log has begun the epoch of this Welcome.
    pub fn set_welcome_known(&mut self, id: HeldWelcomeId) -> Result<(), Error> {
        sql::run(self.conn, "UPDATE held_welcomes SET known = 1 WHERE id = ?1", [id.0])?;
        Ok(())
    }

    /// Deletes a held Welcome that was opened, or never will be.
    pub fn drop_held_welcome(&mut self, id: HeldWelcomeId) -> Result<(), Error> {
        sql::run(self.conn, "DELETE FROM held_welcomes WHERE id = ?1", [id.0])?;
        Ok(())
    }

    /// If all places are taken, drops the oldest Welcome of a sender who is not in the group.
    fn displace_a_stranger(&self, group_row: i64) -> Result<(), Error> {
        sql::run(
            self.conn,
            "DELETE FROM held_welcomes WHERE id IN (
                 SELECT id FROM held_welcomes h WHERE group_row = ?1 AND NOT known AND NOT EXISTS (
                     SELECT 1 FROM groups g JOIN roster r ON r.generation = g.current
                     JOIN people p ON p.id = r.person
                     WHERE g.id = ?1 AND p.uri = h.sender AND r.until_epoch IS NULL)
                 ORDER BY id LIMIT 1)
             AND (SELECT count(*) FROM held_welcomes WHERE group_row = ?1 AND NOT known) >= ?2",
            (group_row, HELD_UNKNOWN_WELCOMES_MAX),
        )?;
        Ok(())
    }

    /// Whether somebody is in the group, as far as this client has read its log.
    fn is_in(&self, group_row: i64, user: &str) -> Result<bool, Error> {
        sql::only(
            self.conn,
            "SELECT EXISTS (SELECT 1 FROM groups g JOIN roster r ON r.generation = g.current
             JOIN people p ON p.id = r.person WHERE g.id = ?1 AND p.uri = ?2 AND r.until_epoch IS NULL)",
            (group_row, user),
            Missing::Row,
            |c| c.flag("roster"),
        )
    }
}
