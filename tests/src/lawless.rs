//! A member with a modified app: it has the keys and the state, and follows no rule. The service can't see what it
//! sends; the other members must refuse it.

use bytes::Bytes;
use conclave_delivery::{AccessKey, CommitSubmission};
use conclave_group::credential::{HandleCrypto, Identities};
use conclave_group::parameters::{ACCESS_LABEL, POLICY_EXTENSION};
use conclave_group::policy::{Grounds, GroupPolicy};
use conclave_group::{access_key, sign_commit};
use conclave_protocol::wire::{self, EntryKind, submitted};
use conclave_protocol::{CommitHash, Epoch, GroupId, Timestamp, UserUri};
use conclave_record::{AccessSeed, Role, Saved};
use mls_rs::client_builder::{MlsConfig, PaddingMode};
use mls_rs::group::ExportedTree;
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions};
use mls_rs::storage_provider::in_memory::InMemoryGroupStateStorage;
use mls_rs::{Group, MlsMessage};
use mls_rs_core::extension::ExtensionType;
use mls_rs_core::group::{GroupState, GroupStateStorage as _};
use mls_rs_core::time::MlsTime;
use prost::Message as _;

use crate::Person;
use crate::device::Device;

/// What it tries.
#[derive(Debug, Clone)]
pub enum Breach {
    /// A commit that removes the member at this leaf.
    Removes(u32),
    /// A commit that makes the member an owner.
    TakesOver,
    /// A commit that gives these people these roles: an owner may, and no app does so yet.
    SetsRoles(Vec<(UserUri, Role)>),
    /// A proposal to remove the member at this leaf, for others to commit.
    ProposesRemoval(u32),
    /// A message that decrypts to these bytes.
    Says(Vec<u8>),
}

/// The member's device with its state of the group.
struct Member {
    device: Device,
    saved: Saved,
}

/// Tries it with a copy of this person's state; returns the service's answer. The person's own app must not send
/// anything in the same epoch, since it does not know of it.
pub async fn tries(person: &Person, group: &str, breach: &Breach, now_s: u64) -> submitted::Outcome {
    let member = Member::of(person, group);
    let group = member.saved.generation.group;
    let service = member.device.service(person);
    let (pushes, _pushed) = tokio::sync::mpsc::channel(64);
    service.connect(pushes).await.expect("the service is there");
    let epoch = member.saved.head.epoch;
    let seed = member.saved.access.iter().find(|seed| seed.epoch == epoch).expect("the epoch has a key").seed;
    let key = AccessKey::new(epoch, seed);
    let answer = match member.prepare(breach, now_s) {
        Prepared::Commit(bundle) => {
            let commit = CommitSubmission { bundle, welcomes: Vec::new(), first_access_key: None };
            service.submit_commit(group, key, commit).await
        }
        Prepared::Entry(entry) => service.submit(group, key, entry).await,
    };
    answer.expect("the service answers")
}

enum Prepared {
    Commit(Bytes),
    Entry(Bytes),
}

impl Member {
    fn of(person: &Person, group: &str) -> Self {
        let id: [u8; 16] = hex::decode(group).expect("an id is hex").try_into().expect("16 bytes");
        let id = GroupId::new(id);
        let (device, saved) = Device::of(person, |v| {
            let generation = v.generation(&id)?.expect("the group is there");
            Ok(v.saved(&generation)?.expect("a state"))
        });
        device.take_key(person, saved.signer.as_ref().expect("a member signs"));
        Self { device, saved }
    }

    fn prepare(&self, breach: &Breach, now_s: u64) -> Prepared {
        let mut group = self.lawless();
        let stated = Timestamp(now_s * 1000).max(self.saved.head.stated);
        let grounds = Grounds { stated };
        match breach {
            Breach::Removes(leaf) => {
                let commit = |g: &mut Group<_>| {
                    let builder = g
                        .commit_builder()
                        .commit_time(MlsTime::from(now_s))
                        .custom_proposal(grounds.proposal());
                    builder.remove_member(*leaf).expect("the leaf is there").build_detached()
                };
                let (output, secrets) = commit(&mut group).expect("mls-rs knows no policy");
                Prepared::Commit(self.bundle(&group, &output.commit_message, secrets, true, stated))
            }
            Breach::TakesOver | Breach::SetsRoles(_) => {
                let mut policy = GroupPolicy::decode(&self.saved.head.policy).expect("a policy");
                if let Breach::SetsRoles(roles) = breach {
                    policy.roles.extend(roles.iter().cloned());
                } else {
                    policy.roles.insert(self.device.account.user.clone(), Role::Owner);
                    policy.name = "Mine".to_owned();
                }
                let mut extensions = group.context().extensions.clone();
                extensions.set(policy.extension());
                let builder = group
                    .commit_builder()
                    .commit_time(MlsTime::from(now_s))
                    .custom_proposal(grounds.proposal());
                let builder = builder.set_group_context_ext(extensions).expect("an extension");
                let (output, secrets) = builder.build_detached().expect("mls-rs knows no policy");
                Prepared::Commit(self.bundle(&group, &output.commit_message, secrets, false, stated))
            }
            Breach::ProposesRemoval(leaf) => {
                let proposal = group.propose_remove(*leaf, Vec::new()).expect("the leaf is there");
                Prepared::Entry(self.entry(&proposal, EntryKind::Proposal))
            }
            Breach::Says(bytes) => {
                let message = group.encrypt_application_message(bytes, Vec::new()).expect("it encrypts");
                Prepared::Entry(self.entry(&message, EntryKind::Application))
            }
        }
    }

    /// The group in an mls-rs client that has no policy.
    fn lawless(&self) -> Group<impl MlsConfig + use<>> {
        let encryption = EncryptionOptions::new(true, PaddingMode::StepFunction);
        let commits = CommitOptions::new().with_path_required(true);
        let rules = DefaultMlsRules::new().with_encryption_options(encryption).with_commit_options(commits);
        let id = self.saved.generation.group.as_bytes().to_vec();
        let mut states = InMemoryGroupStateStorage::new();
        let state = GroupState { id: id.clone(), data: self.saved.snapshot.bytes.clone().into_inner() };
        states.write(state, Vec::new(), Vec::new()).expect("memory takes it");
        let (authority, domain) =
            (self.device.account.authority_key, self.device.account.user.domain().to_owned());
        let client = mls_rs::Client::builder()
            .crypto_provider(HandleCrypto::new(self.device.signer.clone()))
            .identity_provider(Identities::new(authority, domain))
            .mls_rules(rules)
            .group_state_storage(states)
            .extension_type(ExtensionType::new(POLICY_EXTENSION))
            .custom_proposal_type(Grounds::proposal_type())
            .build();
        let tree = ExportedTree::from_bytes(&self.saved.tree).expect("a tree");
        client.load_group_with_ratchet_tree(&id, tree).expect("the state loads")
    }

    fn bundle<C: MlsConfig + Clone>(
        &self,
        group: &Group<C>,
        commit: &MlsMessage,
        secrets: mls_rs::group::CommitSecrets,
        revokes: bool,
        stated: Timestamp,
    ) -> Bytes {
        let mut next = group.clone();
        next.apply_detached_commit(secrets).expect("one's own commit");
        let exported = next.export_secret(ACCESS_LABEL, &[], 32).expect("an exporter");
        let seed = exported.as_bytes().try_into().expect("32 bytes");
        let seed = AccessSeed { epoch: Epoch(next.current_epoch()), seed };
        let commit = commit.to_bytes().expect("it encodes");
        let signature = sign_commit(&seed, &self.saved.generation.group, stated, &CommitHash::of(&commit));
        let parent = self.saved.head.parent;
        let bundle = wire::CommitBundle {
            submission: vec![0xbb; 16].into(),
            epoch: self.saved.head.epoch.0,
            commit: commit.into(),
            next_access_key: access_key(&seed).verifying_key().to_bytes().to_vec().into(),
            revokes,
            rotates: false,
            parent: parent.map_or(Bytes::new(), |p| Bytes::copy_from_slice(p.as_bytes())),
            next_access_signature: signature.to_vec().into(),
            stated_ms: stated.0,
        };
        bundle.encode_to_vec().into()
    }

    fn entry(&self, message: &MlsMessage, kind: EntryKind) -> Bytes {
        let Epoch(epoch) = self.saved.head.epoch;
        let message = message.to_bytes().expect("it encodes").into();
        let submission = vec![0xee; 16].into();
        wire::Entry { submission, epoch, kind: kind as i32, message }.encode_to_vec().into()
    }
}
