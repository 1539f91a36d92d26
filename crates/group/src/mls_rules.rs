//! The group's policy where mls-rs asks for it: when a commit is built and when one is received.

use std::collections::BTreeSet;
use std::sync::MutexGuard;

use conclave_protocol::Timestamp;
use mls_rs::MlsRules;
use mls_rs::group::proposal::{AddProposal, BorrowedProposal, Proposal, RemoveProposal};
use mls_rs::group::{CachedProposal, GroupContext, Roster as MlsRoster, Sender};
use mls_rs::mls_rules::{
    CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle, ProposalInfo,
};
use mls_rs_core::error::IntoAnyError;
use mls_rs_core::extension::{ExtensionList, ExtensionType};

use crate::credential::{CredentialError, Identities};
use crate::machine::KeyPackageFacts;
use crate::parameters;
use crate::policy::{
    Addition, BadPolicy, CommitSummary, Grounds, GroupPolicy, Refusal, Removal, Verdict, decide,
};
use crate::roster::Roster;
use crate::shared::Shared;

/// Why a commit is not built or not accepted. Each is the same for every member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RulesError {
    /// Policy.
    #[error("refused by policy: {0}")]
    Refused(#[from] Refusal),
    /// The policy, before or after.
    #[error(transparent)]
    Policy(#[from] BadPolicy),
    /// The grounds of a commit are missing, more than one, or not its bundle's.
    #[error("a commit states no time, or another than its bundle")]
    Grounds,
    /// A credential in it.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

impl IntoAnyError for RulesError {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(self.into())
    }
}

/// What the rules read. The machine keeps it in step with the group.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// Always the MLS roster of the current epoch.
    pub(crate) roster: Roster,
    /// The time that the commit which began the epoch states; 0 in epoch 0.
    pub(crate) began: Timestamp,
    /// The time that the current commit must state: the one that its bundle names, or that it is built with.
    pub(crate) stated: Timestamp,
    /// Whether the current commit puts the ratchet tree into its Welcomes.
    pub(crate) tree_in_welcome: bool,
    /// Whether the current commit reached the policy check.
    pub(crate) judged: bool,
}

/// The rules of one group. Clones share the view.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    identities: Identities,
    view: Shared<View>,
}

impl Rules {
    pub(crate) fn new(identities: Identities) -> Self {
        Self { identities, view: Shared::default() }
    }

    /// The view. Never held across a call into mls-rs, which locks it too.
    pub(crate) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock()
    }

    fn filter(
        &self,
        direction: CommitDirection,
        committer: u32,
        context: &GroupContext,
        mut proposals: ProposalBundle,
    ) -> Result<ProposalBundle, RulesError> {
        let view = self.view();
        if direction == CommitDirection::Send {
            drop_unfit(&mut proposals, committer, &view.roster);
        }
        let summary = self.summary(committer, context, &proposals)?;
        if summary.grounds.stated != view.stated {
            return Err(RulesError::Grounds);
        }
        let policy = GroupPolicy::of(&context.extensions)?;
        match decide(&policy, &view.roster, &summary, view.began) {
            Verdict::Allowed => Ok(proposals),
            Verdict::Refused(refusal) => Err(refusal.into()),
        }
    }

    fn summary(
        &self,
        committer: u32,
        context: &GroupContext,
        proposals: &ProposalBundle,
    ) -> Result<CommitSummary, RulesError> {
        let mut policy = None;
        for proposal in proposals.group_context_ext_proposals() {
            if !only_policy_changes(&context.extensions, &proposal.proposal) || policy.is_some() {
                return Err(Refusal::ForeignProposal.into());
            }
            policy = Some(GroupPolicy::of(&proposal.proposal)?);
        }
        let additions = proposals.add_proposals().iter().map(|add| self.addition(&add.proposal));
        Ok(CommitSummary {
            committer,
            additions: additions.collect::<Result<_, _>>()?,
            removals: proposals.remove_proposals().iter().map(|r| removal(r, committer)).collect(),
            policy,
            grounds: grounds(proposals, committer)?,
            foreign: has_foreign(proposals, committer),
        })
    }

    fn addition(&self, add: &AddProposal) -> Result<Addition, RulesError> {
        let who = self.identities.client_of(add.signing_identity())?;
        let not_after_s = add.key_package().expiration().map_or(0, |t| t.seconds_since_epoch());
        let facts = KeyPackageFacts::of(add.key_package());
        Ok(Addition { client: who.client, identity_key: who.identity_key, not_after_s, facts })
    }
}

/// Whether an extension list differs from another in nothing but the policy.
fn only_policy_changes(before: &ExtensionList, after: &ExtensionList) -> bool {
    let policy = ExtensionType::new(parameters::POLICY_EXTENSION);
    let rest = |list: &ExtensionList| {
        let mut list = list.clone();
        list.remove(policy);
        list
    };
    rest(before) == rest(after)
}

fn removal(proposal: &ProposalInfo<RemoveProposal>, committer: u32) -> Removal {
    let proposer = match proposal.sender() {
        Sender::Member(leaf) if proposal.is_by_reference() => *leaf,
        _ => committer,
    };
    Removal { leaf: proposal.proposal.to_remove(), proposer }
}

/// The grounds: exactly one proposal, by value, from the committer.
fn grounds(proposals: &ProposalBundle, committer: u32) -> Result<Grounds, RulesError> {
    let [one] = proposals.custom_proposals() else { return Err(RulesError::Grounds) };
    if one.is_by_reference() || *one.sender() != Sender::Member(committer) {
        return Err(RulesError::Grounds);
    }
    Grounds::of(&one.proposal).map_err(|_| RulesError::Grounds)
}

/// Grounds, adds, removals and policy by value, and leaving by reference: nothing else is used.
fn has_foreign(proposals: &ProposalBundle, committer: u32) -> bool {
    let stranger = |sender: &Sender| *sender != Sender::Member(committer);
    !proposals.update_proposals().is_empty()
        || !proposals.psk_proposals().is_empty()
        || !proposals.reinit_proposals().is_empty()
        || !proposals.external_init_proposals().is_empty()
        || proposals.add_proposals().iter().any(|p| p.is_by_reference() || stranger(p.sender()))
        || proposals.group_context_ext_proposals().iter().any(|p| p.is_by_reference() || stranger(p.sender()))
        || proposals.remove_proposals().iter().any(|p| !matches!(p.sender(), Sender::Member(_)))
}

/// Drops the proposals by reference that can't be committed: anybody may send one, and none may keep everybody from
/// committing (RFC 9420 §12.2).
fn drop_unfit(proposals: &mut ProposalBundle, committer: u32, roster: &Roster) {
    let leaving = |p: &ProposalInfo<RemoveProposal>| {
        let leaf = p.proposal.to_remove();
        (p.is_by_reference() && is_leaving(*p.sender(), leaf, roster)).then_some(leaf)
    };
    // Each of them once.
    let mut left = taken_out(proposals.remove_proposals().iter().filter_map(leaving), committer);
    let fits = |p: &ProposalInfo<BorrowedProposal<'_>>| {
        if !p.is_by_reference() {
            return Ok::<_, std::convert::Infallible>(true);
        }
        let BorrowedProposal::Remove(remove) = p.proposal else { return Ok(false) };
        let leaf = remove.to_remove();
        Ok(is_leaving(*p.sender(), leaf, roster) && left.remove(&leaf))
    };
    let Ok(()) = proposals.retain(fits);
    let Ok(()) = proposals.retain_custom(|p| Ok::<_, std::convert::Infallible>(!p.is_by_reference()));
}

/// Which of the leaving members a commit removes: the lowest leaves, without the committer's own.
pub(crate) fn taken_out(leavers: impl Iterator<Item = u32>, committer: u32) -> BTreeSet<u32> {
    let all: BTreeSet<u32> = leavers.filter(|leaf| *leaf != committer).collect();
    all.into_iter().take(parameters::LEAVES_PER_COMMIT_MAX).collect()
}

fn is_leaving(sender: Sender, leaf: u32, roster: &Roster) -> bool {
    sender == Sender::Member(leaf) && roster.get(leaf).is_some()
}

/// The leaf that a cached proposal removes, if it is its sender's own: the only kind of proposal that may be committed
/// by reference.
pub(crate) fn leaver(proposal: &CachedProposal, roster: &Roster) -> Option<u32> {
    let Proposal::Remove(remove) = proposal.proposal() else { return None };
    let leaf = remove.to_remove();
    is_leaving(*proposal.sender(), leaf, roster).then_some(leaf)
}

impl MlsRules for Rules {
    type Error = RulesError;

    fn filter_proposals(
        &self,
        direction: CommitDirection,
        source: CommitSource,
        _: &MlsRoster<'_>,
        context: &GroupContext,
        proposals: ProposalBundle,
    ) -> Result<ProposalBundle, RulesError> {
        let result = match source {
            CommitSource::ExistingMember(member) => {
                self.filter(direction, member.index(), context, proposals)
            }
            CommitSource::NewMember(_) => Err(Refusal::NotAMember.into()),
        };
        self.view().judged = true;
        result
    }

    fn commit_options(
        &self,
        _: &MlsRoster<'_>,
        _: &GroupContext,
        _: &ProposalBundle,
    ) -> Result<CommitOptions, RulesError> {
        // One Welcome for all would reveal every joiner's key package to each.
        Ok(CommitOptions::new()
            .with_path_required(true)
            .with_single_welcome_message(false)
            .with_ratchet_tree_extension(self.view().tree_in_welcome))
    }

    fn encryption_options(
        &self,
        _: &MlsRoster<'_>,
        _: &GroupContext,
    ) -> Result<EncryptionOptions, RulesError> {
        Ok(EncryptionOptions::new(parameters::ENCRYPT_HANDSHAKE, parameters::PADDING))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_who_leave_the_lowest_leaves_go_first() {
        let most = parameters::LEAVES_PER_COMMIT_MAX as u32;
        let taken = taken_out((0..most + 10).rev().chain([5]), 3);
        assert_eq!(taken.len() as u32, most);
        assert!(!taken.contains(&3) && taken.contains(&most) && !taken.contains(&(most + 1)));
    }
}
