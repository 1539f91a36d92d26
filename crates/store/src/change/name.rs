//! What people call themselves, and the intent to send our own name.

use conclave_protocol::{GroupId, PersonName, Timestamp, UserUri, alike_key};
use conclave_record::{Code, Generation, IntentCode, IntentId};

use crate::error::Error;
use crate::row::IntentState;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Stores a group member's current name. One row per person, however often it changes.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn put_name(
        &mut self,
        generation: &Generation,
        user: &UserUri,
        name: &PersonName,
    ) -> Result<(), Error> {
        let group_row = self.place(generation)?.group_row;
        let person = self.person(user)?;
        sql::run(
            self.conn,
            "INSERT INTO names (group_row, person, name, alike) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (group_row, person) DO UPDATE SET name = ?3, alike = ?4",
            (group_row, person, name.as_str(), alike_key(name.as_str())),
        )?;
        Ok(())
    }

    /// Somebody in a group does not know this account's name yet: it is to be sent until `due`, or with the next
    /// message. Queues one intent at most; none if the account has no name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn introduce(&mut self, group: &GroupId, due: Option<Timestamp>, at: Timestamp) -> Result<(), Error> {
        let group_row = self.group_row(group)?;
        let waits = sql::first(
            self.conn,
            "SELECT id FROM intents WHERE group_row = ?1 AND kind = ?2 AND state = ?3",
            (group_row, IntentCode::Profile.stored(), IntentState::Queued.stored()),
            |c| c.int("intent").map(IntentId),
        )?;
        let Some(IntentId(waits)) = waits else { return self.want_profile(group_row, due, at) };
        let due = due.map(|due| int(due.0, "time")).transpose()?;
        sql::run(
            self.conn,
            "UPDATE intents SET due = min(ifnull(due, ?2), ifnull(?2, due)) WHERE id = ?1",
            (waits, due),
        )?;
        Ok(())
    }

    /// The account's name changed: it is to be sent to a group. A waiting intent may be under way with the old name by
    /// now, and is replaced.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn introduce_anew(&mut self, group: &GroupId, due: Timestamp, at: Timestamp) -> Result<(), Error> {
        let group_row = self.group_row(group)?;
        sql::run(
            self.conn,
            "DELETE FROM intents WHERE group_row = ?1 AND kind = ?2 AND state = ?3",
            (group_row, IntentCode::Profile.stored(), IntentState::Queued.stored()),
        )?;
        self.want_profile(group_row, Some(due), at)
    }

    fn want_profile(&mut self, group_row: i64, due: Option<Timestamp>, at: Timestamp) -> Result<(), Error> {
        if self.view().own_name()?.is_none() {
            return Ok(());
        }
        sql::insert(
            self.conn,
            "INSERT INTO intents (group_row, kind, state, at, due) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                group_row,
                IntentCode::Profile.stored(),
                IntentState::Queued.stored(),
                int(at.0, "time")?,
                due.map(|due| int(due.0, "time")).transpose()?,
            ),
        )?;
        Ok(())
    }
}
