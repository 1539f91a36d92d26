//! Commands about messages: send, react, edit, delete. Each is an intent with its row, durable before the call
//! returns. Calls about one group run in the order in which they were made (`turns`), so that messages keep the order
//! of typing.

use std::future::Future;

use bytes::Bytes;
use conclave_group::content::{BadReaction, Content, Meaning, message_id, reaction};
use conclave_group::policy::GroupPolicy;
use conclave_protocol::limits::{REACTION_BYTES_MAX, REACTIONS_PER_PERSON_MAX, TEXT_BYTES_MAX};
use conclave_protocol::{GroupId, MessageId};
use conclave_record::{IntentId, MessageKind, OwnMessage, TextFormat};
use conclave_store::{DraftPart, MessageBody, RowId, Tx};

use super::translate::{internal, message_id as parse_message};
use super::{Engine, Open};
use crate::api::{Draft, Error};

impl Engine {
    /// Sends a text. Returns the id of its row, which exists at once.
    pub fn send(
        &self,
        group: &str,
        draft: Draft,
    ) -> impl Future<Output = Result<String, Error>> + Send + use<> {
        let call = self.enqueue(group);
        async move {
            let (open, group, _turn) = call?.turn().await;
            let row = open.send(group, &draft).await?;
            row.map(|r| r.to_string()).ok_or_else(|| internal(&"a text has no row"))
        }
    }

    /// Adds a reaction to a message, or removes it.
    pub fn react(
        &self,
        group: &str,
        message: String,
        emoji: String,
        on: bool,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let call = self.enqueue(group);
        async move {
            let (open, group, _turn) = call?.turn().await;
            open.react(group, parse_message(&message)?, emoji, on).await
        }
    }

    /// Replaces the text and the format of an own message.
    pub fn edit(
        &self,
        group: &str,
        message: String,
        text: String,
        format: TextFormat,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let call = self.enqueue(group);
        async move {
            let (open, group, _turn) = call?.turn().await;
            open.edit(group, parse_message(&message)?, &text, format).await
        }
    }

    /// Deletes an own message.
    pub fn delete(
        &self,
        group: &str,
        message: String,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let call = self.enqueue(group);
        async move {
            let (open, group, _turn) = call?.turn().await;
            let target = parse_message(&message)?;
            open.own_text(group, target).await?;
            let content = Content::delete(open.deps.ids.bytes16(), target);
            open.send_content(group, &content).await.map(drop)
        }
    }
}

impl Open {
    async fn send(&self, group: GroupId, draft: &Draft) -> Result<Option<i64>, Error> {
        let text = text(&draft.text)?;
        let reply_to = draft.reply_to.as_deref().map(parse_message).transpose()?;
        let salt = self.deps.ids.bytes16();
        let content = match reply_to {
            Some(to) => Content::reply(salt, to, text, draft.format),
            None => Content::text(salt, text, draft.format),
        };
        self.send_content(group, &content).await
    }

    async fn react(&self, group: GroupId, target: MessageId, emoji: String, on: bool) -> Result<(), Error> {
        let bare = reaction(&emoji).map_err(|bad| match bad {
            BadReaction::Empty => Error::Empty,
            BadReaction::TooLong => Error::TooLong { max: REACTION_BYTES_MAX as u64 },
            BadReaction::Control => Error::NotAReaction,
        })?;
        let mine = self.deps.store.read(move |v| v.own_reaction(&group, &target, &bare)).await?;
        let salt = self.deps.ids.bytes16();
        if on {
            if mine.is_none() {
                self.check_reaction_limit(group, target).await?;
                let content = Content::reaction(salt, target, &emoji);
                self.send_content(group, &content).await?;
            }
            return Ok(());
        }
        if let Some(mine) = mine {
            let content = Content::unreact(self.deps.ids.bytes16(), mine, target);
            self.send_content(group, &content).await?;
        }
        Ok(())
    }

    /// Refuses a reaction that all others would ignore.
    async fn check_reaction_limit(&self, group: GroupId, target: MessageId) -> Result<(), Error> {
        let there = self.deps.store.read(move |v| v.own_reactions(&group, &target)).await?;
        if there < REACTIONS_PER_PERSON_MAX {
            return Ok(());
        }
        Err(Error::TooMany { max: REACTIONS_PER_PERSON_MAX as u64 })
    }

    async fn edit(
        &self,
        group: GroupId,
        target: MessageId,
        text: &str,
        format: TextFormat,
    ) -> Result<(), Error> {
        let new = self::text(text)?;
        let answered = self.own_text(group, target).await?;
        let content = Content::edit(self.deps.ids.bytes16(), target, answered, new, format);
        self.send_content(group, &content).await.map(drop)
    }

    /// The message that an own text replies to; an edit keeps it.
    async fn own_text(&self, group: GroupId, message: MessageId) -> Result<Option<MessageId>, Error> {
        let view =
            self.deps.store.read(move |v| v.message(&group, &message)).await?.ok_or(Error::NoSuchMessage)?;
        match view.body {
            MessageBody::Text { .. } if view.sender.user() == self.deps.me.client.user() => {
                Ok(view.reply_to.map(|q| q.message))
            }
            _ => Err(Error::NoSuchMessage),
        }
    }

    /// Stores an intent to send this content, with its row, and has the group handle it.
    async fn send_content(&self, group: GroupId, content: &Content) -> Result<Option<i64>, Error> {
        let head = self.member_head(group).await?;
        let encoded = content.encode().map_err(|e| internal(&e))?;
        let room = GroupPolicy::decode(&head.policy).map_err(|e| internal(&e))?.room;
        let me = self.deps.me.client.clone();
        let Meaning::Message { kind, in_reply_to, .. } = Meaning::of(content) else {
            return Err(internal(&"a profile is sent by the group"));
        };
        let message = message_id(me.user(), &room, &encoded, &content.salt);
        let own = OwnMessage {
            message,
            sender: me,
            epoch: head.epoch,
            at: self.deps.clock.now(),
            kind,
            in_reply_to,
            content: Bytes::from(encoded),
        };
        let (_, row) = self.deps.store.write(move |tx| add_send(tx, &group, &own)).await?;
        self.intents_changed(group);
        Ok(row.map(|r| r.0))
    }
}

/// Stores a message and ends its draft in one transaction.
fn add_send(
    tx: &mut Tx<'_>,
    group: &GroupId,
    own: &OwnMessage,
) -> Result<(IntentId, Option<RowId>), conclave_store::Error> {
    match own.kind {
        MessageKind::Text { .. } => tx.end_draft(group, DraftPart::Text)?,
        MessageKind::Edit { .. } => tx.end_draft(group, DraftPart::Edit)?,
        MessageKind::Reaction { .. } | MessageKind::Delete { .. } | MessageKind::Unknown { .. } => {}
    }
    tx.add_send(group, own)
}

fn text(text: &str) -> Result<&str, Error> {
    if text.trim().is_empty() {
        return Err(Error::Empty);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong { max: TEXT_BYTES_MAX as u64 });
    }
    Ok(text)
}
