use bytes::Bytes;
use conclave_protocol::{Epoch, GroupId, Timestamp, UserUri};
use conclave_record::GroupStatus;

/// The row id of a held Welcome; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldWelcomeId(pub i64);

/// A Welcome that waits until this client is removed from its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldWelcome {
    pub id: HeldWelcomeId,
    pub group: GroupId,
    /// Whether the group's log is known to have begun its epoch.
    pub known: bool,
}

/// A Welcome to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WelcomeToHold {
    pub welcome: Bytes,
    /// Who signed it.
    pub sender: UserUri,
    /// The epoch it joins.
    pub epoch: Epoch,
    /// Whether the group's log is known to have begun that epoch.
    pub known: bool,
}

/// The state of this client's present membership of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub status: GroupStatus,
    pub epoch: Epoch,
    /// Whether the commit that began the epoch is known: after a join, not until the log showed it.
    pub anchored: bool,
    /// Whether the log claims an epoch that it has not seen begin.
    pub behind: bool,
    /// When the membership began here, by the local clock.
    pub started: Timestamp,
}
