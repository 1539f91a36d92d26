use conclave_protocol::{ClientUri, CommitHash, Epoch, Seq, Timestamp, UserUri};

use super::Role;
use crate::code::persisted;

persisted! {
    /// What happened in a membership change.
    pub enum MembershipKind: "membership kind" {
        Created = 0,
        Added = 1,
        Removed = 2,
        Left = 3,
        RoleChanged = 4,
        Renamed = 5,
        PolicyChanged = 6,
        KeyRotated = 7,
        KeysRenewed = 8,
    }
}

/// One row of the membership log, as a group's machine makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipRow {
    /// Position within the generation's log, from 0, without gaps.
    pub index: u64,
    pub kind: MembershipKind,
    pub actor: Option<ClientUri>,
    pub target: Option<UserUri>,
    /// How many devices of the target.
    pub devices: u32,
    /// Renamed: the new name.
    pub name: Option<String>,
    /// RoleChanged: the new role.
    pub role: Option<Role>,
    /// The epoch that began with it.
    pub epoch: Epoch,
    pub at: Timestamp,
    pub seq: Seq,
    pub commit: CommitHash,
    /// Over what all members agree on.
    pub row_hash: [u8; 32],
    /// SHA-256(chain hash of the row before ‖ row hash); 32 zero bytes before a generation's first row.
    pub chain_hash: [u8; 32],
}

impl MembershipRow {
    /// Who did it, and to whom.
    pub fn people(&self) -> impl Iterator<Item = &UserUri> {
        self.actor.iter().map(ClientUri::user).chain(&self.target)
    }
}

/// One row of the membership log, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipEntry {
    /// As written, but with the position in the *group's* log as index: generations follow each other.
    pub row: MembershipRow,
    /// In which membership of the group.
    pub generation: u32,
    /// Whether it was on screen, or is this user's own doing.
    pub seen: bool,
}

/// Which rows of a membership log to read, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Rows with a smaller index than this.
    pub before: Option<u64>,
    /// Only rows in which this user is actor or target.
    pub person: Option<UserUri>,
    /// Only these kinds; empty means all.
    pub kinds: Vec<MembershipKind>,
    /// Only rows whose names (handles of actor and target, as far as they are others', new name) contain this text, in
    /// any ASCII case.
    pub text: Option<String>,
}

/// A page of a membership log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// Newest first.
    pub rows: Vec<MembershipEntry>,
    /// Whether older rows match too.
    pub more: bool,
    /// How many rows match, on all pages.
    pub total: u32,
}

/// Whether each row of a membership log still carries the hash of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainState {
    /// All rows fit, and no epoch between them is without one.
    Intact {
        /// How many rows were looked at: all.
        entries: u64,
    },
    /// The rows fit, but this epoch has none.
    EpochMissing { epoch: Epoch },
    /// The first row that does not fit, or is missing.
    BrokenAt { index: u64 },
}
