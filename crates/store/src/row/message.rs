use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, MessageId, Seq, Timestamp};

use super::UnreadableCause;
use crate::code::persisted;

/// What a message does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageKind {
    Text {
        text: String,
        markdown: bool,
    },
    Reaction {
        target: MessageId,
        emoji: String,
    },
    Edit {
        target: MessageId,
        text: String,
        markdown: bool,
    },
    /// Of a text, or of a reaction.
    Delete {
        target: MessageId,
    },
    Unknown {
        content_type: String,
    },
}

/// A message from the log that is not this device's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    pub message: MessageId,
    pub sender: ClientUri,
    pub epoch: Epoch,
    pub seq: Seq,
    pub at: Timestamp,
    pub kind: MessageKind,
    pub in_reply_to: Option<MessageId>,
    /// The encoded MIMI content as received.
    pub content: Bytes,
}

/// A message that this device wants sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnMessage {
    pub message: MessageId,
    pub sender: ClientUri,
    /// The current epoch; replaced by that of the accepted entry.
    pub epoch: Epoch,
    /// By the local clock; replaced by log time once accepted.
    pub at: Timestamp,
    pub kind: MessageKind,
    pub in_reply_to: Option<MessageId>,
    /// The encoded MIMI content to send.
    pub content: Bytes,
}

/// An entry that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    pub seq: Seq,
    pub at: Timestamp,
    pub epoch: Epoch,
    pub sender: Option<ClientUri>,
    pub cause: UnreadableCause,
}

persisted! {
    /// What a message is.
    pub(crate) enum MessageCode: "message kind" {
        Text = 0,
        Reaction = 1,
        Edit = 2,
        Delete = 3,
        Unknown = 4,
    }
}

persisted! {
    /// How far a message has come.
    pub(crate) enum StateCode: "message state" {
        Received = 0,
        Queued = 1,
        Sent = 2,
        Failed = 3,
    }
}
