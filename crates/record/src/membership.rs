use conclave_protocol::{ClientUri, CommitHash, Epoch, Seq, Timestamp, UserUri};

use crate::{Role, stored_enum};

stored_enum! {
    /// What happened in a membership change.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "specta", derive(specta::Type))]
    #[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
    pub enum MembershipKind: "membership kind" {
        Created = 0,
        Added = 1,
        Removed = 2,
        Left = 3,
        RoleChanged = 4,
        Renamed = 5,
        PolicyChanged = 6,
        /// The committer has a new signature key.
        KeyRotated = 7,
        /// The commit only renewed the committer's keys. Recorded so that each epoch has a row.
        KeysRenewed = 8,
    }
}

/// One row of the membership log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipRow {
    /// Position within the generation's log, from 0, without gaps.
    pub index: u64,
    pub kind: MembershipKind,
    pub actor: Option<ClientUri>,
    pub target: Option<UserUri>,
    /// Number of the target's devices.
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
    /// Hashes what all members agree on: epoch, confirmed transcript hash, kind, actor, target, detail, log time.
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
