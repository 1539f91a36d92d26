//! The decision on a commit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use conclave_protocol::{ClientUri, Timestamp, UserUri, limits};
use conclave_record::Role;

use super::{Action, Grounds, GroupPolicy};
use crate::machine::KeyPackageFacts;
use crate::parameters;
use crate::roster::Roster;

/// What a commit would do, as far as the policy is concerned.
#[derive(Debug, Clone)]
pub struct CommitSummary {
    /// The committer's leaf.
    pub committer: u32,
    /// Clients added.
    pub additions: Vec<Addition>,
    /// Leaves removed.
    pub removals: Vec<Removal>,
    /// The policy it sets, if it sets one.
    pub policy: Option<GroupPolicy>,
    /// What it states about itself.
    pub grounds: Grounds,
    /// Whether it holds proposals of a kind that these groups don't use.
    pub foreign: bool,
}

/// A client that a commit adds.
#[derive(Debug, Clone)]
pub struct Addition {
    pub client: ClientUri,
    pub identity_key: [u8; 32],
    /// The last second of its key package.
    pub not_after_s: u64,
    /// What else is judged of its key package.
    pub(crate) facts: KeyPackageFacts,
}

/// A leaf that a commit removes.
#[derive(Debug, Clone, Copy)]
pub struct Removal {
    pub leaf: u32,
    /// Who proposed it: the committer, or the leaf itself by an earlier proposal.
    pub proposer: u32,
}

/// Why a commit is refused. The same for every member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("the committer is not a member")]
    NotAMember,
    #[error("it holds a proposal of a kind that is not used here")]
    ForeignProposal,
    #[error("it removes a leaf that is empty, or one twice")]
    NoSuchLeaf,
    #[error("the committer may not add")]
    MayNotAdd,
    #[error("the committer may not remove that member")]
    MayNotRemove,
    #[error("the committer may not rename the group")]
    MayNotRename,
    #[error("the committer may not change roles")]
    MayNotChangeRoles,
    #[error("the committer may not change the policy")]
    MayNotChangePolicy,
    #[error("a person can't be in a group with two identity keys")]
    OtherIdentityKey,
    #[error("it states a time before that of the commit which began the epoch")]
    TimeWentBack,
    #[error("a key can't be encrypted to")]
    UnsoundKey,
    #[error("a key package's lifetime is too long")]
    LifetimeTooLong,
    #[error("a key package is expired")]
    KeyPackageExpired,
    #[error("it adds too many at once")]
    TooManyAdditions,
    #[error("it removes too many, or changes too many roles, at once")]
    TooManyChanges,
    #[error("the group would be too large")]
    GroupFull,
    #[error("roles would not match the members")]
    RolesAstray,
    #[error("a room's URI is fixed")]
    RoomChanged,
}

/// The decision on a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Refused(Refusal),
}

/// Decides on a commit under this policy, with these members, in an epoch begun by a commit that states the time
/// `began` (0 in epoch 0).
#[must_use]
pub fn decide(policy: &GroupPolicy, roster: &Roster, commit: &CommitSummary, began: Timestamp) -> Verdict {
    match check(policy, roster, commit, began) {
        Ok(()) => Verdict::Allowed,
        Err(refusal) => Verdict::Refused(refusal),
    }
}

fn check(
    policy: &GroupPolicy,
    roster: &Roster,
    commit: &CommitSummary,
    began: Timestamp,
) -> Result<(), Refusal> {
    if commit.foreign {
        return Err(Refusal::ForeignProposal);
    }
    if commit.grounds.stated < began {
        return Err(Refusal::TimeWentBack);
    }
    let committer = roster.get(commit.committer).ok_or(Refusal::NotAMember)?;
    let user = committer.client.user();
    let case = Case { policy, roster, commit, user, role: policy.role(user) };
    case.check_removals()?;
    case.check_additions()?;
    case.check_policy()
}

/// A commit by a member, and what it is judged by.
struct Case<'a> {
    policy: &'a GroupPolicy,
    roster: &'a Roster,
    commit: &'a CommitSummary,
    /// The committer.
    user: &'a UserUri,
    role: Role,
}

impl Case<'_> {
    fn check_removals(&self) -> Result<(), Refusal> {
        let Self { policy, roster, commit, role, .. } = *self;
        let after = commit.policy.as_ref().unwrap_or(policy);
        let users: BTreeSet<&UserUri> = policy.roles.keys().chain(after.roles.keys()).collect();
        let roles = users.into_iter().filter(|user| policy.role(user) != after.role(user)).count();
        if commit.removals.len() + roles > parameters::CHANGES_PER_COMMIT_MAX {
            return Err(Refusal::TooManyChanges);
        }
        let mut seen = BTreeSet::new();
        for removal in &commit.removals {
            let target = roster.get(removal.leaf).ok_or(Refusal::NoSuchLeaf)?;
            if !seen.insert(removal.leaf) || removal.leaf == commit.committer {
                return Err(Refusal::NoSuchLeaf);
            }
            // Leaving needs no permission.
            if removal.proposer == removal.leaf {
                continue;
            }
            if removal.proposer != commit.committer {
                return Err(Refusal::ForeignProposal);
            }
            let user = target.client.user();
            if user != self.user && !policy.may_on(role, Action::Remove, policy.role(user)) {
                return Err(Action::Remove.refusal());
            }
        }
        Ok(())
    }

    fn check_additions(&self) -> Result<(), Refusal> {
        let Self { policy, roster, commit, role, .. } = *self;
        if commit.additions.len() > limits::ADDS_PER_COMMIT_MAX {
            return Err(Refusal::TooManyAdditions);
        }
        if roster.clients() + commit.additions.len() > parameters::CLIENTS_MAX + commit.removals.len() {
            return Err(Refusal::GroupFull);
        }
        if !commit.additions.is_empty() && !policy.may(role, Action::Add) {
            return Err(Action::Add.refusal());
        }
        let gone = |user: &UserUri| {
            roster.leaves_of(user).iter().all(|leaf| commit.removals.iter().any(|r| r.leaf == *leaf))
        };
        let mut keys = BTreeMap::new();
        for addition in &commit.additions {
            let user = addition.client.user();
            let present = roster.identity_key(user).filter(|_| !gone(user)).copied();
            let key = *keys.entry(user).or_insert_with(|| present.unwrap_or(addition.identity_key));
            if key != addition.identity_key {
                return Err(Refusal::OtherIdentityKey);
            }
            if !addition.facts.sound_keys {
                return Err(Refusal::UnsoundKey);
            }
            if addition.facts.lifetime_s > parameters::LIFETIME_S_MAX {
                return Err(Refusal::LifetimeTooLong);
            }
            if addition.not_after_s < commit.grounds.stated.seconds() {
                return Err(Refusal::KeyPackageExpired);
            }
        }
        Ok(())
    }

    fn check_policy(&self) -> Result<(), Refusal> {
        let Self { policy, roster, commit, role, .. } = *self;
        let base = settled(policy, roster, commit);
        let after = commit.policy.as_ref().unwrap_or(policy);
        if settled(after, roster, commit) != *after {
            return Err(Refusal::RolesAstray);
        }
        if after.room != base.room {
            return Err(Refusal::RoomChanged);
        }
        let rest = GroupPolicy { name: base.name.clone(), roles: base.roles.clone(), ..after.clone() };
        let changes = [
            (Action::ChangeRoles, after.roles != base.roles),
            (Action::Rename, after.name != base.name),
            (Action::ChangePolicy, rest != base),
        ];
        match changes.iter().find(|(action, changed)| *changed && !policy.may(role, *action)) {
            Some((action, _)) => Err(action.refusal()),
            None => Ok(()),
        }
    }
}

/// A policy with its roles adjusted to the members after a commit: people who leave lose theirs, and if no owner
/// stays, one is appointed: the one with the highest role, and among those with the lowest leaf.
pub(crate) fn settled(policy: &GroupPolicy, roster: &Roster, commit: &CommitSummary) -> GroupPolicy {
    let removed: BTreeSet<u32> = commit.removals.iter().map(|r| r.leaf).collect();
    let stays = |user: &UserUri| {
        roster.leaves_of(user).iter().any(|leaf| !removed.contains(leaf))
            || commit.additions.iter().any(|a| a.client.user() == user)
    };
    let mut settled = policy.clone();
    settled.roles.retain(|user, _| stays(user));
    if !settled.roles.values().any(|role| *role == Role::Owner) {
        let staying = roster.iter().filter(|entry| !removed.contains(&entry.leaf));
        let heir = staying.map(|entry| entry.client.user()).min_by_key(|user| Reverse(settled.role(user)));
        if let Some(heir) = heir.cloned() {
            settled.roles.insert(heir, Role::Owner);
        }
    }
    settled
}
