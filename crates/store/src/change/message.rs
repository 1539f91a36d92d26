//! Messages: those of others as they come, this device's own from queued to sent, and entries that can't be read.

use conclave_protocol::{ClientUri, Epoch, GroupId, MessageId, Seq, Timestamp};

use super::timeline::{NewRow, Spot};
use crate::error::Error;
use crate::row::{
    Counts, Generation, IntentCode, IntentId, IntentState, MessageCode, MessageKind, MessageRow, OwnMessage,
    RowCode, RowId, StateCode, UnreadableRow,
};
use crate::sql::{self, int};
use crate::tx::Tx;

/// A message's kind as columns.
struct Parts<'a> {
    code: MessageCode,
    body: Option<&'a str>,
    markdown: bool,
    target: Option<&'a MessageId>,
}

impl<'a> Parts<'a> {
    fn of(kind: &'a MessageKind) -> Self {
        let (code, body, markdown, target) = match kind {
            MessageKind::Text { text, markdown } => (MessageCode::Text, Some(text), *markdown, None),
            MessageKind::Reaction { target, emoji } => {
                (MessageCode::Reaction, Some(emoji), false, Some(target))
            }
            MessageKind::Edit { target, text, markdown } => {
                (MessageCode::Edit, Some(text), *markdown, Some(target))
            }
            MessageKind::Delete { target } => (MessageCode::Delete, None, false, Some(target)),
            MessageKind::Unknown { content_type } => (MessageCode::Unknown, Some(content_type), false, None),
        };
        Self { code, body: body.map(String::as_str), markdown, target }
    }

    /// Texts and unknown content are rows; the others change how their target is shown.
    fn has_row(&self) -> bool {
        matches!(self.code, MessageCode::Text | MessageCode::Unknown)
    }
}

/// A message of either origin, about to be written.
struct NewMessage<'a> {
    message: &'a MessageId,
    sender: &'a ClientUri,
    state: StateCode,
    epoch: Epoch,
    at: Timestamp,
    seq: Option<Seq>,
    parts: Parts<'a>,
    in_reply_to: Option<&'a MessageId>,
    content: &'a [u8],
}

impl Tx<'_> {
    /// Writes a message from the log. False where one with this id is known: then nothing is done.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the generation is not shown; [`Error::NotFound`] where it is gone.
    pub fn add_message(&mut self, generation: &Generation, row: &MessageRow) -> Result<bool, Error> {
        let place = self.shown(generation)?;
        if self.view().message_id(place.group_row, &row.message)?.is_some() {
            return Ok(false);
        }
        let new = NewMessage {
            message: &row.message,
            sender: &row.sender,
            state: StateCode::Received,
            epoch: row.epoch,
            at: row.at,
            seq: Some(row.seq),
            parts: Parts::of(&row.kind),
            in_reply_to: row.in_reply_to.as_ref(),
            content: &row.content,
        };
        let (id, _) = self.insert_message(place.group_row, &new)?;
        self.wipe_deleted(place.group_row, id)?;
        Ok(true)
    }

    /// Keeps an own message to be sent: the intent, and the message as it is shown at once. The row is that of a text
    /// or unknown content; the others have none.
    ///
    /// # Errors
    /// [`Error::Conflict`] where a message with this id is known; [`Error::NotFound`] where there is no such group.
    pub fn add_send(
        &mut self,
        group: &GroupId,
        own: &OwnMessage,
    ) -> Result<(IntentId, Option<RowId>), Error> {
        let group_row = self.group_row(group)?;
        let new = NewMessage {
            message: &own.message,
            sender: &own.sender,
            state: StateCode::Queued,
            epoch: own.epoch,
            at: own.at,
            seq: None,
            parts: Parts::of(&own.kind),
            in_reply_to: own.in_reply_to.as_ref(),
            content: &own.content,
        };
        let (id, row) = self.insert_message(group_row, &new)?;
        let intent = sql::insert(
            self.conn,
            "INSERT INTO intents (group_row, kind, state, at, message) VALUES (?1, ?2, ?3, ?4, ?5)",
            (group_row, IntentCode::Send.code(), IntentState::Queued.code(), int(own.at.0, "time")?, id),
        )?;
        Ok((IntentId(intent), row))
    }

    fn insert_message(
        &mut self,
        group_row: i64,
        new: &NewMessage<'_>,
    ) -> Result<(i64, Option<RowId>), Error> {
        let sender = self.person(new.sender.user())?;
        let id = sql::insert(
            self.conn,
            "INSERT INTO messages (group_row, message, sender, device, state, epoch, seq, at, kind, body, markdown,
                 target, reply_to, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            (
                group_row,
                new.message.as_bytes().as_slice(),
                sender,
                new.sender.device().0.as_slice(),
                new.state.code(),
                int(new.epoch.0, "epoch")?,
                new.seq.map(|seq| int(seq.0, "sequence number")).transpose()?,
                int(new.at.0, "time")?,
                new.parts.code.code(),
                new.parts.body,
                new.parts.markdown,
                new.parts.target.map(|target| target.as_bytes().as_slice()),
                new.in_reply_to.map(|id| id.as_bytes().as_slice()),
                new.content,
            ),
        )?;
        if !new.parts.has_row() {
            return Ok((id, None));
        }
        let of_others = new.state == StateCode::Received && self.own_person()? != Some(sender);
        let unread = of_others && new.parts.code == MessageCode::Text;
        let counts = if unread { Counts::Unread } else { Counts::Nothing };
        let row = NewRow::new(new.seq.map_or(Spot::Pending, Spot::Log), RowCode::Message, new.at, new.epoch);
        let (row, position) = self.add_row(group_row, &NewRow { counts, reference: Some(id), ..row })?;
        sql::run(self.conn, "UPDATE messages SET position = ?2 WHERE id = ?1", (id, position))?;
        Ok((id, Some(row)))
    }

    /// An own message got its place in the log: its row moves there, and its intent is done. False where there is no
    /// such message (it was given up and discarded), or it was sent before.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the generation is not shown; [`Error::NotFound`] where it is gone.
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
            (group_row, message.as_bytes().as_slice(), StateCode::Queued.code(), StateCode::Failed.code()),
            |c| Ok((c.int("message")?, c.maybe_int("position")?)),
        )?;
        let Some((id, from)) = waiting else { return Ok(false) };
        let (seq_int, at, epoch) =
            (int(seq.0, "sequence number")?, int(at.0, "time")?, int(epoch.0, "epoch")?);
        let to = from.map(|_| self.log_position(group_row, seq)).transpose()?;
        sql::run(
            self.conn,
            "UPDATE messages SET state = ?2, seq = ?3, at = ?4, epoch = ?5, position = ?6 WHERE id = ?1",
            (id, StateCode::Sent.code(), seq_int, at, epoch, to),
        )?;
        sql::run(
            self.conn,
            "UPDATE timeline SET position = ?3, at = ?4, epoch = ?5 WHERE group_row = ?1 AND position = ?2",
            (group_row, from, to, at, epoch),
        )?;
        sql::run(self.conn, "DELETE FROM intents WHERE message = ?1", [id])?;
        self.wipe_deleted(group_row, id)?;
        Ok(true)
    }

    /// Where a deletion took effect, the text goes from the store too. `id` is a message that is new in the log: the
    /// deletion itself, or an edit or text that its author has deleted already.
    fn wipe_deleted(&mut self, group_row: i64, id: i64) -> Result<(), Error> {
        let (kind, sender, own, target) = sql::only(
            self.conn,
            "SELECT kind, sender, message, target FROM messages WHERE id = ?1",
            [id],
            "message",
            |c| {
                let kind = c.code("message kind", MessageCode::from_code)?;
                Ok((
                    kind,
                    c.int("sender")?,
                    c.id::<MessageId>("message")?,
                    c.maybe_id::<MessageId>("target")?,
                ))
            },
        )?;
        let deleted = match kind {
            MessageCode::Reaction => return Ok(()),
            MessageCode::Delete | MessageCode::Edit => target.ok_or(Error::Corrupt { what: "target" })?,
            MessageCode::Text | MessageCode::Unknown => own,
        };
        // Own changes that still wait keep their content: it is what is sent.
        sql::run(
            self.conn,
            "UPDATE messages SET body = NULL, content = x'', reply_to = NULL
             WHERE group_row = ?1 AND sender = ?2 AND state IN (?4, ?5)
               AND ((message = ?3 AND kind IN (?6, ?7)) OR (target = ?3 AND kind = ?8))
               AND EXISTS (SELECT 1 FROM messages d WHERE d.group_row = ?1 AND d.target = ?3 AND d.sender = ?2
                           AND d.kind = ?9 AND d.state IN (?4, ?5))",
            (
                group_row,
                sender,
                deleted.as_bytes().as_slice(),
                StateCode::Received.code(),
                StateCode::Sent.code(),
                MessageCode::Text.code(),
                MessageCode::Unknown.code(),
                MessageCode::Edit.code(),
                MessageCode::Delete.code(),
            ),
        )?;
        Ok(())
    }

    /// An entry that could not be read gets its row.
    ///
    /// # Errors
    /// [`Error::Conflict`] where the generation is not shown; [`Error::NotFound`] where it is gone.
    pub fn add_unreadable(&mut self, generation: &Generation, row: &UnreadableRow) -> Result<(), Error> {
        let place = self.shown(generation)?;
        let new = NewRow::new(Spot::Log(row.seq), RowCode::Unreadable, row.at, row.epoch);
        self.add_row(
            place.group_row,
            &NewRow { cause: Some(row.cause), sender: row.sender.as_ref(), ..new },
        )?;
        Ok(())
    }
}
