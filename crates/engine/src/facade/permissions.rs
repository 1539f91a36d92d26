//! What this user may do in a group under its policy: for commands that refuse early, and for the window.

use conclave_group::parameters;
use conclave_group::policy::{Action, GroupPolicy};
use conclave_record as record;
use conclave_record::Role;

use super::translate::internal;
use crate::api;

/// A user's role under a group's policy.
pub(super) struct Permissions {
    policy: GroupPolicy,
    role: Role,
    /// Whether the group can be changed from here.
    acts: bool,
}

impl Permissions {
    pub(super) fn of(head: &record::GroupHead) -> Result<Self, api::Error> {
        let policy = GroupPolicy::decode(&head.policy).map_err(|e| internal(&e))?;
        let acts = matches!(head.status, record::GroupStatus::Creating | record::GroupStatus::Active);
        Ok(Self { policy, role: head.own_role, acts })
    }

    /// Refuses early what the group's members would refuse.
    pub(super) fn require(&self, action: Action) -> Result<(), api::Error> {
        let why = refusal(action);
        if self.may(action) { Ok(()) } else { Err(api::Error::NotAllowed { why }) }
    }

    /// The same for removing somebody of this role.
    pub(super) fn require_removal_of(&self, target: record::Role) -> Result<(), api::Error> {
        let why = api::Refusal::OnlyOwnersRemove;
        if self.may_on(Action::Remove, target) { Ok(()) } else { Err(api::Error::NotAllowed { why }) }
    }

    /// Whether the policy allows this; if it is done to somebody, to plain members.
    fn may(&self, action: Action) -> bool {
        self.policy.may(self.role, action)
    }

    /// Whether the policy allows doing this to somebody else of that role.
    fn may_on(&self, action: Action, target: record::Role) -> bool {
        self.policy.may_on(self.role, action, target)
    }

    /// What the window offers.
    pub(super) fn group_may(&self) -> api::GroupMay {
        let may = |action| self.acts && self.may(action);
        api::GroupMay { add: may(Action::Add), rename: may(Action::Rename) }
    }

    /// What the window offers to do with somebody else of that role.
    pub(super) fn person_may(&self, target: record::Role) -> api::PersonMay {
        api::PersonMay { remove: self.acts && self.may_on(Action::Remove, target) }
    }

    /// The policy in parts that the window puts into words.
    pub(super) fn policy(&self) -> api::PolicyView {
        let Self { policy, .. } = self;
        let least = |action| policy.least(action);
        api::PolicyView {
            room: policy.room.clone(),
            least_to_add: least(Action::Add),
            least_to_remove: least(Action::Remove),
            least_to_rename: least(Action::Rename),
            external_join: policy.external_joins,
            padding: parameters::IS_PADDED,
            encrypted_handshake: parameters::ENCRYPT_HANDSHAKE,
            update_interval_days: policy.update_interval_s / 86_400,
        }
    }
}

/// The refusal of an action.
fn refusal(action: Action) -> api::Refusal {
    match action {
        Action::Add => api::Refusal::MayNotAdd,
        Action::Remove => api::Refusal::MayNotRemove,
        Action::Rename => api::Refusal::MayNotRename,
        Action::ChangeRoles => api::Refusal::MayNotChangeRoles,
        Action::ChangePolicy => api::Refusal::MayNotChangePolicy,
    }
}
