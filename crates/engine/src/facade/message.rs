//! Commands about messages: send, react, edit, delete. Each is an intent with its row, durable before the call
//! returns.

use bytes::Bytes;
use conclave_group::content::{Content, TextFormat, message_id};
use conclave_group::policy::GroupPolicy;
use conclave_protocol::limits::TEXT_BYTES_MAX;
use conclave_protocol::{GroupId, MessageId};
use conclave_store::{MessageBody, MessageKind, OwnMessage};

use super::translate::{group_id, internal, message_id as parse_message};
use super::{Engine, Open};
use crate::api;
use crate::api::{Draft, Error};

/// Longest reaction: one emoji with its modifiers and joiners, in bytes of UTF-8.
const EMOJI_BYTES_MAX: usize = 64;

impl Engine {
    /// Sends a text. Returns the id of its row, which is there at once.
    pub async fn send(&self, group: String, draft: Draft) -> Result<String, Error> {
        let (open, group) = (self.account()?, group_id(&group)?);
        let text = text(&draft.text)?;
        let format = format(draft.format);
        let reply_to = draft.reply_to.as_deref().map(parse_message).transpose()?;
        let salt = open.deps.ids.bytes16();
        let content = match reply_to {
            Some(to) => Content::reply(salt, to, text, format),
            None => Content::text(salt, text, format),
        };
        let kind = MessageKind::Text { text: text.to_owned(), markdown: format == TextFormat::Markdown };
        let row = open.say(group, &content, kind).await?;
        row.map(|r| r.to_string()).ok_or_else(|| internal(&"a text has no row"))
    }

    /// Puts an emoji under a message, or takes it away again.
    pub async fn react(&self, group: String, message: String, emoji: String, on: bool) -> Result<(), Error> {
        let (open, group, target) = (self.account()?, group_id(&group)?, parse_message(&message)?);
        if emoji.is_empty() {
            return Err(Error::Empty);
        }
        if emoji.len() > EMOJI_BYTES_MAX {
            return Err(Error::TooLong { max: EMOJI_BYTES_MAX as u64 });
        }
        let mine = {
            let emoji = emoji.clone();
            open.deps.store.read(move |v| v.own_reaction(&group, &target, &emoji)).await?
        };
        let salt = open.deps.ids.bytes16();
        if on {
            if mine.is_none() {
                let content = Content::reaction(salt, target, &emoji);
                open.say(group, &content, MessageKind::Reaction { target, emoji }).await?;
            }
            return Ok(());
        }
        if let Some(reaction) = mine {
            let content = Content::unreact(open.deps.ids.bytes16(), reaction, target);
            open.say(group, &content, MessageKind::Delete { target: reaction }).await?;
        }
        Ok(())
    }

    /// Replaces the text of an own message.
    pub async fn edit(&self, group: String, message: String, text: String) -> Result<(), Error> {
        let (open, group, target) = (self.account()?, group_id(&group)?, parse_message(&message)?);
        let new = self::text(&text)?;
        let own = open.own_text(group, target).await?;
        let format = if own.markdown { TextFormat::Markdown } else { TextFormat::Plain };
        let content = Content::edit(open.deps.ids.bytes16(), target, own.in_reply_to, new, format);
        let kind = MessageKind::Edit { target, text: new.to_owned(), markdown: own.markdown };
        open.say(group, &content, kind).await.map(drop)
    }

    /// Takes an own message back.
    pub async fn delete(&self, group: String, message: String) -> Result<(), Error> {
        let (open, group, target) = (self.account()?, group_id(&group)?, parse_message(&message)?);
        open.own_text(group, target).await?;
        let content = Content::delete(open.deps.ids.bytes16(), target);
        open.say(group, &content, MessageKind::Delete { target }).await.map(drop)
    }
}

/// What an edit keeps of an own text.
struct OwnText {
    markdown: bool,
    in_reply_to: Option<MessageId>,
}

impl Open {
    async fn own_text(&self, group: GroupId, message: MessageId) -> Result<OwnText, Error> {
        let view =
            self.deps.store.read(move |v| v.message(&group, &message)).await?.ok_or(Error::NoSuchMessage)?;
        match view.body {
            MessageBody::Text { markdown, .. } if view.sender.user() == self.deps.me.client.user() => {
                Ok(OwnText { markdown, in_reply_to: view.reply_to.map(|q| q.message) })
            }
            _ => Err(Error::NoSuchMessage),
        }
    }

    /// Writes an intent to send this content, with its row; then has the group look.
    async fn say(&self, group: GroupId, content: &Content, kind: MessageKind) -> Result<Option<i64>, Error> {
        self.member_status(group).await?;
        let encoded = content.encode().map_err(|e| internal(&e))?;
        let (_, head) = self.deps.store.read(move |v| v.head(&group)).await?.ok_or(Error::NoSuchGroup)?;
        let room = GroupPolicy::decode(&head.policy).map_err(|e| internal(&e))?.room;
        let me = self.deps.me.client.clone();
        let message = message_id(me.user(), &room, &encoded, &content.salt);
        let own = OwnMessage {
            message,
            sender: me,
            epoch: head.epoch,
            at: self.deps.clock.now(),
            kind,
            in_reply_to: content.in_reply_to,
            content: Bytes::from(encoded),
        };
        let (_, row) = self.deps.store.write(move |tx| tx.add_send(&group, &own)).await?;
        self.wished(group);
        Ok(row.map(|r| r.0))
    }
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

fn format(format: api::TextFormat) -> TextFormat {
    match format {
        api::TextFormat::Plain => TextFormat::Plain,
        api::TextFormat::Markdown => TextFormat::Markdown,
    }
}
