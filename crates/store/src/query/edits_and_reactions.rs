//! Folds messages into the one they refer to: the newest edit, a deletion, reactions. Only its author may edit or
//! delete it; others' attempts are ignored. No more is read than is shown, so a message with 40,000 reactions and edits
//! costs as much as any other.

use std::collections::{HashMap, HashSet};

use conclave_protocol::MessageId;
use conclave_record::{Code, MessageCode};

use super::View;
use super::message::Plain;
use crate::error::Error;
use crate::row::{FailedChange, MessageBody, Reaction, StateCode};
use crate::sql;

/// Most reactions shown of one message. Each person has at most
/// [`REACTIONS_PER_PERSON_MAX`](conclave_protocol::limits::REACTIONS_PER_PERSON_MAX).
const REACTIONS_MAX: u32 = 4_096;

/// What is shown with a message beside its text.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) reactions: Vec<Reaction>,
    pub(super) failed_change: Option<FailedChange>,
}

/// A message whose edits, reactions and deletion are looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    group_row: i64,
    message: &'a MessageId,
    /// The row of its author's name.
    author: i64,
}

impl<'a> Target<'a> {
    pub(super) fn of(group_row: i64, message: &'a Plain) -> Self {
        Self { group_row, message: &message.message, author: message.author }
    }
}

impl View<'_> {
    /// The text as it is now, and whether it was edited.
    pub(super) fn body_now(
        &self,
        target: Target<'_>,
        body: MessageBody,
    ) -> Result<(MessageBody, bool), Error> {
        if !self.is_target(target)? {
            return Ok((body, false));
        }
        if body == MessageBody::Deleted || self.is_deleted(target)? {
            return Ok((MessageBody::Deleted, false));
        }
        if !matches!(body, MessageBody::Text { .. }) {
            return Ok((body, false));
        }
        let edit = match self.waiting_edit(target)? {
            Some(edit) => Some(edit),
            None => self.newest_edit(target)?,
        };
        Ok(edit.map_or((body, false), |edit| (edit, true)))
    }

    /// Its reactions, and the first own change of it that failed.
    pub(super) fn folded(&self, target: Target<'_>, deleted: bool) -> Result<Folded, Error> {
        if !self.is_target(target)? {
            return Ok(Folded::default());
        }
        let reactions = if deleted { Vec::new() } else { self.reactions(target)? };
        Ok(Folded { reactions, failed_change: self.failed_change(target)? })
    }

    /// Whether anything refers to it: mostly nothing does.
    fn is_target(&self, Target { group_row, message, .. }: Target<'_>) -> Result<bool, Error> {
        sql::exists(
            self.conn,
            "SELECT 1 FROM messages WHERE group_row = ?1 AND target = ?2 LIMIT 1",
            (group_row, message.as_bytes().as_slice()),
        )
    }

    fn is_deleted(&self, Target { group_row, message, author }: Target<'_>) -> Result<bool, Error> {
        sql::exists(
            self.conn,
            "SELECT 1 FROM messages WHERE group_row = ?1 AND target = ?2 AND kind = ?3 AND sender = ?4 AND state <> ?5
             LIMIT 1",
            (
                group_row,
                message.as_bytes().as_slice(),
                MessageCode::Delete.stored(),
                author,
                StateCode::Failed.stored(),
            ),
        )
    }

    /// The newest own edit that has no place in the log yet.
    fn waiting_edit(&self, target: Target<'_>) -> Result<Option<MessageBody>, Error> {
        self.edit(
            target,
            "SELECT body, markdown FROM messages WHERE group_row = ?1 AND target = ?2 AND kind = ?3 AND sender = ?4
                 AND seq IS NULL AND state <> ?5 ORDER BY id DESC LIMIT 1",
        )
    }

    fn newest_edit(&self, target: Target<'_>) -> Result<Option<MessageBody>, Error> {
        self.edit(
            target,
            "SELECT body, markdown FROM messages WHERE group_row = ?1 AND target = ?2 AND kind = ?3 AND sender = ?4
                 AND seq IS NOT NULL AND state <> ?5 ORDER BY seq DESC, id DESC LIMIT 1",
        )
    }

    fn edit(&self, target: Target<'_>, sql: &'static str) -> Result<Option<MessageBody>, Error> {
        let Target { group_row, message, author } = target;
        let found = sql::first(
            self.conn,
            sql,
            (
                group_row,
                message.as_bytes().as_slice(),
                MessageCode::Edit.stored(),
                author,
                StateCode::Failed.stored(),
            ),
            |c| Ok((c.maybe_text("message")?, c.code()?)),
        )?;
        // An edit without a text was wiped with its message.
        Ok(found.and_then(|(text, format)| text.map(|text| MessageBody::Text { text, format })))
    }

    /// In log order, then those that wait; beyond the maximum, reactions of people who came later are left out.
    fn reactions(&self, Target { group_row, message, .. }: Target<'_>) -> Result<Vec<Reaction>, Error> {
        let rows = sql::all(
            self.conn,
            "SELECT r.sender, p.uri, r.body FROM (
                 SELECT m.id, m.seq, m.sender, m.body FROM messages m
                 WHERE m.group_row = ?1 AND m.target = ?2 AND m.kind = ?3 AND m.state <> ?5
                     AND NOT EXISTS (SELECT 1 FROM messages d WHERE d.group_row = ?1 AND d.target = m.message
                         AND d.kind = ?4 AND d.sender = m.sender AND d.state <> ?5)
                 ORDER BY m.sender LIMIT ?6) r
             JOIN people p ON p.id = r.sender ORDER BY r.seq IS NULL, r.seq, r.id",
            (
                group_row,
                message.as_bytes().as_slice(),
                MessageCode::Reaction.stored(),
                MessageCode::Delete.stored(),
                StateCode::Failed.stored(),
                REACTIONS_MAX,
            ),
            |c| Ok((c.int("sender")?, c.user()?, c.maybe_text("message")?)),
        )?;
        let mut reactions: Vec<Reaction> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut counted: HashSet<(usize, i64)> = HashSet::new();
        for (sender, by, emoji) in rows {
            let Some(emoji) = emoji else { continue };
            let place = *places.entry(emoji).or_insert_with_key(|emoji| {
                reactions.push(Reaction { emoji: emoji.clone(), people: Vec::new() });
                reactions.len() - 1
            });
            if counted.insert((place, sender))
                && let Some(reaction) = reactions.get_mut(place)
            {
                reaction.people.push(by);
            }
        }
        Ok(reactions)
    }

    fn failed_change(
        &self,
        Target { group_row, message, .. }: Target<'_>,
    ) -> Result<Option<FailedChange>, Error> {
        let id = sql::first(
            self.conn,
            "SELECT id FROM messages WHERE group_row = ?1 AND target = ?2 AND state = 3 ORDER BY id LIMIT 1",
            (group_row, message.as_bytes().as_slice()),
            |c| c.int("message"),
        )?;
        let Some(id) = id else { return Ok(None) };
        let (intent, reason) = self.failure_of(id)?;
        Ok(Some(FailedChange { intent, reason }))
    }
}
