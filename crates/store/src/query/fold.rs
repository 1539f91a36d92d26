//! Folding what was said about a message into it: the newest edit, a deletion, reactions. Only its author may edit or
//! delete it; what anyone else tries is passed over.

use conclave_protocol::UserUri;

use crate::row::{FailedChange, MessageBody, MessageCode, Reaction, StateCode};

/// A message that has another one as its target.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) code: MessageCode,
    pub(super) state: StateCode,
    pub(super) by: UserUri,
    pub(super) body: Option<String>,
    pub(super) markdown: bool,
    /// For reactions: taken back by the one who made it.
    pub(super) taken_back: bool,
    /// Where it failed.
    pub(super) failure: Option<FailedChange>,
}

/// What is shown of a message.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) body: MessageBody,
    pub(super) edited: bool,
    pub(super) reactions: Vec<Reaction>,
    pub(super) failed_change: Option<FailedChange>,
}

/// Folds changes, oldest first, into a message by `author`.
pub(super) fn fold(author: &UserUri, body: MessageBody, changes: Vec<Change>) -> Folded {
    let mut folded = Folded { body, edited: false, reactions: Vec::new(), failed_change: None };
    for change in changes {
        if change.state == StateCode::Failed {
            folded.failed_change = folded.failed_change.or(change.failure);
            continue;
        }
        match change.code {
            MessageCode::Reaction if !change.taken_back => react(&mut folded.reactions, change),
            MessageCode::Edit if change.by == *author => edit(&mut folded, change),
            MessageCode::Delete if change.by == *author => folded.body = MessageBody::Deleted,
            _ => {}
        }
    }
    if folded.body == MessageBody::Deleted {
        folded.edited = false;
        folded.reactions.clear();
    }
    folded
}

fn edit(folded: &mut Folded, change: Change) {
    if let (MessageBody::Text { text, markdown }, Some(new)) = (&mut folded.body, change.body) {
        *text = new;
        *markdown = change.markdown;
        folded.edited = true;
    }
}

fn react(reactions: &mut Vec<Reaction>, change: Change) {
    let Some(emoji) = change.body else { return };
    match reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
        Some(reaction) if reaction.people.contains(&change.by) => {}
        Some(reaction) => reaction.people.push(change.by),
        None => reactions.push(Reaction { emoji, people: vec![change.by] }),
    }
}
