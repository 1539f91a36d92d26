use conclave_protocol::MessageId;

use super::Quote;

/// A group's draft, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftRow {
    /// May be empty: a reply that was only begun.
    pub text: String,
    pub reply_to: Option<MessageId>,
    /// An unsaved edit above it.
    pub edit: Option<EditRow>,
}

/// An unsaved edit of an own message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRow {
    pub message: MessageId,
    pub text: String,
}

/// A draft with the present state of what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftView {
    pub text: String,
    pub reply_to: Option<Quote>,
    pub edit: Option<EditView>,
}

/// An unsaved edit, beside the message's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditView {
    pub message: MessageId,
    pub text: String,
    /// The message's current text.
    pub before: String,
}

/// The part of a draft that ends when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftPart {
    /// The text and what it replies to.
    Text,
    /// The edit; the text below it stays.
    Edit,
}
