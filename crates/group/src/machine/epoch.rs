//! Entering an epoch: applies a commit's changes to roster, policy, head and membership log, whoever made it.

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch, Timestamp};
use conclave_record::{GroupStatus, MembershipKind, Renewal, RosterEntry, Write};
use mls_rs::group::proposal::Proposal;
use mls_rs::mls_rules::ProposalInfo;

use super::log::Place;
use super::membership::{Change, Happening};
use super::output::Output;
use super::{Failure, Machine, access};
use crate::parameters::EPOCHS_RETAINED;
use crate::policy::GroupPolicy;

/// A commit that has been applied to the MLS group.
pub(super) struct Applied<'a> {
    /// The committer's leaf.
    pub(super) committer: u32,
    pub(super) proposals: &'a [ProposalInfo<Proposal>],
    pub(super) commit: CommitHash,
    /// The time it states.
    pub(super) stated: Timestamp,
    pub(super) place: Place,
}

impl Machine {
    /// Enters the epoch that a commit began. `policy` is the group's policy after it.
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
        let me = self.own_client();
        let newcomers = moves.added.iter().any(|entry| entry.client.user() != me.user());
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
            happenings.retain(|row| row.kind != MembershipKind::KeysRenewed);
            happenings.insert(0, self.creation(&committer));
        }
        self.advance_head(applied, rotated, out)?;
        let transcript_hash = self.transcript_hash();
        self.record(happenings, epoch, &transcript_hash, applied.commit, applied.place, out);
        if newcomers {
            self.introduce_again(applied.place.at, out);
        }
        self.dirty = true;
        debug_assert!(self.roster_is_mls(), "the roster is the tree's");
        Ok(())
    }

    fn creation(&self, committer: &RosterEntry) -> Happening {
        let mut row = Happening::new(MembershipKind::Created, Some(committer.client.clone()), None);
        row.name = Some(self.policy.name.clone());
        row
    }

    /// The founder has been a member since the log began.
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

    /// Updates head and access key, and clears what ends with the previous epoch.
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
        self.log_continues(out);
        self.own_refusals = 0;
        self.timers.epoch_began();
        self.propose_again = false;
        if self.head.status == GroupStatus::Creating {
            self.head.status = GroupStatus::Active;
        }
        if applied.committer == self.own_leaf() {
            self.head.key_renewed = applied.place.at;
            if rotated || self.head.renewal == Renewal::Leaf {
                self.head.renewal = Renewal::Done;
                self.signer_asked = false;
            }
        }
        self.head.parent = Some(applied.commit);
        self.head.stated = applied.stated;
        self.rules.view().began = applied.stated;
        self.describe_epoch().map_err(Failure::internal("describing the epoch"))?;
        out.head = true;
        out.epoch = true;
        Ok(())
    }

    /// Updates the head from the group, the policy and the roster.
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
}
