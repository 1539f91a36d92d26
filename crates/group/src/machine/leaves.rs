//! The group's leaves: how a commit moved them, and who holds them.

use std::collections::BTreeSet;

use bytes::Bytes;
use conclave_protocol::{Epoch, Timestamp};
use conclave_record::{RosterEntry, Write};
use mls_rs::error::{IntoAnyError, MlsError};
use mls_rs::group::proposal::Proposal;
use mls_rs::group::{Member, Sender};
use mls_rs_core::identity::SigningIdentity;

use super::epoch::Applied;
use super::mls::MlsGroup;
use super::output::Output;
use super::{Failure, Machine};
use crate::credential::Identities;
use crate::policy::GroupPolicy;

/// The leaves that a commit's proposals add and remove.
pub(super) struct Moves {
    pub(super) left: Vec<RosterEntry>,
    pub(super) removed: Vec<RosterEntry>,
    pub(super) added: Vec<RosterEntry>,
}

impl Machine {
    /// Empties and fills leaves as the tree did (RFC 9420 §12.1.1, §12.1.3: an added leaf is the leftmost empty one).
    pub(super) fn move_leaves(&mut self, applied: &Applied<'_>, epoch: Epoch) -> Result<Moves, Failure> {
        let mut moves = Moves { left: Vec::new(), removed: Vec::new(), added: Vec::new() };
        let rules = self.rules.clone();
        let mut view = rules.view();
        for info in applied.proposals {
            let Proposal::Remove(remove) = &info.proposal else { continue };
            let Some(entry) = view.roster.remove(remove.to_remove()) else { continue };
            let by_itself = *info.sender() == Sender::Member(entry.leaf);
            if by_itself { moves.left.push(entry) } else { moves.removed.push(entry) }
        }
        moves.left.sort_by_key(|entry| entry.leaf);
        moves.removed.sort_by_key(|entry| entry.leaf);
        for info in applied.proposals {
            let Proposal::Add(add) = &info.proposal else { continue };
            let leaf = self.leaf_of(add.signing_identity(), view.roster.lowest_free())?;
            let mut entry = entry_of(&self.env.identities, leaf, add.signing_identity(), &self.policy)
                .map_err(Failure::internal("reading a new leaf"))?;
            (entry.since_epoch, entry.since) = (epoch, applied.place.at);
            view.roster.put(entry.clone());
            moves.added.push(entry);
        }
        Ok(moves)
    }

    /// The leaf of a new member: the expected one, or wherever the tree has it.
    fn leaf_of(&self, who: &SigningIdentity, guess: u32) -> Result<u32, Failure> {
        let guessed = self.group.member_at_index(guess).is_some_and(|member| member.signing_identity == *who);
        if guessed {
            return Ok(guess);
        }
        let roster = self.group.roster();
        let found =
            roster.members_iter().find(|member| member.signing_identity == *who).map(|member| member.index);
        found.ok_or(MlsError::MemberNotFound).map_err(Failure::internal("finding a new leaf"))
    }

    /// Stores the committer's new signature key, if it has one.
    pub(super) fn renew_committer(&mut self, before: &RosterEntry) -> Result<bool, Failure> {
        let Some(member) = self.group.member_at_index(before.leaf) else {
            return Err(Failure::internal("finding the committer")(MlsError::LeafNotFound(before.leaf)));
        };
        let key = member.signing_identity.signature_key.as_bytes();
        if key == before.signature_key {
            return Ok(false);
        }
        let entry = RosterEntry { signature_key: Bytes::copy_from_slice(key), ..before.clone() };
        self.rules.view().roster.put(entry);
        Ok(true)
    }

    /// Updates the leaves of people whose role changed; returns those leaves.
    pub(super) fn assign_roles(&mut self, before: &GroupPolicy) -> Vec<u32> {
        let users: BTreeSet<_> = before.roles.keys().chain(self.policy.roles.keys()).collect();
        let mut view = self.rules.view();
        let mut changed = Vec::new();
        for user in users {
            let role = self.policy.role(user);
            if before.role(user) == role {
                continue;
            }
            for leaf in view.roster.leaves_of(user).to_vec() {
                if let Some(mut entry) = view.roster.get(leaf).cloned() {
                    entry.role = role;
                    view.roster.put(entry);
                    changed.push(leaf);
                }
            }
        }
        changed
    }

    pub(super) fn write_roster(
        &mut self,
        gone: Vec<u32>,
        mut changed: Vec<u32>,
        epoch: Epoch,
        out: &mut Output,
    ) {
        if !gone.is_empty() {
            // Before the new ones: one commit may have emptied and filled a leaf.
            out.write(Write::RosterEnd { leaves: gone, until: epoch });
        }
        changed.sort_unstable();
        changed.dedup();
        let view = self.rules.view();
        let entries: Vec<_> = changed.iter().filter_map(|leaf| view.roster.get(*leaf).cloned()).collect();
        drop(view);
        if !entries.is_empty() {
            out.write(Write::RosterPut(entries));
        }
    }

    /// Whether the roster matches the tree.
    pub(super) fn roster_is_mls(&self) -> bool {
        let tree = roster_of(&self.group, &self.env.identities, &self.policy);
        let view = self.rules.view();
        let same = |(a, b): (&RosterEntry, &RosterEntry)| {
            (a.leaf, &a.client, a.role, &a.signature_key) == (b.leaf, &b.client, b.role, &b.signature_key)
        };
        tree.is_ok_and(|tree| {
            tree.len() == view.roster.clients() && tree.iter().zip(view.roster.iter()).all(same)
        })
    }
}

/// A leaf as shown; the caller says since when.
pub(super) fn entry_of(
    identities: &Identities,
    leaf: u32,
    who: &SigningIdentity,
    policy: &GroupPolicy,
) -> Result<RosterEntry, MlsError> {
    let client =
        identities.client_of(who).map_err(|e| MlsError::IdentityProviderError(e.into_any_error()))?;
    Ok(RosterEntry {
        leaf,
        role: policy.role(client.client.user()),
        client: client.client,
        identity_key: client.identity_key,
        signature_key: Bytes::copy_from_slice(who.signature_key.as_bytes()),
        since_epoch: Epoch(0),
        since: Timestamp(0),
    })
}

/// All leaves of a group, in order. Costs a copy of each leaf: for joining and for checking.
pub(super) fn roster_of(
    group: &MlsGroup,
    identities: &Identities,
    policy: &GroupPolicy,
) -> Result<Vec<RosterEntry>, MlsError> {
    let entry = |member: Member| entry_of(identities, member.index, &member.signing_identity, policy);
    group.roster().members_iter().map(entry).collect()
}
