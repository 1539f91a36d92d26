use bytes::Bytes;
use conclave_protocol::{ClientUri, CommitHash, DeviceId, Epoch, GroupId, Seq, Timestamp, UserUri};

use super::{MembershipKind, MessageState};
use crate::code::persisted;

/// One membership of a group: being added again, or rejoining, begins the next one. MLS state belongs to a
/// generation; timeline and membership log belong to the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation {
    /// The group.
    pub group: GroupId,
    /// From 1; never used twice for a group.
    pub number: u32,
}

persisted! {
    /// A role in a group, ordered: owner above admin above member.
    pub enum Role: "role" {
        Member = 0,
        Admin = 1,
        Owner = 2,
    }
}

persisted! {
    /// Why an entry could not be read, or a group is broken.
    pub enum UnreadableCause: "cause" {
        Damaged = 0,
        KeyGone = 1,
        TooOld = 2,
        OtherEpoch = 3,
        SenderGone = 4,
        BadContent = 5,
        RefusedChange = 6,
        /// A commit of the others that this client can't follow.
        Diverged = 7,
        /// Entries that the log no longer has, or that are withheld.
        Missing = 8,
        /// The service was set back: it has lost entries that were handled here.
        SetBack = 9,
    }
}

persisted! {
    /// What of this client's leaf its next own commit has to renew.
    pub enum Renewal: "renewal" {
        Done = 0,
        Leaf = 1,
        Signer = 2,
    }
}

/// How a group stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupStatus {
    /// Made here; its first commit is not accepted yet.
    Creating,
    /// This client is a member.
    Active,
    /// This user asked to leave.
    Leaving,
    /// This user left.
    Left,
    /// This user was removed.
    Removed {
        /// By whom, where known.
        by: Option<UserUri>,
    },
    /// The state is broken.
    Broken {
        /// Why.
        cause: UnreadableCause,
    },
}

persisted! {
    /// How a group stands, without its details.
    pub(crate) enum StatusCode: "status" {
        Creating = 0,
        Active = 1,
        Leaving = 2,
        Left = 3,
        Removed = 4,
        Broken = 5,
    }
}

impl GroupStatus {
    pub(crate) const fn code(&self) -> StatusCode {
        match self {
            Self::Creating => StatusCode::Creating,
            Self::Active => StatusCode::Active,
            Self::Leaving => StatusCode::Leaving,
            Self::Left => StatusCode::Left,
            Self::Removed { .. } => StatusCode::Removed,
            Self::Broken { .. } => StatusCode::Broken,
        }
    }
}

/// A group's head: what lists and headers show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRow {
    pub name: String,
    pub status: GroupStatus,
    pub epoch: Epoch,
    pub tree_hash: Bytes,
    /// RFC 9420 §8.7.
    pub epoch_authenticator: Bytes,
    /// The encoded policy extension.
    pub policy: Bytes,
    pub cipher_suite: u16,
    pub own_leaf: u32,
    pub own_role: Role,
    pub people: u32,
    pub devices: u32,
    /// Log time at which this client's leaf was last renewed.
    pub key_renewed: Timestamp,
    /// What of this client's leaf its next own commit has to renew.
    pub renewal: Renewal,
    /// Who added this client; none where it made the group.
    pub added_by: Option<ClientUri>,
    /// The commit that began the current epoch; none in epoch 0, and after a join until the log showed it.
    pub parent: Option<CommitHash>,
    /// The time which that commit states; 0 where there is none.
    pub stated: Timestamp,
    /// An entry of the log that claims an epoch whose beginning this client did not see; nothing authenticated says so.
    pub behind: Option<Seq>,
}

/// A line of the list of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEntry {
    pub generation: Generation,
    pub name: String,
    pub status: GroupStatus,
    /// Whether the log claims an epoch that this client has not seen begin.
    pub behind: bool,
    pub people: u32,
    /// Texts of others after the read position, but those that were deleted.
    pub unread: u32,
    /// Membership changes after the seen position.
    pub unseen: u32,
    /// Time of the newest row; without rows, of the generation's start.
    pub activity: Timestamp,
    pub last: Option<LastRow>,
    /// The first 200 characters of what is being written there; empty where only an answer was begun.
    pub draft: Option<String>,
    /// It comes before the others.
    pub pinned: bool,
    /// It was put away.
    pub archived: bool,
    /// It was marked, to be looked at again.
    pub marked_unread: bool,
    /// It is to be quiet until then.
    pub muted_until: Timestamp,
    /// Since when the oldest change that the user asked for waits; none: none does.
    pub waits_since: Option<Timestamp>,
}

/// The newest row of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastRow {
    Message {
        at: Timestamp,
        sender: ClientUri,
        /// The first 200 characters; none where deleted or not a text.
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

/// A group whose MLS state is here: its log is to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveGroup {
    pub generation: Generation,
    pub status: GroupStatus,
    pub epoch: Epoch,
    pub cursor: Seq,
    pub log_time: Timestamp,
}

/// How the service's log stands beside the places that it has here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPlace {
    /// A place here is the service's sequence number and this: a service that was set back numbers new entries as it
    /// numbered lost ones.
    pub offset: u64,
    /// How the newest entries up to the cursor looked. What it means is the caller's.
    pub marks: Vec<u8>,
    /// The newest entry, of any membership, that has a row: what comes goes after it.
    pub newest: Seq,
}

/// One leaf of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRow {
    pub leaf: u32,
    pub client: ClientUri,
    pub role: Role,
    /// The user's identity key (Ed25519).
    pub identity_key: [u8; 32],
    /// The leaf's signature key.
    pub signature_key: Bytes,
    /// The epoch that began with the client's adding.
    pub since_epoch: Epoch,
    pub since: Timestamp,
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
