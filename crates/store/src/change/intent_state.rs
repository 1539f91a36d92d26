//! Changes the state of an intent: submitted, done, failed, retried, discarded.

use conclave_protocol::{Epoch, GroupId, Timestamp};
use conclave_record::{Code, FailReason, IntentChange, IntentCode, IntentId};

use super::timeline::{NewRow, Spot};
use crate::error::{Error, Missing};
use crate::row::{IntentState, RowCode, StateCode};
use crate::sql;
use crate::tx::Tx;

/// The parts of an intent's row that decide what a change means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IntentPlace {
    pub(crate) group_row: i64,
    pub(crate) code: IntentCode,
    pub(crate) state: IntentState,
    pub(crate) message: Option<i64>,
    /// The timeline's row that says it failed.
    pub(crate) position: Option<i64>,
    pub(crate) attempts: u32,
    pub(crate) at: Timestamp,
}

impl Tx<'_> {
    pub(crate) fn intent_row(&self, group: &GroupId, intent: IntentId) -> Result<Option<IntentPlace>, Error> {
        let group_row = self.group_row(group)?;
        sql::first(
            self.conn,
            "SELECT kind, state, message, position, attempts, at FROM intents WHERE id = ?1 AND group_row = ?2",
            (intent.0, group_row),
            |c| {
                Ok(IntentPlace {
                    group_row,
                    code: c.code::<IntentCode>()?,
                    state: c.code::<IntentState>()?,
                    message: c.maybe_int("message")?,
                    position: c.maybe_int("position")?,
                    attempts: c.number("attempts")?,
                    at: c.time()?,
                })
            },
        )
    }

    /// Changes the state of an intent, and of its message. A failed intent that is not a message gets a row in the
    /// timeline. A failed renewal of keys is deleted, once no staged commit can carry it out any more; so is an intent
    /// to send a name, which comes again with the next occasion. False if there is no such intent: it was done or
    /// discarded.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn set_intent(
        &mut self,
        group: &GroupId,
        intent: IntentId,
        change: IntentChange,
    ) -> Result<bool, Error> {
        let Some(row) = self.intent_row(group, intent)? else { return Ok(false) };
        match change {
            IntentChange::Queued { attempts } => {
                self.move_intent(intent, row, IntentState::Queued, attempts, None)?;
            }
            IntentChange::Submitted => {
                self.move_intent(intent, row, IntentState::Submitted, row.attempts, None)?;
            }
            IntentChange::Failed(_) if row.code == IntentCode::Profile => self.delete_intent(intent)?,
            IntentChange::Failed(reason) => {
                self.move_intent(intent, row, IntentState::Failed, row.attempts, Some(reason))?;
            }
            IntentChange::Done => self.end_intent(intent, row)?,
        }
        Ok(true)
    }

    /// Puts a failed intent back into the queue.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it did not fail; [`Error::NotFound`] if there is no such intent.
    pub fn retry(&mut self, group: &GroupId, intent: IntentId) -> Result<(), Error> {
        let row = self.failed_intent(group, intent)?;
        self.move_intent(intent, row, IntentState::Queued, 0, None)
    }

    /// Deletes a failed intent, and its message.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it did not fail; [`Error::NotFound`] if there is no such intent.
    pub fn discard(&mut self, group: &GroupId, intent: IntentId) -> Result<(), Error> {
        let row = self.failed_intent(group, intent)?;
        self.hide_failure(intent, row)?;
        self.delete_intent(intent)?;
        let Some(message) = row.message else { return Ok(()) };
        let position =
            sql::first(self.conn, "SELECT position FROM messages WHERE id = ?1", [message], |c| {
                c.maybe_int("position")
            })?;
        if let Some(position) = position.flatten() {
            self.delete_row(row.group_row, position)?;
        }
        sql::run(self.conn, "DELETE FROM messages WHERE id = ?1", [message])?;
        Ok(())
    }

    fn failed_intent(&self, group: &GroupId, intent: IntentId) -> Result<IntentPlace, Error> {
        let row = self.intent_row(group, intent)?.ok_or(Error::NotFound(Missing::Intent))?;
        match row.state {
            IntentState::Failed => Ok(row),
            IntentState::Queued | IntentState::Submitted => {
                Err(Error::Conflict { what: "the intent's state" })
            }
        }
    }

    fn move_intent(
        &mut self,
        intent: IntentId,
        row: IntentPlace,
        state: IntentState,
        attempts: u32,
        failure: Option<FailReason>,
    ) -> Result<(), Error> {
        sql::run(
            self.conn,
            "UPDATE intents SET state = ?2, attempts = ?3, failure = ?4 WHERE id = ?1",
            (intent.0, state.stored(), attempts, failure.map(FailReason::stored)),
        )?;
        if let Some(message) = row.message {
            let shown = if state == IntentState::Failed { StateCode::Failed } else { StateCode::Queued };
            sql::run(self.conn, "UPDATE messages SET state = ?2 WHERE id = ?1", (message, shown.stored()))?;
        }
        if (state, row.code) == (IntentState::Failed, IntentCode::Update) {
            return self.drop_failed_updates(row.group_row);
        }
        let shows = row.code != IntentCode::Send;
        match (state, row.position) {
            (IntentState::Failed, None) if shows => self.show_failure(intent, row),
            (IntentState::Queued | IntentState::Submitted, Some(_)) => self.hide_failure(intent, row),
            _ => Ok(()),
        }
    }

    fn show_failure(&mut self, intent: IntentId, row: IntentPlace) -> Result<(), Error> {
        let epoch = sql::first(
            self.conn,
            "SELECT n.epoch FROM groups g JOIN generations n ON n.id = g.current WHERE g.id = ?1",
            [row.group_row],
            |c| c.maybe_number("epoch"),
        )?;
        let position = self.position(row.group_row, Spot::Pending)?;
        let new = NewRow::new(position, RowCode::ChangeFailed, row.at, Epoch(epoch.flatten().unwrap_or(0)));
        self.add_row(row.group_row, &NewRow { reference: Some(intent.0), ..new })?;
        sql::run(self.conn, "UPDATE intents SET position = ?2 WHERE id = ?1", (intent.0, position))?;
        Ok(())
    }

    fn hide_failure(&mut self, intent: IntentId, row: IntentPlace) -> Result<(), Error> {
        let Some(position) = row.position else { return Ok(()) };
        self.delete_row(row.group_row, position)?;
        sql::run(self.conn, "UPDATE intents SET position = NULL WHERE id = ?1", [intent.0])?;
        Ok(())
    }

    fn end_intent(&mut self, intent: IntentId, row: IntentPlace) -> Result<(), Error> {
        self.hide_failure(intent, row)?;
        if row.code == IntentCode::Update {
            sql::run(
                self.conn,
                "UPDATE generations SET signer = (SELECT signer FROM intents WHERE id = ?1)
                 WHERE id = (SELECT current FROM groups WHERE id = ?2)
                   AND (SELECT signer FROM intents WHERE id = ?1) IS NOT NULL",
                (intent.0, row.group_row),
            )?;
        }
        self.delete_intent(intent)
    }

    /// Deletes failed renewals of keys, with the keys' handles, except those whose commit may still come.
    pub(super) fn drop_failed_updates(&mut self, group_row: i64) -> Result<(), Error> {
        sql::run(
            self.conn,
            "DELETE FROM intents WHERE group_row = ?1 AND state = ?2 AND kind = ?3
             AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.intent = intents.id)",
            (group_row, IntentState::Failed.stored(), IntentCode::Update.stored()),
        )?;
        Ok(())
    }

    fn delete_intent(&mut self, intent: IntentId) -> Result<(), Error> {
        sql::run(self.conn, "DELETE FROM intents WHERE id = ?1", [intent.0])?;
        Ok(())
    }
}
