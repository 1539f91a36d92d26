//! A group of simulated members whose tree is warm, at the cost of one group at a time: the newest member adds two
//! more, and the second of those continues. So each pair of leaves has committed once, and no node of the tree is
//! blank or has unmerged leaves.

use bytes::Bytes;
use conclave_group::credential::{CIPHER_SUITES, HandleCrypto};
use conclave_group::parameters::POLICY_EXTENSION;
use conclave_group::parameters::TREE_BLOB_EXTENSION;
use conclave_group::policy::{Grounds, GroupPolicy};
use conclave_group::{access_key, sign_commit};
use conclave_protocol::{CommitHash, GroupId, InboxId, SubmissionId, Timestamp, UserUri, wire};
use conclave_record::{AccessSeed, Role};
use mls_rs::extension::built_in::RequiredCapabilitiesExt;
use mls_rs::{CipherSuiteProvider, CryptoProvider, ExtensionList, MlsMessage};
use mls_rs_core::extension::{Extension, ExtensionType, MlsExtension};
use mls_rs_core::identity::CredentialType;
use mls_rs_core::time::MlsTime;
use prost::Message as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::certificates::{Authority, Device};
use crate::mls::{MlsClient, MlsGroup, access_seed, client};

/// For ids, and for what is secret elsewhere.
fn random() -> [u8; 16] {
    StdRng::from_os_rng().random()
}

/// A commit as submitted to the service.
pub(crate) struct Step {
    /// The epoch that it ends.
    pub(crate) key: AccessSeed,
    pub(crate) bundle: Bytes,
    pub(crate) welcomes: Vec<(InboxId, Bytes)>,
    pub(crate) first_access_key: Option<[u8; 32]>,
    pub(crate) tree: Option<([u8; 16], Bytes)>,
}

/// A group of simulated members.
pub(crate) struct Crowd {
    authority: Authority,
    now_s: u64,
    pub(crate) group: GroupId,
    pub(crate) founder: Device,
    size: usize,
    /// The second member of the last but one pair.
    pub(crate) a: MlsGroup,
    /// The last one.
    pub(crate) b: MlsGroup,
    parent: Option<CommitHash>,
    /// All commits so far, in order.
    pub(crate) steps: Vec<Step>,
}

/// Somebody to add.
pub(crate) struct Joiner {
    pub(crate) inbox: InboxId,
    pub(crate) key_package: MlsMessage,
}

impl Crowd {
    /// A group of this size, an even number, in which later members are admins.
    pub(crate) fn of(authority: &Authority, size: usize, admins: &[UserUri], now_s: u64) -> Self {
        assert!(size >= 2 && size.is_multiple_of(2), "leaves come in pairs");
        let founder = authority.device("member0");
        let group = GroupId::new(random());
        let first = client(authority, &founder, now_s)
            .create_group_with_id(
                group.as_bytes().to_vec(),
                context(&group, &founder, admins),
                ExtensionList::new(),
                Some(MlsTime::from(now_s)),
            )
            .unwrap();
        let (a, b) = (first.clone(), first);
        let authority = authority.clone();
        let mut crowd =
            Self { authority, now_s, group, founder, size: 1, a, b, parent: None, steps: Vec::new() };
        crowd.grow(1);
        while crowd.size < size {
            crowd.grow(2);
        }
        crowd
    }

    /// The newest member adds this many, and the last of them is the newest then.
    fn grow(&mut self, count: usize) {
        let fresh = self.size..self.size + count;
        let clients: Vec<MlsClient> = fresh
            .map(|n| client(&self.authority, &self.authority.device(&format!("member{n}")), self.now_s))
            .collect();
        let now = Some(MlsTime::from(self.now_s));
        let package = |of: &MlsClient| {
            of.generate_key_package_message(ExtensionList::new(), ExtensionList::new(), now).unwrap()
        };
        let packages = clients.iter().map(package).collect();
        let welcomes = self.add(packages, ExtensionList::new());
        self.size += count;
        let tree = self.b.export_tree().into_owned();
        let last = clients.last().unwrap();
        let (joined, _) = last.join_group(Some(tree), welcomes.last().unwrap(), None).unwrap();
        self.a = std::mem::replace(&mut self.b, joined);
    }

    /// Adds engines; their tree travels apart. `a` follows.
    pub(crate) fn admit(&mut self, joiners: Vec<Joiner>) {
        let reference = TreeReference { id: random(), key: random() };
        let (inboxes, packages): (Vec<_>, Vec<_>) =
            joiners.into_iter().map(|j| (j.inbox, j.key_package)).unzip();
        self.size += inboxes.len();
        let welcomes = self.add(packages, reference.extension());
        let bytes = |m: &MlsMessage| Bytes::from(m.to_bytes().unwrap());
        let tree = reference.seal(&self.authority, &self.b.export_tree().to_bytes().unwrap());
        let step = self.steps.last_mut().unwrap();
        step.welcomes = inboxes.into_iter().zip(welcomes.iter().map(bytes)).collect();
        step.tree = Some((reference.id, tree));
        let bundle = wire::CommitBundle::decode(step.bundle.clone()).unwrap();
        let commit = MlsMessage::from_bytes(&bundle.commit).unwrap();
        self.a.process_incoming_message(commit).unwrap();
    }

    /// The newest member's commit; their own group is in the next epoch afterwards.
    fn add(&mut self, packages: Vec<MlsMessage>, info: ExtensionList) -> Vec<MlsMessage> {
        let key = access_seed(&self.b);
        let mut builder =
            self.b.commit_builder().commit_time(MlsTime::from(self.now_s)).set_group_info_ext(info);
        let stated = Timestamp(self.now_s * 1000);
        builder = builder.custom_proposal(Grounds { stated }.proposal());
        for package in packages {
            builder = builder.add_member(package).unwrap();
        }
        let output = builder.build().unwrap();
        self.b.apply_pending_commit().unwrap();
        let commit = output.commit_message.to_bytes().unwrap();
        let public = |seed: &AccessSeed| access_key(seed).verifying_key().to_bytes();
        let (next, hash) = (access_seed(&self.b), CommitHash::of(&commit));
        let signature = sign_commit(&next, &self.group, stated, &hash);
        let parent = self.parent.replace(hash);
        let bundle = wire::CommitBundle {
            submission: Bytes::copy_from_slice(SubmissionId::new(random()).as_bytes()),
            epoch: key.epoch.0,
            commit: commit.into(),
            next_access_key: Bytes::copy_from_slice(&public(&next)),
            revokes: false,
            rotates: false,
            parent: parent.map_or(Bytes::new(), |p| Bytes::copy_from_slice(p.as_bytes())),
            next_access_signature: Bytes::copy_from_slice(&signature),
            stated_ms: stated.0,
        };
        let first_access_key = (key.epoch.0 == 0).then(|| public(&key));
        let bundle = Bytes::from(bundle.encode_to_vec());
        self.steps.push(Step { key, bundle, welcomes: Vec::new(), first_access_key, tree: None });
        output.welcome_messages
    }
}

/// As an engine creates it, except that later members may rename, so that any of them can be seen to commit.
fn context(group: &GroupId, founder: &Device, admins: &[UserUri]) -> ExtensionList {
    let mut policy = GroupPolicy::new(group, "Harbour".to_owned(), founder.client.user());
    policy.roles.extend(admins.iter().map(|user| (user.clone(), Role::Admin)));
    let required = RequiredCapabilitiesExt {
        extensions: vec![ExtensionType::new(POLICY_EXTENSION)],
        proposals: vec![Grounds::proposal_type()],
        credentials: vec![CredentialType::X509],
    };
    let mut list = ExtensionList::new();
    list.set(required.into_extension().unwrap());
    list.set(policy.extension());
    list
}

/// Where an encrypted tree is and how to decrypt it (docs/protocol.md).
struct TreeReference {
    id: [u8; 16],
    key: [u8; 16],
}

impl TreeReference {
    fn extension(&self) -> ExtensionList {
        let mut data = self.id.to_vec();
        data.push(u8::try_from(self.key.len()).unwrap());
        data.extend(self.key);
        let mut list = ExtensionList::new();
        list.set(Extension::new(ExtensionType::new(TREE_BLOB_EXTENSION), data));
        list
    }

    fn seal(&self, authority: &Authority, tree: &[u8]) -> Bytes {
        let crypto = HandleCrypto::new(authority.signer.clone());
        let crypto = crypto.cipher_suite_provider(CIPHER_SUITES[0]).unwrap();
        let nonce = crypto.random_bytes_vec(crypto.aead_nonce_size()).unwrap();
        let sealed = crypto.aead_seal(&self.key, tree, Some(&self.id), &nonce).unwrap();
        Bytes::from([nonce, sealed].concat())
    }
}
