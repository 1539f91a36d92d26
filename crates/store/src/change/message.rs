//! New messages: others' from the log, our own to be sent, and entries that can't be read.

use conclave_protocol::limits::REACTIONS_PER_PERSON_MAX;
use conclave_protocol::{ClientUri, Epoch, GroupId, MessageId, Seq, Timestamp};
use conclave_record::{
    Code, Generation, IntentCode, IntentId, MessageCode, MessageKind, MessageRow, OwnMessage, TextFormat,
    UnreadableRow,
};

use super::timeline::{NewRow, Spot};
use crate::error::Error;
use crate::row::{Counts, IntentState, RowCode, RowId, StateCode};
use crate::sql::{self, int};
use crate::tx::Tx;

/// A message's kind as columns.
struct Parts<'a> {
    code: MessageCode,
    body: Option<&'a str>,
    format: TextFormat,
    target: Option<&'a MessageId>,
}

impl<'a> Parts<'a> {
    fn of(kind: &'a MessageKind) -> Self {
        let (body, target) = match kind {
            MessageKind::Text { text, .. } => (Some(text), None),
            MessageKind::Reaction { target, emoji } => (Some(emoji), Some(target)),
            MessageKind::Edit { target, text, .. } => (Some(text), Some(target)),
            MessageKind::Delete { target } => (None, Some(target)),
            MessageKind::Unknown { content_type } => (Some(content_type), None),
        };
        let format = match kind {
            MessageKind::Text { format, .. } | MessageKind::Edit { format, .. } => *format,
            _ => TextFormat::Plain,
        };
        Self { code: kind.code(), body: body.map(String::as_str), format, target }
    }
}

/// A message of either origin, to be written.
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
    /// Writes a message from the log. False, and nothing done, if a message with this id is known, or it is a reaction
    /// beyond its sender's maximum.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the generation is not shown; [`Error::NotFound`] if it is gone.
    pub fn add_message(&mut self, generation: &Generation, row: &MessageRow) -> Result<bool, Error> {
        let place = self.shown(generation)?;
        if self.view().message_id(place.group_row, &row.message)?.is_some() {
            return Ok(false);
        }
        if let MessageKind::Reaction { target, .. } = &row.kind {
            let sender = self.person(row.sender.user())?;
            if self.view().reactions_by(place.group_row, target, sender)? >= REACTIONS_PER_PERSON_MAX {
                return Ok(false);
            }
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
        self.insert_message(place.group_row, &new)?;
        self.wipe_deleted(place.group_row, &row.message)?;
        Ok(true)
    }

    /// Stores an own message to be sent: the intent, and the message as it is shown at once. Returns the row of a text
    /// or unknown content; the others have none.
    ///
    /// # Errors
    /// [`Error::Conflict`] if a message with this id is known; [`Error::NotFound`] if there is no such group.
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
            (group_row, IntentCode::Send.stored(), IntentState::Queued.stored(), int(own.at.0, "time")?, id),
        )?;
        Ok((IntentId(intent), row))
    }

    fn insert_message(
        &mut self,
        group_row: i64,
        new: &NewMessage<'_>,
    ) -> Result<(i64, Option<RowId>), Error> {
        let sender = self.person(new.sender.user())?;
        let spot = new.seq.map_or(Spot::Pending, Spot::Log);
        let position = new.parts.code.has_row().then(|| self.position(group_row, spot)).transpose()?;
        let id = sql::insert(
            self.conn,
            "INSERT INTO messages (group_row, message, position, sender, device, state, epoch, seq, at, kind, body,
                 markdown, target, reply_to, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            (
                group_row,
                new.message.as_bytes().as_slice(),
                position,
                sender,
                new.sender.device().0.as_slice(),
                new.state.stored(),
                int(new.epoch.0, "epoch")?,
                new.seq.map(|seq| int(seq.0, "sequence number")).transpose()?,
                int(new.at.0, "time")?,
                new.parts.code.stored(),
                new.parts.body,
                new.parts.format.stored(),
                new.parts.target.map(|target| target.as_bytes().as_slice()),
                new.in_reply_to.map(|id| id.as_bytes().as_slice()),
                new.content,
            ),
        )?;
        let Some(position) = position else { return Ok((id, None)) };
        let of_others = new.state == StateCode::Received && self.view().own_person()? != Some(sender);
        let unread = of_others && new.parts.code.is_notable();
        let counts = if unread { Counts::Unread } else { Counts::Nothing };
        let row = NewRow::new(position, RowCode::Message, new.at, new.epoch);
        self.bring_back(group_row, new.at)?;
        let row = self.add_row(group_row, &NewRow { counts, reference: Some(id), ..row })?;
        Ok((id, Some(row)))
    }

    /// Adds the row of an entry that could not be read.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the generation is not shown; [`Error::NotFound`] if it is gone.
    pub fn add_unreadable(&mut self, generation: &Generation, row: &UnreadableRow) -> Result<(), Error> {
        let place = self.shown(generation)?;
        let position = self.position(place.group_row, Spot::Log(row.seq))?;
        let new = NewRow::new(position, RowCode::Unreadable, row.at, row.epoch);
        self.add_row(
            place.group_row,
            &NewRow { cause: Some(row.cause), sender: row.sender.as_ref(), ..new },
        )?;
        Ok(())
    }
}
