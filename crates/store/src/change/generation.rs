//! Memberships of a group: begun, promoted, discarded, deleted.

use conclave_protocol::{GroupId, Timestamp};
use conclave_record::{Code, FailReason, Generation, IntentChange, IntentCode, KeyHandle};

use crate::error::{Error, Missing};
use crate::row::IntentState;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Begins a membership of a group, known or new, with the vault handle of its leaf's signature key. It is staged:
    /// not shown until it is [promoted](Tx::promote). `at` is the local clock.
    pub fn start_generation(
        &mut self,
        group: &GroupId,
        signer: &KeyHandle,
        at: Timestamp,
    ) -> Result<Generation, Error> {
        let (group_row, number) = sql::only(
            self.conn,
            "INSERT INTO groups (group_id, generations) VALUES (?1, 1)
             ON CONFLICT (group_id) DO UPDATE SET generations = generations + 1 RETURNING id, generations",
            [group.as_bytes().as_slice()],
            Missing::Group,
            |c| Ok((c.int("group")?, c.number::<u32>("generation")?)),
        )?;
        sql::insert(
            self.conn,
            "INSERT INTO generations (group_row, number, started, signer) VALUES (?1, ?2, ?3, ?4)",
            (group_row, number, int(at.0, "time")?, signer.as_str()),
        )?;
        Ok(Generation { group: *group, number })
    }

    /// Makes a staged membership the shown one. Deletes the MLS state of all others of the group; timeline and
    /// membership log stay and continue. Intents under way in a previous one are queued again: its submissions are
    /// gone.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it is gone.
    pub fn promote(&mut self, generation: &Generation) -> Result<(), Error> {
        let place = self.place(generation)?;
        if place.current {
            return Ok(());
        }
        sql::run(
            self.conn,
            "UPDATE groups SET current = ?2 WHERE id = ?1",
            (place.group_row, place.generation),
        )?;
        sql::run(
            self.conn,
            "DELETE FROM generations WHERE group_row = ?1 AND id <> ?2",
            (place.group_row, place.generation),
        )?;
        sql::run(
            self.conn,
            "UPDATE generations SET log_base =
                 (SELECT ifnull(max(place) + 1, 0) FROM membership WHERE group_row = ?1) WHERE id = ?2",
            (place.group_row, place.generation),
        )?;
        sql::run(
            self.conn,
            "UPDATE intents SET state = ?2 WHERE group_row = ?1 AND state = ?3",
            (place.group_row, IntentState::Queued.stored(), IntentState::Submitted.stored()),
        )?;
        Ok(())
    }

    /// Deletes a staged membership that failed; and the group, if it was its first.
    ///
    /// # Errors
    /// [`Error::Conflict`] for the shown one, [`Error::NotFound`] if it is gone.
    pub fn drop_generation(&mut self, generation: &Generation) -> Result<(), Error> {
        let place = self.place(generation)?;
        if place.current {
            return Err(Error::Conflict { what: "the generation" });
        }
        sql::run(self.conn, "DELETE FROM generations WHERE id = ?1", [place.generation])?;
        sql::run(
            self.conn,
            "DELETE FROM groups WHERE id = ?1 AND current IS NULL
             AND NOT EXISTS (SELECT 1 FROM generations WHERE group_row = ?1)",
            [place.group_row],
        )?;
        Ok(())
    }

    /// Changes the vault handle of the leaf's signature key. A done update does this by itself.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn set_signer(&mut self, generation: &Generation, handle: &KeyHandle) -> Result<(), Error> {
        let place = self.place(generation)?;
        sql::run(
            self.conn,
            "UPDATE generations SET signer = ?2 WHERE id = ?1",
            (place.generation, handle.as_str()),
        )?;
        Ok(())
    }

    /// This device is out of the group: deletes MLS state, tree, access keys, staged commits and submissions, and
    /// fails the open intents. Timeline, membership log and the last roster stay.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn forget(&mut self, generation: &Generation) -> Result<(), Error> {
        let place = self.place(generation)?;
        for delete in [
            "DELETE FROM states WHERE generation = ?1",
            "DELETE FROM prior_epochs WHERE generation = ?1",
            "DELETE FROM trees WHERE generation = ?1",
            "DELETE FROM tree_chunks WHERE generation = ?1",
            "DELETE FROM access_keys WHERE generation = ?1",
            "DELETE FROM staged WHERE generation = ?1",
            "DELETE FROM submissions WHERE generation = ?1",
            "DELETE FROM roster WHERE generation = ?1 AND until_epoch IS NOT NULL",
            "UPDATE generations SET signer = NULL WHERE id = ?1",
        ] {
            sql::run(self.conn, delete, [place.generation])?;
        }
        if place.current { self.end_intents(&generation.group, place.group_row) } else { Ok(()) }
    }

    /// Renewing keys, leaving and sending a name are pointless now; everything else failed, and is shown as such.
    fn end_intents(&mut self, group: &GroupId, group_row: i64) -> Result<(), Error> {
        sql::run(
            self.conn,
            "DELETE FROM intents WHERE group_row = ?1 AND kind IN (?2, ?3, ?4) AND position IS NULL",
            (
                group_row,
                IntentCode::Update.stored(),
                IntentCode::Leave.stored(),
                IntentCode::Profile.stored(),
            ),
        )?;
        for intent in self.view().open_intents(group_row)? {
            self.set_intent(group, intent, IntentChange::Failed(FailReason::NotAMember))?;
        }
        Ok(())
    }

    /// Deletes everything about a group: state, timeline, membership log, intents.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn delete_group(&mut self, group: &GroupId) -> Result<(), Error> {
        let group_row = self.group_row(group)?;
        sql::run(self.conn, "DELETE FROM groups WHERE id = ?1", [group_row])?;
        Ok(())
    }
}
