//! Single messages, as shown.

use conclave_protocol::{ClientUri, GroupId, MessageId};
use conclave_record::{Code, MessageCode};

use super::edits_and_reactions::{Folded, Target};
use super::{View, excerpt};
use crate::error::{Error, Missing};
use crate::row::{MessageBody, MessageState, MessageView, Quote, RowId, StateCode};
use crate::sql;

/// A message's own row.
pub(super) struct Plain {
    pub(super) message: MessageId,
    pub(super) sender: ClientUri,
    /// The row of the sender's name.
    pub(super) author: i64,
    pub(super) state: MessageState,
    reply_to: Option<MessageId>,
}

/// A message with its current text.
pub(super) struct Shown {
    pub(super) message: Plain,
    pub(super) body: MessageBody,
    edited: bool,
}

impl View<'_> {
    /// The row of a message.
    pub(crate) fn message_id(&self, group_row: i64, message: &MessageId) -> Result<Option<i64>, Error> {
        sql::first(
            self.conn,
            "SELECT id FROM messages WHERE group_row = ?1 AND message = ?2",
            (group_row, message.as_bytes().as_slice()),
            |c| c.int("message"),
        )
    }

    /// The row of a text or unknown content; `None` for any other message.
    fn text_id(&self, group_row: i64, message: &MessageId) -> Result<Option<i64>, Error> {
        let [text, unknown] = MessageCode::ROWS.map(Code::stored);
        sql::first(
            self.conn,
            "SELECT id FROM messages WHERE group_row = ?1 AND message = ?2 AND kind IN (?3, ?4)",
            (group_row, message.as_bytes().as_slice(), text, unknown),
            |c| c.int("message"),
        )
    }

    /// A text or unknown content, as shown; `None` if there is no such message, or it is a reaction, an edit or a
    /// deletion.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn message(&self, group: &GroupId, message: &MessageId) -> Result<Option<MessageView>, Error> {
        let group_row = self.known_group(group)?;
        let id = self.text_id(group_row, message)?;
        id.map(|id| self.message_view(group_row, id)).transpose()
    }

    /// The timeline's row of a message.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn row_of(&self, group: &GroupId, message: &MessageId) -> Result<Option<RowId>, Error> {
        let group_row = self.known_group(group)?;
        sql::first(
            self.conn,
            "SELECT t.id FROM messages m JOIN timeline t ON t.group_row = m.group_row AND t.position = m.position
             WHERE m.group_row = ?1 AND m.message = ?2",
            (group_row, message.as_bytes().as_slice()),
            |c| c.int("row").map(RowId),
        )
    }

    /// How many reactions to a message this user has, including those that wait.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn own_reactions(&self, group: &GroupId, target: &MessageId) -> Result<usize, Error> {
        let group_row = self.known_group(group)?;
        match self.own_person()? {
            Some(me) => self.reactions_by(group_row, target, me),
            None => Ok(0),
        }
    }

    /// How many reactions to a message a person has, without deleted ones.
    pub(crate) fn reactions_by(
        &self,
        group_row: i64,
        target: &MessageId,
        person: i64,
    ) -> Result<usize, Error> {
        sql::only(
            self.conn,
            "SELECT count(*) FROM messages m WHERE m.group_row = ?1 AND m.target = ?2 AND m.kind = ?3 AND m.sender = ?4
                 AND m.state <> ?6 AND NOT EXISTS (SELECT 1 FROM messages d WHERE d.group_row = ?1
                     AND d.target = m.message AND d.kind = ?5 AND d.sender = ?4 AND d.state <> ?6)",
            (
                group_row,
                target.as_bytes().as_slice(),
                MessageCode::Reaction.stored(),
                person,
                MessageCode::Delete.stored(),
                StateCode::Failed.stored(),
            ),
            Missing::Row,
            |c| c.number("reactions"),
        )
    }

    /// This user's own reaction with an emoji, to be deleted when it is taken back.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn own_reaction(
        &self,
        group: &GroupId,
        target: &MessageId,
        emoji: &str,
    ) -> Result<Option<MessageId>, Error> {
        let group_row = self.known_group(group)?;
        sql::first(
            self.conn,
            "SELECT m.message FROM messages m WHERE m.group_row = ?1 AND m.target = ?2 AND m.body = ?3 AND m.kind = ?4
                 AND m.state <> ?6 AND m.sender = (SELECT person FROM account)
                 AND NOT EXISTS (SELECT 1 FROM messages d WHERE d.group_row = ?1 AND d.target = m.message
                     AND d.kind = ?5 AND d.sender = m.sender AND d.state <> ?6)
             ORDER BY m.id LIMIT 1",
            (
                group_row,
                target.as_bytes().as_slice(),
                emoji,
                MessageCode::Reaction.stored(),
                MessageCode::Delete.stored(),
                StateCode::Failed.stored(),
            ),
            |c| c.id("message"),
        )
    }

    pub(super) fn message_view(&self, group_row: i64, id: i64) -> Result<MessageView, Error> {
        let Shown { message, body, edited } = self.shown_message(group_row, id)?;
        let deleted = body == MessageBody::Deleted;
        let Folded { reactions, failed_change } = self.folded(Target::of(group_row, &message), deleted)?;
        Ok(MessageView {
            message: message.message,
            sender: message.sender,
            body,
            reply_to: message.reply_to.map(|quoted| self.quote(group_row, quoted)).transpose()?,
            reactions,
            edited,
            state: message.state,
            failed_change,
        })
    }

    pub(super) fn shown_message(&self, group_row: i64, id: i64) -> Result<Shown, Error> {
        let (message, body) = self.plain_message(id)?;
        let (body, edited) = self.body_now(Target::of(group_row, &message), body)?;
        Ok(Shown { message, body, edited })
    }

    fn plain_message(&self, id: i64) -> Result<(Plain, MessageBody), Error> {
        let what = "message";
        let found = sql::first(
            self.conn,
            "SELECT p.uri, device, m.sender, message, state, kind, body, markdown, reply_to
             FROM messages m JOIN people p ON p.id = m.sender WHERE m.id = ?1",
            [id],
            |c| {
                let (sender, author, message) = (c.client()?, c.int("sender")?, c.id::<MessageId>(what)?);
                let state = c.code::<StateCode>()?;
                let kind = c.code::<MessageCode>()?;
                let body = match (kind, c.maybe_text(what)?, c.code()?) {
                    (MessageCode::Text, Some(text), format) => MessageBody::Text { text, format },
                    (MessageCode::Unknown, Some(content_type), _) => MessageBody::Unknown { content_type },
                    (MessageCode::Text | MessageCode::Unknown, None, _) => MessageBody::Deleted,
                    (MessageCode::Reaction | MessageCode::Edit | MessageCode::Delete, _, _) => {
                        return Err(Error::Corrupt { what });
                    }
                };
                Ok((sender, author, message, state, body, c.maybe_id("reply")?))
            },
        )?;
        let (sender, author, message, state, body, reply_to) = found.ok_or(Error::Corrupt { what })?;
        let state = match state {
            StateCode::Received => MessageState::Received,
            StateCode::Queued => MessageState::Queued,
            StateCode::Sent => MessageState::Sent,
            StateCode::Failed => {
                let (intent, reason) = self.failure_of(id)?;
                MessageState::Failed { intent, reason }
            }
        };
        Ok((Plain { message, sender, author, state, reply_to }, body))
    }

    pub(super) fn quote(&self, group_row: i64, message: MessageId) -> Result<Quote, Error> {
        let id = self.text_id(group_row, &message)?;
        let Some(id) = id else { return Ok(Quote { message, sender: None, text: None }) };
        let shown = self.shown_message(group_row, id)?;
        let text = match shown.body {
            MessageBody::Text { text, .. } => Some(excerpt(&text)),
            MessageBody::Deleted | MessageBody::Unknown { .. } => None,
        };
        Ok(Quote { message, sender: Some(shown.message.sender), text })
    }
}
