//! Making a group: epoch 0 with this client alone, and the first commit, which makes the log and brings the people.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use conclave_protocol::certificate::{CertificateError, Chain};
use conclave_protocol::{ClientUri, Epoch, GroupId, Seq, Timestamp, UserUri};
use mls_rs::error::MlsError;
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::extension::ExtensionList;
use mls_rs_core::identity::SigningIdentity;

use super::commit_own::{Plan, Staging};
use super::mls::{MlsGroup, Parts, context_extensions, mls_time};
use super::output::Output;
use super::{Env, Failure, Machine, access, epoch};
use crate::credential::signing_identity;
use crate::effect::{Effects, GroupHead, GroupStatus, Renewal, RosterEntry, Write};
use crate::input::{Now, PeopleKeyPackages};
use crate::parameters;
use crate::policy::{GroupPolicy, Role};
use crate::signer::KeyHandle;

/// A group to be made.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// Its id: 16 random bytes.
    pub group: GroupId,
    /// Its name, 1 to [`limits::GROUP_NAME_BYTES_MAX`](conclave_protocol::limits::GROUP_NAME_BYTES_MAX) bytes.
    pub name: String,
    /// This client; its user becomes the owner.
    pub creator: ClientUri,
    /// The leaf's signature key in the vault.
    pub handle: KeyHandle,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
    /// One of [`CIPHER_SUITES`](crate::credential::CIPHER_SUITES).
    pub suite: u16,
    /// Who is in it from the start; at most `limits::ADDS_PER_COMMIT_MAX` clients.
    pub people: Vec<PeopleKeyPackages>,
}

/// Why a group was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Not a name for a group.
    #[error("that can't be a group's name")]
    BadName,
    /// The signature key is not loaded, or the chain is not this client's for it.
    #[error("the signature key can't be used: {0}")]
    BadSigner(SignerMismatch),
    /// Not a cipher suite that is used here.
    #[error("cipher suite {0} is not offered")]
    BadSuite(u16),
    /// Key packages of these people are not usable: claim others and try again.
    #[error("key packages can't be used")]
    BadKeyPackages(Vec<UserUri>),
    /// Too many people at once, or one of them twice under different keys.
    #[error("these people can't be added at once")]
    NotAllowed,
    /// Something that should not happen.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Why a signature key can't be used with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerMismatch {
    /// It is not loaded: unlock the vault.
    #[error("it is not loaded")]
    NotLoaded,
    /// The chain does not parse or fit together.
    #[error(transparent)]
    Chain(#[from] CertificateError),
    /// The leaf certificate ends too soon.
    #[error("the certificate is about to expire")]
    Expired,
    /// The chain is for another key or client.
    #[error("the certificate is for another key or client")]
    Other,
}

/// A signature key with its chain, as mls-rs takes it. Checked to be this client's: mls-rs would take any.
pub(crate) fn identity_of(
    env: &Env,
    handle: &KeyHandle,
    chain: &[Bytes],
    client: &ClientUri,
) -> Result<SigningIdentity, SignerMismatch> {
    let ders: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
    let chain = Chain::parse(&ders)?;
    let key = env.signer.public_key(handle).ok_or(SignerMismatch::NotLoaded)?;
    if chain.leaf().public_key() != &key || chain.client() != client {
        return Err(SignerMismatch::Other);
    }
    Ok(signing_identity(&chain))
}

impl Machine {
    /// Makes a group. It is the service's when the log shows its first commit; until then its status is *creating*.
    pub fn create(env: Env, new: NewGroup, now: Now) -> Result<(Self, Effects), CreateError> {
        if !GroupPolicy::is_name(&new.name) {
            return Err(CreateError::BadName);
        }
        let suite = CipherSuite::from(new.suite);
        if !crate::credential::CIPHER_SUITES.contains(&suite) {
            return Err(CreateError::BadSuite(new.suite));
        }
        let identity =
            identity_of(&env, &new.handle, &new.chain, &new.creator).map_err(CreateError::BadSigner)?;
        let policy = GroupPolicy::new(&new.group, new.name.clone(), new.creator.user());
        let parts = Parts::new(&env);
        let client = parts.signing_client(
            &env,
            identity.clone(),
            &new.handle,
            suite,
            parameters::KEY_PACKAGE_LIFETIME_S,
        );
        let group = client
            .create_group_with_id(
                new.group.as_bytes().to_vec(),
                context_extensions(&policy),
                ExtensionList::new(),
                Some(mls_time(now.local)),
            )
            .map_err(Failure::internal("making a group"))?;
        let entry = epoch::entry_of(&env.identities, 0, &identity, &policy)
            .map_err(Failure::internal("reading the own leaf"))?;
        let roster = vec![RosterEntry { since: now.local, ..entry }];
        let mut machine = Self::begin(env, parts, group, policy, roster, GroupStatus::Creating, now.local);
        let mut out = Output::default();
        machine.write_beginning(&mut out)?;
        machine.first_commit(&new.people, now, &mut out)?;
        let effects = machine.finish(now, out)?;
        Ok((machine, effects))
    }

    fn first_commit(
        &mut self,
        people: &[PeopleKeyPackages],
        now: Now,
        out: &mut Output,
    ) -> Result<(), CreateError> {
        let additions = self.vet(people, now.local).map_err(CreateError::BadKeyPackages)?;
        match self.stage(Plan { additions, ..Plan::default() }, None, now, out)? {
            Staging::Staged => Ok(()),
            Staging::BadKeyPackage => {
                Err(CreateError::BadKeyPackages(people.iter().map(|person| person.user.clone()).collect()))
            }
            Staging::BadSigner | Staging::NeedsSigner => Err(CreateError::BadSigner(SignerMismatch::Expired)),
            Staging::NotAllowed | Staging::TooLarge => Err(CreateError::NotAllowed),
        }
    }

    /// A machine for a group that was just made or joined.
    pub(super) fn begin(
        env: Env,
        parts: Parts,
        group: MlsGroup,
        policy: GroupPolicy,
        roster: Vec<RosterEntry>,
        status: GroupStatus,
        since: Timestamp,
    ) -> Self {
        parts.rules.view().roster = roster.into_iter().collect();
        let head = GroupHead {
            group: GroupId::try_from(group.group_id()).expect("the caller made or checked the id"),
            name: policy.name.clone(),
            status,
            epoch: Epoch(group.current_epoch()),
            tree_hash: Bytes::new(),
            epoch_authenticator: Bytes::new(),
            policy: Bytes::new(),
            cipher_suite: group.cipher_suite().into(),
            own_leaf: group.current_member_index(),
            own_role: Role::default(),
            people: 0,
            devices: 0,
            key_renewed: since,
            renewal: Renewal::Done,
            added_by: None,
            parent: None,
        };
        Self {
            env,
            group,
            storage: parts.storage,
            rules: parts.rules,
            floor: head.epoch,
            head,
            policy,
            former: Vec::new(),
            staged: Vec::new(),
            live: None,
            submissions: HashMap::new(),
            access: BTreeMap::new(),
            cursor: Seq(0),
            log_time: Timestamp(0),
            log_next: 0,
            log_chain: [0; 32],
            queue: BTreeMap::new(),
            races: HashMap::new(),
            at_head: false,
            proposal_lost: false,
            own_refusals: 0,
            propose_again: false,
            timers: super::Timers::default(),
            resubmit: false,
            dirty: true,
            state_bytes: 0,
            tree_bytes: 0,
        }
    }

    /// Writes what a group begins with: roster, access key and head; state and tree come with every new epoch.
    pub(super) fn write_beginning(&mut self, out: &mut Output) -> Result<(), Failure> {
        let seed = access::seed_of(&self.group).map_err(Failure::internal("deriving the access key"))?;
        self.access.insert(seed.epoch, seed.clone());
        out.write(Write::AccessKey { keep_from: seed.epoch, seed });
        out.write(Write::RosterPut(self.roster()));
        self.describe_epoch().map_err(Failure::internal("describing the epoch"))?;
        let tree = self.group.export_tree().byte_size();
        self.tree_bytes = tree;
        out.head = true;
        out.epoch = true;
        Ok(())
    }
}

impl From<MlsError> for CreateError {
    fn from(error: MlsError) -> Self {
        Self::Failed(Failure::internal("making a group")(error))
    }
}
