//! Creating a group: epoch 0 with this client alone, and the first commit, which creates the log and adds the people.

use bytes::Bytes;
use conclave_protocol::{ClientUri, GroupId, GroupName, UserUri};
use conclave_record::{GroupStatus, KeyHandle, PersonKeyPackages, RosterEntry};
use mls_rs::error::MlsError;
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::extension::ExtensionList;

use super::commit_own::{Plan, Staging};
use super::mls::{Parts, context_extensions, mls_time};
use super::output::Output;
use super::own_signer::{SignerMismatch, identity_of};
use super::{Env, Failure, Machine, leaves};
use crate::effect::Effects;
use crate::input::Now;
use crate::parameters;
use crate::policy::GroupPolicy;

/// A group to create.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// Its id: 16 random bytes.
    pub group: GroupId,
    /// Its name, [clean](GroupName::is_clean).
    pub name: String,
    /// This client; its user becomes the owner.
    pub creator: ClientUri,
    /// The leaf's signature key in the vault.
    pub handle: KeyHandle,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
    /// One of [`CIPHER_SUITES`](crate::credential::CIPHER_SUITES).
    pub suite: u16,
    /// The people added at once; at most `limits::ADDS_PER_COMMIT_MAX` clients.
    pub people: Vec<PersonKeyPackages>,
}

/// Why a group was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Not a valid name for a group.
    #[error("not a valid group name")]
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
    /// An internal error.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Machine {
    /// Creates a group. The service has it once the log shows its first commit; until then its status is *creating*.
    pub fn create(env: Env, new: NewGroup, now: Now) -> Result<(Self, Effects), CreateError> {
        if !GroupName::is_clean(&new.name) {
            return Err(CreateError::BadName);
        }
        let suite = CipherSuite::from(new.suite);
        if !crate::credential::CIPHER_SUITES.contains(&suite) {
            return Err(CreateError::BadSuite(new.suite));
        }
        let NewGroup { group, name, creator, handle, chain, people, .. } = new;
        let identity = identity_of(&env, &handle, &chain, &creator).map_err(CreateError::BadSigner)?;
        let policy = GroupPolicy::new(&group, name, creator.user());
        let parts = Parts::new(&env);
        let lifetime_s = parameters::KEY_PACKAGE_LIFETIME_S;
        let client = parts.signing_client(&env, identity.clone(), &handle, suite, lifetime_s);
        let context = context_extensions(&policy);
        let leaf = ExtensionList::new();
        let made =
            client.create_group_with_id(group.as_bytes().to_vec(), context, leaf, Some(mls_time(now.local)));
        let group = made.map_err(Failure::internal("making a group"))?;
        let entry = leaves::entry_of(&env.identities, 0, &identity, &policy)
            .map_err(Failure::internal("reading the own leaf"))?;
        let roster = vec![RosterEntry { since: now.local, ..entry }];
        let mut machine = Self::begin(env, parts, group, policy, roster, GroupStatus::Creating, now.local);
        let mut out = Output::default();
        machine.write_beginning(&mut out)?;
        machine.first_commit(&people, now, &mut out)?;
        let effects = machine.finish(now, out)?;
        Ok((machine, effects))
    }

    fn first_commit(
        &mut self,
        people: &[PersonKeyPackages],
        now: Now,
        out: &mut Output,
    ) -> Result<(), CreateError> {
        let additions = self.vet(people, now.local).map_err(CreateError::BadKeyPackages)?;
        match self.stage(&Plan { additions, ..Plan::default() }, None, now, out)? {
            Staging::Staged => Ok(()),
            Staging::BadKeyPackage => {
                Err(CreateError::BadKeyPackages(people.iter().map(|person| person.user.clone()).collect()))
            }
            Staging::BadSigner | Staging::NeedsSigner => Err(CreateError::BadSigner(SignerMismatch::Expired)),
            Staging::NotAllowed | Staging::TooLarge | Staging::NotBuilt => Err(CreateError::NotAllowed),
        }
    }
}

impl From<MlsError> for CreateError {
    fn from(error: MlsError) -> Self {
        Self::Failed(Failure::internal("making a group")(error))
    }
}
