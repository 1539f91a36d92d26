//! Building commits. A commit is applied when the log shows it, never before; until then it is a staged secret and a
//! submission. What is needed of the next epoch beforehand is taken from a copy of the group that is thrown away.

use bytes::Bytes;
use conclave_protocol::{ClientUri, CommitHash, Epoch, InboxId, Timestamp, limits, wire};
use mls_rs::error::MlsError;
use mls_rs::group::{CommitOutput, CommitSecrets};
use mls_rs::{CryptoProvider, MlsMessage};
use prost::Message as _;
use zeroize::Zeroizing;

use super::output::Output;
use super::tree_blob::TreeRef;
use super::vet::Vetted;
use super::{Failure, Live, Machine, Pending, access};
use crate::credential::HandleCrypto;
use crate::effect::{Event, IntentChange, Renewal, Submission, TreeBlob, WelcomeFor, Write};
use crate::input::{Intent, NewSigner, Now};
use crate::parameters;
use crate::policy::{CommitSummary, GroupPolicy, Removal, Verdict, decide, settled};
use crate::saved::{SavedStaged, SavedSubmission};

/// What a commit is to do, besides renewing this client's keys and carrying out others' leaving.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) additions: Vec<Vetted>,
    pub(super) removals: Vec<u32>,
    /// Another policy; roles are settled by who is there.
    pub(super) policy: Option<GroupPolicy>,
    pub(super) signer: Option<NewSigner>,
}

/// What became of a plan.
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
    /// This client's leaf certificate is about to end, and nobody takes a commit under an expired one.
    NeedsSigner,
    /// It is larger than the service takes.
    TooLarge,
}

/// A commit that is built.
struct Built {
    output: CommitOutput,
    secrets: CommitSecrets,
    tree: Option<TreeRef>,
    revokes: bool,
}

impl Machine {
    /// Builds a commit and puts it on its way, unless there is a reason not to.
    pub(super) fn stage(
        &mut self,
        plan: Plan,
        intent: Option<&Intent>,
        now: Now,
        out: &mut Output,
    ) -> Result<Staging, Failure> {
        debug_assert!(self.live.is_none(), "at most one commit is under way");
        let summary = self.summary(&plan);
        let policy = self.policy_after(&plan, &summary);
        let time = self.building_time(now);
        if !self.allows(&summary, &policy, time) {
            return Ok(Staging::NotAllowed);
        }
        let rotates = plan.signer.is_some();
        if !rotates && !self.leaf_lasts(time) {
            self.need_signer(out);
            return Ok(Staging::NeedsSigner);
        }
        let clients: Vec<ClientUri> = plan.additions.iter().map(|one| one.addition.client.clone()).collect();
        let built = match self.build(&plan, &summary, &policy, time)? {
            Ok(built) => built,
            Err(staging) => return Ok(staging),
        };
        let inboxes = self.inboxes(&plan.additions, &clients)?;
        self.submit_commit(built, &inboxes, rotates, intent, out)
    }

    fn summary(&self, plan: &Plan) -> CommitSummary {
        let own = self.own_leaf();
        let leavers: Vec<u32> = self.leavers().into_iter().filter(|leaf| *leaf != own).collect();
        let by_value = plan.removals.iter().filter(|leaf| !leavers.contains(leaf));
        let removals = by_value.map(|leaf| Removal { leaf: *leaf, proposer: own });
        let left = leavers.iter().map(|leaf| Removal { leaf: *leaf, proposer: *leaf });
        CommitSummary {
            committer: own,
            additions: plan.additions.iter().map(|one| one.addition.clone()).collect(),
            removals: removals.chain(left).collect(),
            policy: None,
            foreign: false,
        }
    }

    /// Whether this client's leaf certificate will still be valid when the log stamps a commit built now.
    fn leaf_lasts(&self, time: Timestamp) -> bool {
        let Ok(identity) = self.group.current_member_signing_identity() else { return false };
        let until = time.seconds() + parameters::KEY_PACKAGE_MARGIN_S;
        self.env.identities.client_of(identity).is_ok_and(|client| client.leaf_validity.not_after_s >= until)
    }

    /// From here on nothing is committed but a new signature key.
    fn need_signer(&mut self, out: &mut Output) {
        self.head.renewal = Renewal::Signer;
        out.head = true;
        out.tell(Event::NeedsNewSigner);
    }

    fn policy_after(&self, plan: &Plan, summary: &CommitSummary) -> GroupPolicy {
        let policy = plan.policy.as_ref().unwrap_or(&self.policy);
        settled(policy, &self.rules.view().roster, summary)
    }

    fn allows(&self, summary: &CommitSummary, policy: &GroupPolicy, time: Timestamp) -> bool {
        let summary = CommitSummary { policy: Some(policy.clone()), ..summary.clone() };
        let mut view = self.rules.view();
        view.time = time;
        decide(&self.policy, &view.roster, &summary, time) == Verdict::Allowed
    }

    fn build(
        &mut self,
        plan: &Plan,
        summary: &CommitSummary,
        policy: &GroupPolicy,
        time: Timestamp,
    ) -> Result<Result<Built, Staging>, Failure> {
        let Ok(signer) = plan.signer.as_ref().map(|signer| self.signer_for(signer, time)).transpose() else {
            return Ok(Err(Staging::BadSigner));
        };
        let tree = self.place_tree(summary).map_err(Failure::internal("making a key"))?;
        let result = self.build_detached(plan, summary, policy, signer, tree.as_ref(), time);
        let (output, secrets) = match result {
            Ok(built) => built,
            Err(MlsError::MlsRulesError(_)) => return Ok(Err(Staging::NotAllowed)),
            Err(error) if super::error::is_signer(&error) => return Err(Failure::SignerNotLoaded),
            Err(error) if !plan.additions.is_empty() => {
                tracing::warn!(group = %self.head.group, %error, "people can't be added");
                return Ok(Err(Staging::BadKeyPackage));
            }
            Err(error) => return Err(Failure::internal("building a commit")(error)),
        };
        // Encrypting it used up a key, which must never be used again.
        self.dirty = true;
        Ok(Ok(Built { output, secrets, tree, revokes: !summary.removals.is_empty() }))
    }

    fn build_detached(
        &mut self,
        plan: &Plan,
        summary: &CommitSummary,
        policy: &GroupPolicy,
        signer: Option<(crate::signer::KeyHandle, mls_rs_core::identity::SigningIdentity)>,
        tree: Option<&TreeRef>,
        time: Timestamp,
    ) -> Result<(CommitOutput, CommitSecrets), MlsError> {
        let own = self.own_leaf();
        let mut extensions = self.group.context().extensions.clone();
        extensions.set(policy.extension());
        let changes_policy = *policy != self.policy;
        let mut builder = self.group.commit_builder().commit_time(super::mls::mls_time(time));
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
            builder = builder.set_new_signing_identity(handle.to_mls(), identity);
        }
        if let Some(tree) = tree {
            builder = builder.set_group_info_ext(tree.extensions()?);
        }
        builder.build_detached()
    }

    /// A new signature key, if it is loaded and its chain is this client's.
    fn signer_for(
        &self,
        new: &NewSigner,
        time: Timestamp,
    ) -> Result<(crate::signer::KeyHandle, mls_rs_core::identity::SigningIdentity), ()> {
        let identity = super::create::identity_of(&self.env, &new.handle, &new.chain, &self.own_client())
            .map_err(|_| ())?;
        Ok((new.handle.clone(), identity))
    }

    /// Decides whether the tree travels in the Welcomes; if not, where.
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

    /// Whose Welcome is whose: by key package reference.
    fn inboxes(
        &self,
        additions: &[Vetted],
        clients: &[ClientUri],
    ) -> Result<Vec<(Vec<u8>, InboxId)>, Failure> {
        let suite = self.group.cipher_suite();
        let crypto = HandleCrypto::new(self.env.signer.clone());
        let Some(crypto) = crypto.cipher_suite_provider(suite) else {
            return Err(Failure::internal("using the cipher suite")(MlsError::UnsupportedCipherSuite(suite)));
        };
        let named = |(one, client): (&Vetted, &ClientUri)| {
            let reference = one.message.key_package_reference(&crypto)?;
            Ok((reference.map(|reference| reference.to_vec()).unwrap_or_default(), client.inbox()))
        };
        let all: Result<_, MlsError> = additions.iter().zip(clients).map(named).collect();
        all.map_err(Failure::internal("naming a key package"))
    }

    fn submit_commit(
        &mut self,
        built: Built,
        inboxes: &[(Vec<u8>, InboxId)],
        rotates: bool,
        intent: Option<&Intent>,
        out: &mut Output,
    ) -> Result<Staging, Failure> {
        let epoch = self.head.epoch;
        let internal = |error| Failure::internal("preparing a commit")(error);
        let commit = built.output.commit_message.to_bytes().map_err(internal)?;
        let (next_access_key, blob) = self.look_ahead(&built).map_err(internal)?;
        let welcomes = welcomes(&built.output, inboxes).map_err(internal)?;
        if !fits(&commit, &welcomes, blob.as_ref()) {
            return Ok(Staging::TooLarge);
        }
        let submission = self.env.submission_id();
        let hash = CommitHash::of(&commit);
        let bundle = wire::CommitBundle {
            submission: Bytes::copy_from_slice(submission.as_bytes()),
            epoch: epoch.0,
            commit: Bytes::from(commit),
            next_access_key: Bytes::copy_from_slice(&next_access_key),
            revokes: built.revokes,
            rotates,
            parent: self.parent_bytes(),
        };
        let secrets = Zeroizing::new(built.secrets.to_bytes().map_err(internal)?);
        let intent_id = intent.map(|intent| intent.id);
        let staged = SavedStaged { epoch, commit: hash, secrets, submission, intent: intent_id };
        let first_access_key =
            (epoch == Epoch(0)).then(|| self.access.get(&epoch).map(access::public_key)).flatten();
        let bundle = Bytes::from(bundle.encode_to_vec());
        let saved = SavedSubmission {
            submission: Submission::Commit { submission, epoch, bundle, welcomes, first_access_key, blob },
            intent: intent_id,
            message: None,
            accepted: None,
        };
        self.live = Some(Live { submission, blocks: intent.is_some() || built.revokes || rotates });
        out.write(Write::Staged(staged.clone()));
        self.staged.push(staged);
        if let Some(intent) = intent_id {
            out.intent(intent, IntentChange::Submitted);
        }
        self.say(saved, intent.cloned(), out);
        Ok(Staging::Staged)
    }

    /// Puts a submission on its way.
    pub(super) fn say(&mut self, saved: SavedSubmission, intent: Option<Intent>, out: &mut Output) {
        out.write(Write::Submission(saved.clone()));
        out.submissions.push(saved.submission.clone());
        self.submissions.insert(saved.submission.id(), Pending { saved, intent });
    }

    /// The commit that began the current epoch, as a bundle names it; empty in epoch 0.
    pub(super) fn parent_bytes(&self) -> Bytes {
        self.head.parent.map_or(Bytes::new(), |parent| Bytes::copy_from_slice(parent.as_bytes()))
    }

    /// The next epoch's access key and tree, from a copy of the group.
    fn look_ahead(&self, built: &Built) -> Result<([u8; 32], Option<TreeBlob>), MlsError> {
        let mut next = self.group.clone();
        next.apply_detached_commit(built.secrets.clone())?;
        let key = access::public_key(&access::seed_of(&next)?);
        let Some(tree) = &built.tree else { return Ok((key, None)) };
        let bytes = next.export_tree().to_bytes()?;
        Ok((key, Some(tree.seal(&self.env, self.group.cipher_suite(), &bytes)?)))
    }
}

fn welcomes(output: &CommitOutput, inboxes: &[(Vec<u8>, InboxId)]) -> Result<Vec<WelcomeFor>, MlsError> {
    let one = |message: &MlsMessage| {
        let references = message.welcome_key_package_references();
        let found = inboxes.iter().find(|(own, _)| references.iter().any(|reference| ***reference == **own));
        let (_, inbox) = found.ok_or(MlsError::WelcomeKeyPackageNotFound)?;
        Ok(WelcomeFor { inbox: *inbox, welcome: Bytes::from(message.to_bytes()?) })
    };
    output.welcome_messages.iter().map(one).collect()
}

fn fits(commit: &[u8], welcomes: &[WelcomeFor], blob: Option<&TreeBlob>) -> bool {
    commit.len() <= limits::COMMIT_BYTES_MAX
        && welcomes.iter().all(|one| one.welcome.len() <= limits::WELCOME_BYTES_MAX)
        && blob.is_none_or(|blob| blob.data.len() <= limits::BLOB_BYTES_MAX)
}
