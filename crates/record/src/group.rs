use bytes::Bytes;
use conclave_protocol::{ClientUri, CommitHash, Epoch, GroupId, Seq, Timestamp, UserUri};

use crate::{Role, UnreadableCause, stored_enum};

/// One membership of a group; being added again, or rejoining, begins the next one. MLS state belongs to a generation;
/// timeline and membership log belong to the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation {
    /// The group.
    pub group: GroupId,
    /// From 1; never used twice for a group.
    pub number: u32,
}

/// A group's status, as far as its machine knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupStatus {
    /// Created here; its first commit is not accepted yet.
    Creating,
    /// This client is a member.
    Active,
    /// This user asked to leave.
    Leaving,
    /// This user left (or closed the group as its last member).
    Left,
    /// This user was removed.
    Removed {
        /// By whom, where known.
        by: Option<UserUri>,
    },
    /// The MLS state can't continue.
    Broken {
        /// Why.
        cause: UnreadableCause,
    },
}

impl GroupStatus {
    /// The status without its details.
    #[must_use]
    pub const fn code(&self) -> StatusCode {
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

stored_enum! {
    /// A group's status, without its details.
    pub enum StatusCode: "status" {
        Creating = 0,
        Active = 1,
        Leaving = 2,
        Left = 3,
        Removed = 4,
        Broken = 5,
    }
}

stored_enum! {
    /// What this client's next own commit has to renew of its leaf.
    pub enum Renewal: "renewal" {
        /// Nothing.
        Done = 0,
        /// The leaf still comes from a key package: its HPKE key.
        Leaf = 1,
        /// It comes from a last-resort key package, which others may have got too: the signature key as well.
        Signer = 2,
    }
}

/// A group's head, for lists and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupHead {
    pub name: String,
    pub status: GroupStatus,
    pub epoch: Epoch,
    pub tree_hash: Bytes,
    /// RFC 9420 §8.7.
    pub epoch_authenticator: Bytes,
    /// The encoded policy extension (GroupPolicy, 0xF0C1).
    pub policy: Bytes,
    pub cipher_suite: u16,
    pub own_leaf: u32,
    pub own_role: Role,
    pub people: u32,
    pub devices: u32,
    /// Log time at which this client's leaf was last renewed.
    pub key_renewed: Timestamp,
    /// What this client's next own commit has to renew of its leaf.
    pub renewal: Renewal,
    /// Who added this client; `None` if it created the group.
    pub added_by: Option<ClientUri>,
    /// The commit that began the current epoch; `None` in epoch 0, and after a join until the log showed it.
    pub parent: Option<CommitHash>,
    /// The time that this commit states; 0 if there is none.
    pub stated: Timestamp,
    /// An entry of the log that claims an epoch whose beginning this client did not see: it may lack a commit. The
    /// claim is not authenticated. `None` again once something authenticated shows that the epoch continues.
    pub behind: Option<Seq>,
}
