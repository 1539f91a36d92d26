use conclave_record::{FailReason, MembershipKind, Role, TextFormat, UnreadableCause};
use serde::{Deserialize, Serialize};

use super::Person;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// 1 byte to 64 KiB of UTF-8.
    pub text: String,
    pub format: TextFormat,
    /// Message id, hex.
    pub reply_to: Option<String>,
}

/// Which rows to read. Rows come oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", default)]
pub struct TimelineQuery {
    /// The newest rows before this position; without it the newest of all.
    #[cfg_attr(feature = "specta", specta(type = Option<f64>))]
    pub before: Option<u64>,
    /// Instead: the oldest rows from this position on (inclusive).
    #[cfg_attr(feature = "specta", specta(type = Option<f64>))]
    pub from: Option<u64>,
    /// At most this many (1 to 200; 0 means 60).
    pub limit: u32,
}

/// A page of a timeline, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct TimelinePage {
    pub rows: Vec<TimelineRow>,
    pub more_before: bool,
    pub more_after: bool,
    /// The row id of the first unread row, if any.
    pub first_unread: Option<String>,
}

/// One row of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct TimelineRow {
    /// Stable for the row's life, also when it moves from queued to its place in the log.
    pub id: String,
    /// The order: log order, with this device's queued rows last. Below 2^53.
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub position: u64,
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub at_ms: u64,
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub epoch: u64,
    pub body: RowBody,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum RowBody {
    Message(MessageRow),
    Membership {
        change: MembershipChange,
        /// The entry of the membership log.
        #[cfg_attr(feature = "specta", specta(type = f64))]
        log_index: u64,
        seen: bool,
    },
    /// An entry that could not be read, and why.
    Unreadable {
        sender: Option<Person>,
        cause: UnreadableCause,
    },
    /// This group needs to be set up again: nothing after this row can be read.
    NeedsSetup {
        cause: UnreadableCause,
    },
    /// A change that this user requested failed (add, remove, rename, leave).
    ChangeFailed {
        intent: String,
        what: MembershipKind,
        targets: Vec<Person>,
        failure: FailReason,
    },
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct MessageRow {
    /// MIMI MessageId, hex.
    pub message: String,
    pub sender: Person,
    pub body: MessageBody,
    pub reply_to: Option<Quote>,
    pub reactions: Vec<Reaction>,
    pub edited: bool,
    pub state: MessageState,
}

/// A message's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum MessageBody {
    Text {
        text: String,
        format: TextFormat,
    },
    Deleted,
    /// A content type this version does not show; kept as received.
    Unknown {
        content_type: String,
    },
}

/// The message a reply refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    pub message: String,
    /// None if the message is not on this device.
    pub sender: Option<Person>,
    /// The first 200 characters; none if deleted or not on this device.
    pub text: Option<String>,
}

/// One emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    pub emoji: String,
    pub people: Vec<Person>,
    pub mine: bool,
}

/// The state of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum MessageState {
    Received,
    Queued,
    Sent,
    Failed { intent: String, failure: FailReason },
}

/// A membership change: who did what to whom, in which epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct MembershipChange {
    pub kind: MembershipKind,
    pub actor: Option<Person>,
    pub target: Option<Person>,
    /// How many devices of the target.
    pub devices: u32,
    /// The epoch that began with it.
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub epoch: u64,
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub at_ms: u64,
    /// Renamed: the new name.
    pub name: Option<String>,
    /// RoleChanged: the new role.
    pub role: Option<Role>,
}
