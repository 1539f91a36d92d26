use conclave_protocol::MessageId;

use super::Quote;

/// What is being written in a group, as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftRow {
    /// May be empty: an answer that was only begun.
    pub text: String,
    pub reply_to: Option<MessageId>,
    /// An edit that is under way over it.
    pub edit: Option<EditRow>,
}

/// An edit of an own message that was not saved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRow {
    pub message: MessageId,
    pub text: String,
}

/// A draft with what it refers to, as that stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftView {
    pub text: String,
    pub reply_to: Option<Quote>,
    pub edit: Option<EditView>,
}

/// An edit that was not saved yet, beside the text that the message has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditView {
    pub message: MessageId,
    pub text: String,
    /// What the message says now.
    pub before: String,
}

/// What of a draft is over once it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftPart {
    /// The text and what it answers.
    Text,
    /// The edit; the text below it stays.
    Edit,
}
