//! Entering an epoch: what a commit changed is brought into roster, policy, head and log, whoever made it.

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch};
use mls_rs::group::proposal::Proposal;
use mls_rs::mls_rules::ProposalInfo;
use mls_rs_core::identity::SigningIdentity;

use super::log::Place;
use super::membership::{Change, Happening};
use super::mls::MlsGroup;
use super::output::Output;
use super::{Failure, Machine, access};
use crate::credential::Identities;
use crate::effect::{GroupStatus, MembershipKind, Renewal, RosterEntry, Write};
use crate::parameters::EPOCHS_RETAINED;
use crate::policy::GroupPolicy;

/// A commit that has been applied to the MLS group.
pub(super) struct Applied<'a> {
    /// The committer's leaf.
    pub(super) committer: u32,
    pub(super) proposals: &'a [ProposalInfo<Proposal>],
    pub(super) commit: CommitHash,
    pub(super) place: Place,
}

/// The leaves that a commit's proposals add and remove.
pub(super) struct Moves {
    pub(super) left: Vec<RosterEntry>,
    pub(super) removed: Vec<RosterEntry>,
    pub(super) added: Vec<RosterEntry>,
}

impl Machine {
    /// Enters the epoch that a commit began. `policy` is the group's, after it.
    pub(super) fn enter(
        &mut self,
        applied: &Applied<'_>,
        policy: GroupPolicy,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let epoch = Epoch(self.group.current_epoch());
        let before = std::mem::replace(&mut self.policy, policy);
        let committer = self.entry_at(applied.committer)?;
        let moves = self.move_leaves(applied, epoch)?;
        let rotated = self.renew_committer(&committer)?;
        let gone: Vec<u32> = moves.left.iter().chain(&moves.removed).map(|entry| entry.leaf).collect();
        let mut changed: Vec<u32> = moves.added.iter().map(|entry| entry.leaf).collect();
        changed.extend(rotated.then_some(applied.committer));
        changed.extend(self.assign_roles(&before));
        if epoch == Epoch(1) && self.head.status == GroupStatus::Creating {
            changed.push(self.found(applied.place));
        }
        self.former.retain(|(_, until)| until.0 + EPOCHS_RETAINED > epoch.0);
        self.former.extend(moves.left.iter().chain(&moves.removed).map(|entry| (entry.clone(), epoch)));
        self.write_roster(gone, changed, epoch, out);
        let change = Change {
            committer: &committer.client,
            left: moves.left,
            removed: moves.removed,
            added: moves.added,
            before: &before,
            after: &self.policy,
            rotated,
        };
        let mut happenings = change.happenings();
        if self.head.status == GroupStatus::Creating {
            happenings.insert(0, self.creation(&committer));
        }
        self.advance_head(applied, rotated, out)?;
        let transcript_hash = self.transcript_hash();
        self.record(happenings, epoch, &transcript_hash, applied.commit, applied.place, out);
        self.dirty = true;
        debug_assert!(self.roster_is_mls(), "the roster is the tree's");
        Ok(())
    }

    fn creation(&self, committer: &RosterEntry) -> Happening {
        let mut row = Happening::new(MembershipKind::Created, Some(committer.client.clone()), None);
        row.name = Some(self.policy.name.clone());
        row
    }

    /// The founder is there since the log is.
    fn found(&mut self, place: Place) -> u32 {
        let leaf = self.own_leaf();
        let mut view = self.rules.view();
        if let Some(mut entry) = view.roster.get(leaf).cloned() {
            entry.since = place.at;
            view.roster.put(entry);
        }
        leaf
    }

    fn entry_at(&self, leaf: u32) -> Result<RosterEntry, Failure> {
        let found = self.rules.view().roster.get(leaf).cloned();
        found
            .ok_or(mls_rs::error::MlsError::LeafNotFound(leaf))
            .map_err(Failure::internal("finding the committer"))
    }

    /// Empties and fills leaves as the tree did (RFC 9420 §12.1.1, §12.1.3: an added leaf is the leftmost empty one).
    fn move_leaves(&mut self, applied: &Applied<'_>, epoch: Epoch) -> Result<Moves, Failure> {
        let mut moves = Moves { left: Vec::new(), removed: Vec::new(), added: Vec::new() };
        let rules = self.rules.clone();
        let mut view = rules.view();
        for info in applied.proposals {
            let Proposal::Remove(remove) = &info.proposal else { continue };
            let Some(entry) = view.roster.remove(remove.to_remove()) else { continue };
            let by_itself = *info.sender() == mls_rs::group::Sender::Member(entry.leaf);
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

    /// The leaf of a new member: the guess, or wherever the tree has it.
    fn leaf_of(&self, who: &SigningIdentity, guess: u32) -> Result<u32, Failure> {
        let guessed = self.group.member_at_index(guess).is_some_and(|member| member.signing_identity == *who);
        if guessed {
            return Ok(guess);
        }
        let roster = self.group.roster();
        let found =
            roster.members_iter().find(|member| member.signing_identity == *who).map(|member| member.index);
        found.ok_or(mls_rs::error::MlsError::MemberNotFound).map_err(Failure::internal("finding a new leaf"))
    }

    /// Takes over the committer's new signature key, if it has one.
    fn renew_committer(&mut self, before: &RosterEntry) -> Result<bool, Failure> {
        let Some(member) = self.group.member_at_index(before.leaf) else {
            return Err(Failure::internal("finding the committer")(mls_rs::error::MlsError::LeafNotFound(
                before.leaf,
            )));
        };
        let key = member.signing_identity.signature_key.as_bytes();
        if key == before.signature_key {
            return Ok(false);
        }
        let entry = RosterEntry { signature_key: Bytes::copy_from_slice(key), ..before.clone() };
        self.rules.view().roster.put(entry);
        Ok(true)
    }

    /// Gives the leaves of people whose role changed their new one; returns those leaves.
    fn assign_roles(&mut self, before: &GroupPolicy) -> Vec<u32> {
        let users: std::collections::BTreeSet<_> =
            before.roles.keys().chain(self.policy.roles.keys()).collect();
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

    fn write_roster(&mut self, gone: Vec<u32>, mut changed: Vec<u32>, epoch: Epoch, out: &mut Output) {
        if !gone.is_empty() {
            // Before the new ones: a leaf may have been emptied and filled by the same commit.
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

    /// Head, access key, and what ends with the former epoch.
    fn advance_head(
        &mut self,
        applied: &Applied<'_>,
        rotated: bool,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let epoch = Epoch(self.group.current_epoch());
        let seed = access::seed_of(&self.group).map_err(Failure::internal("deriving the access key"))?;
        let keep_from = Epoch(epoch.0.saturating_sub(EPOCHS_RETAINED));
        self.access.retain(|epoch, _| *epoch >= keep_from);
        self.access.insert(epoch, seed.clone());
        out.write(Write::AccessKey { seed, keep_from });
        if !self.staged.is_empty() {
            self.staged.clear();
            out.write(Write::StagedDrop);
        }
        self.proposal_lost = false;
        self.own_refusals = 0;
        self.propose_again = false;
        if self.head.status == GroupStatus::Creating {
            self.head.status = GroupStatus::Active;
        }
        if applied.committer == self.own_leaf() {
            self.head.key_renewed = applied.place.at;
            if rotated || self.head.renewal == Renewal::Leaf {
                self.head.renewal = Renewal::Done;
            }
        }
        self.head.parent = Some(applied.commit);
        self.describe_epoch().map_err(Failure::internal("describing the epoch"))?;
        out.head = true;
        out.epoch = true;
        Ok(())
    }

    /// Brings the head in step with the group, the policy and the roster.
    pub(super) fn describe_epoch(&mut self) -> Result<(), mls_rs::error::MlsError> {
        let context = self.group.context();
        self.head.epoch = Epoch(context.epoch);
        self.head.tree_hash = Bytes::copy_from_slice(&context.tree_hash);
        let authenticator = self.group.epoch_authenticator()?;
        self.head.epoch_authenticator = Bytes::copy_from_slice(authenticator.as_bytes());
        self.head.name.clone_from(&self.policy.name);
        self.head.policy = Bytes::from(self.policy.encode());
        let view = self.rules.view();
        self.head.people = u32::try_from(view.roster.people()).unwrap_or(u32::MAX);
        self.head.devices = u32::try_from(view.roster.clients()).unwrap_or(u32::MAX);
        if let Some(own) = view.roster.get(self.head.own_leaf) {
            self.head.own_role = own.role;
        }
        Ok(())
    }

    /// The confirmed transcript hash: the same for all members of the epoch, and only for them.
    pub(super) fn transcript_hash(&self) -> Bytes {
        Bytes::copy_from_slice(&self.group.context().confirmed_transcript_hash)
    }

    /// Whether the roster is what the tree says.
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

/// A leaf as it is shown; since when is for the caller to say.
pub(super) fn entry_of(
    identities: &Identities,
    leaf: u32,
    who: &SigningIdentity,
    policy: &GroupPolicy,
) -> Result<RosterEntry, mls_rs::error::MlsError> {
    use mls_rs::error::{IntoAnyError, MlsError};
    let client =
        identities.client_of(who).map_err(|e| MlsError::IdentityProviderError(e.into_any_error()))?;
    Ok(RosterEntry {
        leaf,
        role: policy.role(client.client.user()),
        client: client.client,
        identity_key: client.identity_key,
        signature_key: Bytes::copy_from_slice(who.signature_key.as_bytes()),
        since_epoch: Epoch(0),
        since: conclave_protocol::Timestamp(0),
    })
}

/// All leaves of a group, in order. Costs a copy of each leaf: for joining and for checking.
pub(super) fn roster_of(
    group: &MlsGroup,
    identities: &Identities,
    policy: &GroupPolicy,
) -> Result<Vec<RosterEntry>, mls_rs::error::MlsError> {
    let entry =
        |member: mls_rs::group::Member| entry_of(identities, member.index, &member.signing_identity, policy);
    group.roster().members_iter().map(entry).collect()
}
