use conclave_record::{MembershipKind, Role, UnreadableCause};
use serde::{Deserialize, Serialize};

use super::Person;
use super::WaitingChange;
use super::timeline::MessageState;

/// A group, as in the list of groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct GroupSummary {
    pub id: String,
    pub name: String,
    pub health: GroupHealth,
    pub people: u32,
    pub unread: u32,
    /// Membership changes not yet on screen.
    pub unseen_changes: u32,
    /// Time of the newest row, or without rows, of the group's start on this device. The list is ordered by it.
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub activity_ms: u64,
    pub last: Option<LastRow>,
    /// The first 200 characters of the draft; empty if it is a reply without text so far.
    pub draft: Option<String>,
    /// Listed before the others.
    pub pinned: bool,
    /// Archived; a new message brings it back, unless the group is muted.
    pub archived: bool,
    /// Marked as unread by the user.
    pub marked_unread: bool,
    /// No notifications until then; 2^53 - 1 means for ever. None: not muted.
    #[cfg_attr(feature = "specta", specta(type = Option<f64>))]
    pub muted_until_ms: Option<u64>,
    /// When the oldest waiting change was requested, by this computer's clock. None: no change waits.
    #[cfg_attr(feature = "specta", specta(type = Option<f64>))]
    pub waits_since_ms: Option<u64>,
}

/// The newest row of a group, for the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LastRow {
    Message {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        at_ms: u64,
        sender: Person,
        /// The first 200 characters; none if it was deleted or can't be shown.
        text: Option<String>,
        state: MessageState,
    },
    Membership {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        at_ms: u64,
        change: MembershipKind,
        actor: Option<Person>,
        target: Option<Person>,
    },
    Other {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        at_ms: u64,
    },
}

/// A group's health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum GroupHealth {
    /// Created here, not yet accepted by the service.
    Creating,
    Healthy,
    /// Reading the log: `done` of `total` entries.
    CatchingUp {
        done: u32,
        total: u32,
    },
    /// This user asked to leave; a member has yet to commit it.
    Leaving,
    /// This user left.
    Left,
    /// This user was removed.
    Removed {
        by: Option<Person>,
    },
    /// The state is broken: it needs to be set up again. Nothing can be sent; what was received stays readable.
    Broken {
        cause: UnreadableCause,
    },
    /// A fault on this computer (disk, keychain); retried automatically.
    Quarantined {
        cause: HeldUp,
    },
    /// The log shows a change that this device did not get, or somebody makes it look so. The group continues, and
    /// others' messages may be unreadable here.
    Behind,
    /// The service does not deliver the group's log to this device. Retried automatically; nothing is sent meanwhile.
    NotFollowed {
        why: NotFollowed,
    },
}

/// Why a group is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum HeldUp {
    /// The disk can't be used.
    Disk,
    /// The keychain does not answer.
    Keychain,
    /// A fault of ours.
    Fault,
}

/// Why the service does not deliver a group's log to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum NotFollowed {
    /// This device was offline for longer than the service keeps the log: somebody has to add this user again.
    AwayTooLong,
    /// The service no longer has the log.
    LogGone,
    /// The service was set back to a state before the group's last change: the group can't continue here, and somebody
    /// has to add this user again.
    SetBack,
    /// The service does not know the group as its Welcome describes it: the Welcome is wrong or outdated.
    NoSuchGroup,
    /// More groups than the service lets one connection follow.
    TooManyGroups,
}

/// What a group's header and panel show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct GroupDetail {
    pub id: String,
    pub name: String,
    pub health: GroupHealth,
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub epoch: u64,
    /// First 16 hex digits of the epoch authenticator: equal for all members of the same epoch (RFC 9420 §8.7).
    pub epoch_authenticator: String,
    pub people: u32,
    pub devices: u32,
    pub my_role: Option<Role>,
    pub policy: PolicyView,
    pub may: GroupMay,
    /// When this device last renewed its key in the group.
    #[cfg_attr(feature = "specta", specta(type = Option<f64>))]
    pub key_renewed_ms: Option<u64>,
    pub cipher_suite: String,
    /// How many changes and messages of this user are not done or sent yet.
    pub queued: u32,
    /// The first eight of the changes, in the order in which they were requested.
    pub waiting: Vec<WaitingChange>,
    /// How many changes there are in all.
    pub waiting_total: u32,
}

/// The group's policy in parts that the window puts into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    pub room: String,
    /// The least role that may add people, remove members, rename the group.
    pub least_to_add: Role,
    pub least_to_remove: Role,
    pub least_to_rename: Role,
    pub external_join: bool,
    pub padding: bool,
    pub encrypted_handshake: bool,
    pub update_interval_days: u32,
}

/// What this user may do in a group now: its policy allows it, and the group can be changed from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct GroupMay {
    pub add: bool,
    pub rename: bool,
}

/// What this user may do with another person of a group now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PersonMay {
    pub remove: bool,
}

/// Who is in a group, at one epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Roster {
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub epoch: u64,
    pub tree_hash: String,
    /// Ordered by role (highest first), then handle. At most `limit` of the query.
    pub people: Vec<RosterPerson>,
    pub total: u32,
}

/// One person of the roster with their devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RosterPerson {
    pub person: Person,
    pub role: Role,
    /// Nothing with this user themselves.
    pub may: PersonMay,
    pub devices: Vec<RosterDevice>,
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub since_ms: u64,
    /// First bytes of SHA-256 of the identity key, hex, in groups of four.
    pub fingerprint: String,
}

/// A device (client) in a group: one leaf of the ratchet tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RosterDevice {
    pub device: String,
    pub leaf: u32,
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub since_epoch: u64,
    pub this_device: bool,
}
