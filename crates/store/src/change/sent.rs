//! Messages that took effect in the log: our own get their place, and what a deletion deletes is wiped from the disk.

use conclave_protocol::{Epoch, MessageId, Seq, Timestamp};
use conclave_record::{Code, Generation, MessageCode};

use super::timeline::{PENDING_FROM, Spot};
use crate::error::{Error, Missing};
use crate::row::StateCode;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Our own message got its place in the log: its row moves there, and its intent is done. False if there is no
    /// such message (it was given up and discarded), or it was sent before.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the generation is not shown; [`Error::NotFound`] if it is gone.
    pub fn sent(
        &mut self,
        generation: &Generation,
        message: &MessageId,
        seq: Seq,
        at: Timestamp,
        epoch: Epoch,
    ) -> Result<bool, Error> {
        let group_row = self.shown(generation)?.group_row;
        let waiting = sql::first(
            self.conn,
            "SELECT id, position FROM messages WHERE group_row = ?1 AND message = ?2 AND state IN (?3, ?4)",
            (
                group_row,
                message.as_bytes().as_slice(),
                StateCode::Queued.stored(),
                StateCode::Failed.stored(),
            ),
            |c| Ok((c.int("message")?, c.maybe_int("position")?)),
        )?;
        let Some((id, from)) = waiting else { return Ok(false) };
        if from.is_some_and(|from| from < PENDING_FROM) {
            return self.sent_again(group_row, id, message, seq);
        }
        let (seq_int, at, epoch) =
            (int(seq.0, "sequence number")?, int(at.0, "time")?, int(epoch.0, "epoch")?);
        let to = from.map(|_| self.position(group_row, Spot::Log(seq))).transpose()?;
        sql::run(
            self.conn,
            "UPDATE messages SET state = ?2, seq = ?3, at = ?4, epoch = ?5, position = ?6 WHERE id = ?1",
            (id, StateCode::Sent.stored(), seq_int, at, epoch, to),
        )?;
        sql::run(
            self.conn,
            "UPDATE timeline SET position = ?3, at = ?4, epoch = ?5 WHERE group_row = ?1 AND position = ?2",
            (group_row, from, to, at, epoch),
        )?;
        sql::run(self.conn, "DELETE FROM intents WHERE message = ?1", [id])?;
        self.wipe_deleted(group_row, message)?;
        Ok(true)
    }

    /// It was sent again, since the service had lost it: it stays where it was, as it does for those who have it.
    fn sent_again(&mut self, group_row: i64, id: i64, message: &MessageId, seq: Seq) -> Result<bool, Error> {
        sql::run(
            self.conn,
            "UPDATE messages SET state = ?2, seq = ?3 WHERE id = ?1",
            (id, StateCode::Sent.stored(), int(seq.0, "sequence number")?),
        )?;
        sql::run(self.conn, "DELETE FROM intents WHERE message = ?1", [id])?;
        self.wipe_deleted(group_row, message)?;
        Ok(true)
    }

    /// Wipes the text of a message whose deletion took effect. `message` is new in the log: the deletion itself, or an
    /// edit, text or reaction that its author has deleted already.
    pub(super) fn wipe_deleted(&mut self, group_row: i64, message: &MessageId) -> Result<(), Error> {
        let (kind, sender, target) = sql::only(
            self.conn,
            "SELECT kind, sender, target FROM messages WHERE group_row = ?1 AND message = ?2",
            (group_row, message.as_bytes().as_slice()),
            Missing::Message,
            |c| {
                let kind = c.code::<MessageCode>()?;
                Ok((kind, c.int("sender")?, c.maybe_id::<MessageId>("target")?))
            },
        )?;
        let deleted = match kind {
            MessageCode::Delete | MessageCode::Edit => target.ok_or(Error::Corrupt { what: "target" })?,
            MessageCode::Text | MessageCode::Unknown | MessageCode::Reaction => *message,
        };
        if self.is_deleted(group_row, sender, &deleted)? {
            self.wipe(group_row, sender, &deleted)?;
        }
        Ok(())
    }

    fn is_deleted(&self, group_row: i64, sender: i64, message: &MessageId) -> Result<bool, Error> {
        sql::exists(
            self.conn,
            "SELECT 1 FROM messages WHERE group_row = ?1 AND target = ?2 AND sender = ?3 AND kind = ?4
                 AND state IN (?5, ?6) LIMIT 1",
            (
                group_row,
                message.as_bytes().as_slice(),
                sender,
                MessageCode::Delete.stored(),
                StateCode::Received.stored(),
                StateCode::Sent.stored(),
            ),
        )
    }

    /// Empties a message and its edits. Own edits that still wait keep their content, which will be sent. A reaction
    /// loses its target: thousands of deleted ones leave nothing to fold.
    fn wipe(&mut self, group_row: i64, sender: i64, message: &MessageId) -> Result<(), Error> {
        let message = message.as_bytes().as_slice();
        let position = sql::first(
            self.conn,
            "SELECT position FROM messages WHERE group_row = ?1 AND message = ?2 AND sender = ?3",
            (group_row, message, sender),
            |c| c.maybe_int("position"),
        )?;
        if let Some(position) = position.flatten() {
            self.uncount(group_row, position)?;
        }
        let [text, unknown] = MessageCode::ROWS.map(Code::stored);
        sql::run(
            self.conn,
            "UPDATE messages SET body = NULL, content = x'', reply_to = NULL
             WHERE group_row = ?1 AND message = ?2 AND sender = ?3 AND kind IN (?4, ?5)",
            (group_row, message, sender, text, unknown),
        )?;
        let (edits, reaction) = (
            "UPDATE messages SET body = NULL, content = x'', reply_to = NULL
             WHERE group_row = ?1 AND target = ?2 AND sender = ?3 AND kind = ?4 AND state IN (?5, ?6)",
            "UPDATE messages SET target = NULL, body = NULL, content = x''
             WHERE group_row = ?1 AND message = ?2 AND sender = ?3 AND kind = ?4 AND state IN (?5, ?6)",
        );
        for (wipe, kind) in [(edits, MessageCode::Edit), (reaction, MessageCode::Reaction)] {
            let (received, sent) = (StateCode::Received.stored(), StateCode::Sent.stored());
            sql::run(self.conn, wipe, (group_row, message, sender, kind.stored(), received, sent))?;
        }
        Ok(())
    }
}
