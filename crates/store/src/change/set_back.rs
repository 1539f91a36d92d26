//! A service that was set back: how its log's numbers relate to ours, and which own messages are sent again.

use conclave_protocol::Seq;
use conclave_record::{Code, Generation, IntentCode};

use crate::error::Error;
use crate::query::View;
use crate::row::{IntentState, StateCode};
use crate::sql::{self, int};
use crate::tx::Tx;

/// The setting that records that the service was set back.
const SET_BACK: &str = "service-set-back";

impl Tx<'_> {
    /// Stores how the service's log relates to this membership's cursor.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn set_log_place(&mut self, generation: &Generation, offset: u64, marks: &[u8]) -> Result<(), Error> {
        let place = self.place(generation)?;
        sql::run(
            self.conn,
            "UPDATE generations SET log_offset = ?2, log_marks = ?3 WHERE id = ?1",
            (place.generation, int(offset, "an offset")?, marks),
        )?;
        Ok(())
    }

    /// The service was set back, so what it has of this account beside the groups is out of date.
    pub fn note_set_back(&mut self) -> Result<(), Error> {
        self.put_setting(SET_BACK, &[])
    }

    /// The inbox now ends with this entry, before those that were handled: what comes after it is new.
    pub fn inbox_was_set_back(&mut self, head: Seq) -> Result<(), Error> {
        self.note_set_back()?;
        let head = int(head.0, "sequence number")?;
        sql::run(self.conn, "UPDATE account SET inbox_cursor = min(inbox_cursor, ?1)", [head])?;
        Ok(())
    }

    /// The account has handled the set-back.
    pub fn set_back_handled(&mut self) -> Result<(), Error> {
        self.delete_setting(SET_BACK)
    }

    /// Queues own messages that were sent after this entry again, in their order: the service has lost them. They keep
    /// their places in the timeline, and those who have them already know them by their ids. Returns how many they
    /// are.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn say_again(&mut self, generation: &Generation, after: Seq) -> Result<usize, Error> {
        self.note_set_back()?;
        let group_row = self.place(generation)?.group_row;
        let after = int(after.0, "sequence number")?;
        // Messages that their author has deleted since have nothing left to send.
        let queued = sql::run(
            self.conn,
            "INSERT INTO intents (group_row, kind, state, at, message)
             SELECT group_row, ?3, ?4, at, id FROM messages
             WHERE group_row = ?1 AND seq > ?2 AND state = ?5 AND length(content) > 0 ORDER BY seq",
            (
                group_row,
                after,
                IntentCode::Send.stored(),
                IntentState::Queued.stored(),
                StateCode::Sent.stored(),
            ),
        )?;
        sql::run(
            self.conn,
            "UPDATE messages SET state = ?3 WHERE group_row = ?1 AND seq > ?2 AND state = ?4 AND length(content) > 0",
            (group_row, after, StateCode::Queued.stored(), StateCode::Sent.stored()),
        )?;
        Ok(queued)
    }
}

impl View<'_> {
    /// Whether the service was set back, and the account has not handled that yet.
    pub fn was_set_back(&self) -> Result<bool, Error> {
        Ok(self.setting(SET_BACK)?.is_some())
    }
}
