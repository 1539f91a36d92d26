use std::fmt;

use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, MessageId, Seq, Timestamp};

use crate::stored_enum;

stored_enum! {
    /// The media type of a text.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "specta", derive(specta::Type))]
    #[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
    pub enum TextFormat: "text format" {
        /// `text/plain`
        Plain = 0,
        /// `text/markdown`
        Markdown = 1,
    }
}

/// What a message does.
#[derive(Clone, PartialEq, Eq)]
pub enum MessageKind {
    Text {
        text: String,
        format: TextFormat,
    },
    Reaction {
        target: MessageId,
        emoji: String,
    },
    Edit {
        target: MessageId,
        text: String,
        format: TextFormat,
    },
    /// Of a text, or of a reaction.
    Delete {
        target: MessageId,
    },
    Unknown {
        content_type: String,
    },
}

impl MessageKind {
    /// The kind without its details.
    #[must_use]
    pub const fn code(&self) -> MessageCode {
        match self {
            Self::Text { .. } => MessageCode::Text,
            Self::Reaction { .. } => MessageCode::Reaction,
            Self::Edit { .. } => MessageCode::Edit,
            Self::Delete { .. } => MessageCode::Delete,
            Self::Unknown { .. } => MessageCode::Unknown,
        }
    }
}

stored_enum! {
    /// The kind of a message, without its details.
    pub enum MessageCode: "message kind" {
        Text = 0,
        Reaction = 1,
        Edit = 2,
        Delete = 3,
        Unknown = 4,
    }
}

impl MessageCode {
    /// Those that are rows of the timeline; the others change how their target is shown.
    pub const ROWS: [Self; 2] = [Self::Text, Self::Unknown];

    /// Whether it is a row of the timeline.
    #[must_use]
    pub fn has_row(self) -> bool {
        Self::ROWS.contains(&self)
    }

    /// Whether one of somebody else counts as unread, and is worth a notification.
    #[must_use]
    pub const fn is_notable(self) -> bool {
        matches!(self, Self::Text)
    }
}

/// Shows the kind, never the text.
impl fmt::Debug for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => write!(f, "Text({} bytes)", text.len()),
            Self::Reaction { target, .. } => write!(f, "Reaction({target:?})"),
            Self::Edit { target, text, .. } => write!(f, "Edit({target:?}, {} bytes)", text.len()),
            Self::Delete { target } => write!(f, "Delete({target:?})"),
            Self::Unknown { content_type } => write!(f, "Unknown({content_type})"),
        }
    }
}

/// A message from another member.
#[derive(Clone, PartialEq, Eq)]
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

/// Shows where it is, never the text.
impl fmt::Debug for MessageRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageRow({}, {:?}, {:?})", self.seq, self.message, self.kind)
    }
}

/// A message that this device is to send.
#[derive(Clone, PartialEq, Eq)]
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

/// Shows its id, never the text.
impl fmt::Debug for OwnMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnMessage({:?}, {:?})", self.message, self.kind)
    }
}
