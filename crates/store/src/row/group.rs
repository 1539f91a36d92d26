use bytes::Bytes;
use conclave_protocol::{ClientUri, DeviceId, Epoch, Seq, Timestamp, UserUri};
use conclave_record::{Generation, GroupStatus, MembershipKind, Role};

use super::MessageState;

/// A line of the list of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEntry {
    pub generation: Generation,
    pub name: String,
    pub status: GroupStatus,
    /// Whether the log claims an epoch that this client has not seen begin.
    pub behind: bool,
    pub people: u32,
    /// Others' texts after the read position, except deleted ones.
    pub unread: u32,
    /// Membership changes after the seen position.
    pub unseen: u32,
    /// Time of the newest row; without rows, of the generation's start.
    pub activity: Timestamp,
    pub last: Option<LastRow>,
    /// The first 200 characters of its draft; empty if only a reply was begun.
    pub draft: Option<String>,
    /// Pinned: listed before the others.
    pub pinned: bool,
    /// Archived.
    pub archived: bool,
    /// Marked, to be looked at again.
    pub marked_unread: bool,
    /// Muted until then.
    pub muted_until: Timestamp,
    /// When the oldest waiting change was requested; `None` if none waits.
    pub waits_since: Option<Timestamp>,
}

/// The newest row of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastRow {
    Message {
        at: Timestamp,
        sender: ClientUri,
        /// The first 200 characters; `None` if deleted or not a text.
        text: Option<String>,
        state: MessageState,
    },
    Membership {
        at: Timestamp,
        kind: MembershipKind,
        actor: Option<ClientUri>,
        target: Option<UserUri>,
    },
    Other {
        at: Timestamp,
    },
}

impl GroupEntry {
    /// Everybody whose name the list shows with the group.
    pub fn people(&self) -> impl Iterator<Item = &UserUri> {
        let (sender, actor, target) = match &self.last {
            Some(LastRow::Message { sender, .. }) => (Some(sender), None, None),
            Some(LastRow::Membership { actor, target, .. }) => (None, actor.as_ref(), target.as_ref()),
            Some(LastRow::Other { .. }) | None => (None, None, None),
        };
        let by = match &self.status {
            GroupStatus::Removed { by } => by.as_ref(),
            _ => None,
        };
        sender.into_iter().chain(actor).map(ClientUri::user).chain(target).chain(by)
    }
}

/// A group whose MLS state is stored: its log is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveGroup {
    pub generation: Generation,
    pub status: GroupStatus,
    pub epoch: Epoch,
    pub cursor: Seq,
    pub log_time: Timestamp,
}

/// How the service's log relates to the places stored here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPlace {
    /// A stored place is the service's sequence number plus this: a service that was set back reuses the numbers of
    /// lost entries.
    pub offset: u64,
    /// Digests of the newest entries up to the cursor; opaque to the store.
    pub marks: Vec<u8>,
    /// The newest entry, of any membership, that has a row: new ones go after it.
    pub newest: Seq,
}

/// The people of a group, at one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterPage {
    pub epoch: Epoch,
    pub tree_hash: Bytes,
    /// Highest role first, then by handle.
    pub people: Vec<RosterPerson>,
    /// How many there are in all.
    pub total: u32,
}

/// One person of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterPerson {
    pub user: UserUri,
    /// The highest of their devices' roles.
    pub role: Role,
    /// The earliest of their devices' times.
    pub since: Timestamp,
    pub identity_key: [u8; 32],
    /// Device, leaf, and the epoch that began with its adding; by leaf.
    pub devices: Vec<(DeviceId, u32, Epoch)>,
}
