use conclave_protocol::{ClientUri, Epoch, MessageId, Timestamp, UserUri};
use conclave_record::{FailReason, IntentId, IntentKind, TextFormat, UnreadableCause, stored_enum};

use super::MembershipEntry;

/// A row of a timeline; stable for the row's life, also when it moves from queued to its place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub i64);

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFrom {
    /// The newest rows of all.
    Newest,
    /// The newest rows before this position.
    Before(u64),
    /// The oldest rows from this position on.
    From(u64),
}

/// A page of a timeline, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelinePage {
    pub rows: Vec<TimelineRow>,
    pub more_before: bool,
    pub more_after: bool,
    /// The first row after the seen position that counts as unread or unseen, on whatever page.
    pub first_unread: Option<RowId>,
}

/// One row of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    pub id: RowId,
    /// Sequence number × 1024 + place within it; from 2^52 for rows that have no place in the log. Below 2^53.
    pub position: u64,
    pub at: Timestamp,
    pub epoch: Epoch,
    pub body: RowBody,
}

impl TimelineRow {
    /// Everybody whose name the row shows.
    pub fn people(&self) -> impl Iterator<Item = &UserUri> {
        let mut people: Vec<&UserUri> = Vec::new();
        match &self.body {
            RowBody::Message(view) => {
                people.push(view.sender.user());
                people.extend(
                    view.reply_to.iter().filter_map(|quote| quote.sender.as_ref()).map(ClientUri::user),
                );
                people.extend(view.reactions.iter().flat_map(|reaction| &reaction.people));
            }
            RowBody::Membership(entry) => people.extend(entry.row.people()),
            RowBody::Unreadable { sender, .. } => people.extend(sender.as_ref().map(ClientUri::user)),
            RowBody::ChangeFailed { kind, .. } => people.extend(kind.people()),
            RowBody::NeedsSetup { .. } => {}
        }
        people.into_iter()
    }
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowBody {
    Message(Box<MessageView>),
    Membership(Box<MembershipEntry>),
    Unreadable {
        sender: Option<ClientUri>,
        cause: UnreadableCause,
    },
    /// The group broke here.
    NeedsSetup {
        cause: UnreadableCause,
    },
    /// An intent of this user that is not a message failed.
    ChangeFailed {
        intent: IntentId,
        kind: Box<IntentKind>,
        reason: FailReason,
    },
}

/// A message with its edits, reactions and deletion folded in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    pub message: MessageId,
    pub sender: ClientUri,
    pub body: MessageBody,
    pub reply_to: Option<Quote>,
    /// In order of first appearance.
    pub reactions: Vec<Reaction>,
    pub edited: bool,
    pub state: MessageState,
    /// An own edit, deletion or reaction of it that failed: the first one not yet retried or discarded.
    pub failed_change: Option<FailedChange>,
}

/// A message's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageBody {
    Text { text: String, format: TextFormat },
    Deleted,
    Unknown { content_type: String },
}

/// The message a reply refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub message: MessageId,
    /// `None` if the message is not stored here.
    pub sender: Option<ClientUri>,
    /// The first 200 characters; `None` if deleted, not a text, or not stored here.
    pub text: Option<String>,
}

/// One emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: String,
    /// Each once, in order of time.
    pub people: Vec<UserUri>,
}

/// The progress of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    Received,
    Queued,
    Sent,
    Failed { intent: IntentId, reason: FailReason },
}

/// An own change of a message that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedChange {
    pub intent: IntentId,
    pub reason: FailReason,
}

stored_enum! {
    /// What a row of the timeline refers to.
    pub(crate) enum RowCode: "row kind" {
        Message = 0,
        Membership = 1,
        Unreadable = 2,
        NeedsSetup = 3,
        ChangeFailed = 4,
    }
}

stored_enum! {
    /// What a row counts as while it is after the seen position.
    pub(crate) enum Counts: "counting" {
        Nothing = 0,
        Unread = 1,
        Unseen = 2,
    }
}
