//! What a client could do that breaks the rules.

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch, Timestamp, wire};
use conclave_record::Role;
use conclave_record::*;
use mls_rs::Group;
use mls_rs::client_builder::{MlsConfig, PaddingMode};
use mls_rs::group::proposal::{Proposal, RemoveProposal};
use mls_rs::group::{CommitOutput, CommitSecrets, ExportedTree};
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions};
use mls_rs_core::extension::ExtensionType;
use prost::Message as _;
use wire::EntryKind;

use super::super::commit_own::{Plan, Staging};
use super::super::mls::mls_time;
use super::super::output::Output;
use super::world::{Client, START, World};
use crate::credential::HandleCrypto;
use crate::policy::Grounds;
use crate::storage::CapturedGroup;
use crate::*;

impl Client {
    /// The group in an mls-rs client that has no policy.
    fn lawless(&mut self) -> Group<impl MlsConfig + use<>> {
        let saved = self.store.saved();
        let env = self.env();
        let encryption = EncryptionOptions::new(true, PaddingMode::StepFunction);
        let commits = CommitOptions::new().with_path_required(true);
        let rules = DefaultMlsRules::new().with_encryption_options(encryption).with_commit_options(commits);
        let client = mls_rs::Client::builder()
            .crypto_provider(HandleCrypto::new(env.signer))
            .identity_provider(env.identities)
            .mls_rules(rules)
            .group_state_storage(CapturedGroup::of(&saved.snapshot, &[]))
            .extension_type(ExtensionType::new(parameters::POLICY_EXTENSION))
            .custom_proposal_type(Grounds::proposal_type())
            .build();
        let tree = ExportedTree::from_bytes(&saved.tree).unwrap();
        client.load_group_with_ratchet_tree(saved.generation.group.as_bytes(), tree).unwrap()
    }

    /// The bundle of a commit that removes a leaf, whatever this client's role is.
    pub(super) fn forge_removal(&mut self, leaf: u32) -> wire::CommitBundle {
        self.forge(vec![Proposal::Remove(RemoveProposal::removing(leaf).unwrap())], None)
    }

    /// The bundle of a commit that renews this client's keys, stating a time, by default the present.
    pub(super) fn forge_update(&mut self, stated: Option<Timestamp>) -> wire::CommitBundle {
        self.forge(Vec::new(), stated)
    }

    /// The bundle of a commit with these proposals, whatever the policy says, stating a time, by default the present.
    pub(super) fn forge(
        &mut self,
        proposals: Vec<Proposal>,
        stated: Option<Timestamp>,
    ) -> wire::CommitBundle {
        let revokes = proposals.iter().any(|proposal| matches!(proposal, Proposal::Remove(_)));
        let mut group = self.lawless();
        let stated = stated.unwrap_or(self.now);
        let (output, secrets) = lawless_commit(&mut group, proposals, stated);
        let mut next = group.clone();
        next.apply_detached_commit(secrets).unwrap();
        let mut seed = [0; 32];
        seed.copy_from_slice(next.export_secret(parameters::ACCESS_LABEL, &[], 32).unwrap().as_bytes());
        let seed = AccessSeed { epoch: Epoch(next.current_epoch()), seed };
        let commit = output.commit_message.to_bytes().unwrap();
        let signature =
            sign_commit(&seed, &self.store.saved().generation.group, stated, &CommitHash::of(&commit));
        wire::CommitBundle {
            submission: vec![5; 16].into(),
            epoch: group.current_epoch(),
            commit: commit.into(),
            next_access_key: access_key(&seed).verifying_key().to_bytes().to_vec().into(),
            revokes,
            rotates: false,
            parent: self.machine.as_ref().unwrap().parent_bytes(),
            next_access_signature: signature.to_vec().into(),
            stated_ms: stated.0,
        }
    }

    /// The Welcome of a commit with these proposals, whatever the policy says.
    pub(super) fn forge_welcome(&mut self, proposals: Vec<Proposal>) -> Bytes {
        let mut group = self.lawless();
        let (output, _) = lawless_commit(&mut group, proposals, self.now);
        output.welcome_messages[0].to_bytes().unwrap().into()
    }

    /// An entry that proposes to remove another.
    pub(super) fn forge_proposal(&mut self, leaf: u32) -> Bytes {
        let mut group = self.lawless();
        let proposal = group.propose_remove(leaf, Vec::new()).unwrap();
        let entry = wire::Entry {
            submission: vec![6; 16].into(),
            epoch: group.current_epoch(),
            kind: EntryKind::Proposal as i32,
            message: proposal.to_bytes().unwrap().into(),
        };
        entry.encode_to_vec().into()
    }
}

fn lawless_commit(
    group: &mut Group<impl MlsConfig>,
    proposals: Vec<Proposal>,
    stated: Timestamp,
) -> (CommitOutput, CommitSecrets) {
    let builder = group.commit_builder().commit_time(mls_time(START));
    let builder = builder.custom_proposal(Grounds { stated }.proposal()).raw_proposals(proposals);
    builder.build_detached().unwrap()
}

impl Machine {
    /// A commit that changes roles and nothing else.
    pub(super) fn commit_roles(
        &mut self,
        roles: &[(conclave_protocol::UserUri, Role)],
        now: Now,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let mut policy = self.policy.clone();
        policy.roles.extend(roles.iter().cloned());
        let plan = Plan { policy: Some(policy), ..Plan::default() };
        assert_eq!(self.stage(&plan, None, now, out)?, Staging::Staged);
        Ok(())
    }
}

impl World {
    /// Puts a bundle into the log without the service's checks.
    pub(super) fn appends(&mut self, bundle: &wire::CommitBundle) {
        self.service.append(EntryKind::Commit, bundle.encode_to_vec().into());
    }

    /// Holds back the commit that this client is about to submit, and puts a changed copy into the log. Returns what is
    /// held back.
    pub(super) fn overtaken_by_copy(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut wire::CommitBundle),
    ) -> Vec<Submission> {
        let held = std::mem::take(&mut self.client(name).outbox);
        assert!(held[0].is_commit());
        let mut copy = wire::CommitBundle::decode(held[0].entry().clone()).unwrap();
        change(&mut copy);
        self.appends(&copy);
        held
    }

    /// Carol left, and bob has been offline since.
    pub(super) fn assert_agreed_without_bob(&mut self) {
        assert_eq!(self.client("carol").status(), GroupStatus::Left);
        let roster = self.client("alice").machine.as_ref().unwrap().roster();
        let leaves: Vec<_> = roster.iter().map(|entry| entry.leaf).collect();
        assert_eq!(leaves, [0, 1]);
        assert!(self.service.epoch > Epoch(1));
        self.client("bob").online = true;
        self.settle();
        self.assert_agreed(&["alice", "bob"]);
    }
}
