//! Building commits. A commit is applied when the log shows it, never before; until then it is a staged secret and a
//! submission. What is needed of the next epoch beforehand comes from a copy of the group that is discarded.

use conclave_protocol::Timestamp;
use conclave_record::{Intent, KeyHandle, NewSigner, Renewal};
use mls_rs::error::MlsError;
use mls_rs::group::{CommitOutput, CommitSecrets};
use mls_rs_core::identity::SigningIdentity;

use super::intents::renews_signer;
use super::mls::mls_time;
use super::output::Output;
use super::own_signer::identity_of;
use super::tree_blob::TreeRef;
use super::vet::Vetted;
use super::{Failure, Machine};
use crate::effect::Event;
use crate::input::Now;
use crate::mls_rules::taken_out;
use crate::parameters;
use crate::policy::{CommitSummary, Grounds, GroupPolicy, Removal, Verdict, decide, settled};
use crate::signer::to_mls;

/// What a commit is to do, besides renewing this client's keys and committing others' proposals to leave.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) additions: Vec<Vetted>,
    pub(super) removals: Vec<u32>,
    /// Another policy; its roles are adjusted to the members.
    pub(super) policy: Option<GroupPolicy>,
    pub(super) signer: Option<NewSigner>,
}

/// The outcome of a plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Staging {
    /// The commit is built and on its way.
    Staged,
    /// Policy does not allow it.
    NotAllowed,
    /// A key package was refused after all.
    BadKeyPackage,
    /// The new signature key is not usable.
    BadSigner,
    /// This client's leaf certificate is about to expire, and nobody accepts a commit under an expired one.
    NeedsSigner,
    /// It is larger than the service accepts.
    TooLarge,
    /// mls-rs could not build it from the group's state.
    NotBuilt,
}

/// A commit that is built.
pub(super) struct Built {
    pub(super) output: CommitOutput,
    pub(super) secrets: CommitSecrets,
    /// Where the tree is stored, if apart from the Welcomes.
    pub(super) tree: Option<TreeRef>,
    /// Whether it removes someone.
    pub(super) revokes: bool,
    /// Whether it replaces the committer's signature key.
    pub(super) rotates: bool,
    /// The time it states.
    pub(super) stated: Timestamp,
}

/// A signature key with the identity it is for.
type NamedSigner = (KeyHandle, SigningIdentity);

impl Machine {
    /// Builds and submits a commit, unless there is a reason not to. If it can't be built, only the commit fails: the
    /// same step also reads the log, which may remove the cause.
    pub(super) fn stage(
        &mut self,
        plan: &Plan,
        intent: Option<&Intent>,
        now: Now,
        out: &mut Output,
    ) -> Result<Staging, Failure> {
        let built = self.build_and_submit(plan, intent, self.building_time(now), out);
        Ok(self.attempted("a commit", built)?.unwrap_or(Staging::NotBuilt))
    }

    fn build_and_submit(
        &mut self,
        plan: &Plan,
        intent: Option<&Intent>,
        time: Timestamp,
        out: &mut Output,
    ) -> Result<Staging, Failure> {
        debug_assert!(self.live.is_none(), "at most one commit is under way");
        let summary = self.summary(plan, time);
        let policy = self.policy_after(plan, &summary);
        if !self.allows(&summary, &policy) {
            return Ok(Staging::NotAllowed);
        }
        if plan.signer.is_none() && !self.leaf_lasts(time) {
            self.need_signer(out);
            return Ok(Staging::NeedsSigner);
        }
        let built = match self.build(plan, &summary, &policy, time)? {
            Ok(built) => built,
            Err(staging) => return Ok(staging),
        };
        let inboxes = self.inboxes(&plan.additions)?;
        self.submit_commit(&built, &inboxes, intent, out)
    }

    fn summary(&self, plan: &Plan, stated: Timestamp) -> CommitSummary {
        let own = self.own_leaf();
        let leavers = taken_out(self.leavers().into_iter(), own);
        let by_value = plan.removals.iter().filter(|leaf| !leavers.contains(leaf));
        let removals = by_value.map(|leaf| Removal { leaf: *leaf, proposer: own });
        let left = leavers.iter().map(|leaf| Removal { leaf: *leaf, proposer: *leaf });
        CommitSummary {
            committer: own,
            additions: plan.additions.iter().map(|one| one.addition.clone()).collect(),
            removals: removals.chain(left).collect(),
            policy: None,
            grounds: Grounds { stated },
            foreign: false,
        }
    }

    /// Whether this client's certificates stay valid for a while: nobody accepts a commit under an expired one.
    fn leaf_lasts(&self, time: Timestamp) -> bool {
        let Ok(identity) = self.group.current_member_signing_identity() else { return false };
        let until = time.seconds() + parameters::KEY_PACKAGE_MARGIN_S;
        self.env.identities.client_of(identity).is_ok_and(|client| client.validity.not_after_s >= until)
    }

    /// From now on, only a new signature key is committed.
    fn need_signer(&mut self, out: &mut Output) {
        self.head.renewal = Renewal::Signer;
        out.head = true;
        self.ask_for_signer(out);
    }

    /// Requests a new signature key, once, unless one is on its way.
    pub(super) fn ask_for_signer(&mut self, out: &mut Output) {
        let coming = self.live.is_some() || self.queue.values().any(renews_signer);
        let coming = coming || self.own_refusals >= parameters::REFUSALS_MAX;
        if !coming && !std::mem::replace(&mut self.signer_asked, true) {
            out.report(Event::NeedsNewSigner);
        }
    }

    fn policy_after(&self, plan: &Plan, summary: &CommitSummary) -> GroupPolicy {
        let policy = plan.policy.as_ref().unwrap_or(&self.policy);
        settled(policy, &self.rules.view().roster, summary)
    }

    fn allows(&self, summary: &CommitSummary, policy: &GroupPolicy) -> bool {
        let summary = CommitSummary { policy: Some(policy.clone()), ..summary.clone() };
        let view = self.rules.view();
        decide(&self.policy, &view.roster, &summary, view.began) == Verdict::Allowed
    }

    fn build(
        &mut self,
        plan: &Plan,
        summary: &CommitSummary,
        policy: &GroupPolicy,
        time: Timestamp,
    ) -> Result<Result<Built, Staging>, Failure> {
        let signer = plan.signer.as_ref().map(|signer| self.signer_for(signer, time));
        if let Some(None) = signer {
            return Ok(Err(Staging::BadSigner));
        }
        let signer = signer.flatten();
        let rotates = signer.is_some();
        let tree = self.place_tree(summary).map_err(Failure::internal("making a key"))?;
        let result = self.build_detached(plan, summary, policy, signer, tree.as_ref(), time);
        let (output, secrets) = match result {
            Ok(built) => built,
            Err(MlsError::MlsRulesError(_)) => return Ok(Err(Staging::NotAllowed)),
            Err(error) if super::error::is_signer(&error) => return Err(Failure::SignerNotLoaded),
            Err(error) if !plan.additions.is_empty() => {
                tracing::warn!(group = %self.id, %error, "people can't be added");
                return Ok(Err(Staging::BadKeyPackage));
            }
            Err(error) => return Err(Failure::internal("building a commit")(error)),
        };
        // Encrypting it used up a key, which must never be used again.
        self.dirty = true;
        Ok(Ok(Built { output, secrets, tree, revokes: !summary.removals.is_empty(), rotates, stated: time }))
    }

    fn build_detached(
        &mut self,
        plan: &Plan,
        summary: &CommitSummary,
        policy: &GroupPolicy,
        signer: Option<NamedSigner>,
        tree: Option<&TreeRef>,
        time: Timestamp,
    ) -> Result<(CommitOutput, CommitSecrets), MlsError> {
        let own = self.own_leaf();
        let mut extensions = self.group.context().extensions.clone();
        extensions.set(policy.extension());
        let changes_policy = *policy != self.policy;
        self.rules.view().stated = time;
        let mut builder = self.group.commit_builder().commit_time(mls_time(time));
        builder = builder.custom_proposal(summary.grounds.proposal());
        for one in &plan.additions {
            builder = builder.add_member(one.message.clone())?;
        }
        for removal in summary.removals.iter().filter(|removal| removal.proposer == own) {
            builder = builder.remove_member(removal.leaf)?;
        }
        if changes_policy {
            builder = builder.set_group_context_ext(extensions)?;
        }
        if let Some((handle, identity)) = signer {
            builder = builder.set_new_signing_identity(to_mls(&handle), identity);
        }
        if let Some(tree) = tree {
            builder = builder.set_group_info_ext(tree.extensions()?);
        }
        builder.build_detached()
    }

    /// A new signature key, if it is loaded and its chain is this client's and stays valid.
    fn signer_for(&self, new: &NewSigner, time: Timestamp) -> Option<NamedSigner> {
        let identity = identity_of(&self.env, &new.handle, &new.chain, &self.own_client()).ok()?;
        let client = self.env.identities.client_of(&identity).ok()?;
        let lasts = client.validity.contains(time.seconds())
            && client.validity.contains(time.seconds() + parameters::KEY_PACKAGE_MARGIN_S);
        lasts.then(|| (new.handle.clone(), identity))
    }

    /// Decides whether the tree travels in the Welcomes; if not, where it is stored.
    fn place_tree(&mut self, summary: &CommitSummary) -> Result<Option<TreeRef>, MlsError> {
        let welcomes = summary.additions.len();
        let clients = self.rules.view().roster.clients() + welcomes - summary.removals.len();
        let bytes = self.tree_bytes + welcomes * parameters::LEAF_BYTES_ESTIMATE;
        let inside = clients <= parameters::TREE_IN_WELCOME_CLIENTS_MAX
            && welcomes * bytes <= parameters::TREE_IN_WELCOMES_BYTES_MAX;
        self.rules.view().tree_in_welcome = inside;
        if inside || welcomes == 0 {
            Ok(None)
        } else {
            TreeRef::generate(&self.env, self.group.cipher_suite()).map(Some)
        }
    }
}
