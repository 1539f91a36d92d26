//! Who may do what: the one rule, used to judge commits and to answer beforehand.

use conclave_record::Role;
use mls_rs_codec::{MlsDecode, MlsEncode, MlsSize};

use super::{GroupPolicy, Refusal};

/// What somebody may want to change in a group. Renewing one's own key and leaving need no permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Add people.
    Add,
    /// Remove somebody else.
    Remove,
    /// Rename the group.
    Rename,
    /// Change people's roles.
    ChangeRoles,
    /// Change anything else of the policy.
    ChangePolicy,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Add, Self::Remove, Self::Rename, Self::ChangeRoles, Self::ChangePolicy];

    /// Why a commit that does this without the right is refused.
    #[must_use]
    pub const fn refusal(self) -> Refusal {
        match self {
            Self::Add => Refusal::MayNotAdd,
            Self::Remove => Refusal::MayNotRemove,
            Self::Rename => Refusal::MayNotRename,
            Self::ChangeRoles => Refusal::MayNotChangeRoles,
            Self::ChangePolicy => Refusal::MayNotChangePolicy,
        }
    }
}

/// The minimum role for each right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, MlsSize, MlsEncode, MlsDecode)]
pub struct Rights {
    /// Add people.
    #[mls_codec(with = "super::role_bytes")]
    pub add: Role,
    /// Remove members; owners and admins are removed by owners only, whatever this says.
    #[mls_codec(with = "super::role_bytes")]
    pub remove: Role,
    /// Rename the group.
    #[mls_codec(with = "super::role_bytes")]
    pub rename: Role,
    /// Change anything else of the policy; roles are changed by owners only, whatever this says.
    #[mls_codec(with = "super::role_bytes")]
    pub change: Role,
    /// Invite by link.
    #[mls_codec(with = "super::role_bytes")]
    pub invite: Role,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            add: Role::Admin,
            remove: Role::Admin,
            rename: Role::Admin,
            change: Role::Owner,
            invite: Role::Admin,
        }
    }
}

impl GroupPolicy {
    /// The minimum role for this; where it has a target, for a plain member as the target.
    #[must_use]
    pub fn least(&self, action: Action) -> Role {
        match action {
            Action::Add => self.rights.add,
            Action::Remove => self.rights.remove,
            Action::Rename => self.rights.rename,
            Action::ChangeRoles => Role::Owner,
            Action::ChangePolicy => self.rights.change,
        }
    }

    /// Whether this role may do this; where it has a target, to a plain member.
    #[must_use]
    pub fn may(&self, by: Role, action: Action) -> bool {
        by >= self.least(action)
    }

    /// Whether this role may do this to somebody of that role: what concerns admins and owners is for owners.
    #[must_use]
    pub fn may_on(&self, by: Role, action: Action, target: Role) -> bool {
        let least = if target > Role::Member { Role::Owner } else { Role::Member };
        by >= least && self.may(by, action)
    }
}
