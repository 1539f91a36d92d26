//! Joining by a Welcome. mls-rs checks the group; whether this client signs with the key package's key is checked
//! here.

use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, GroupId};
use conclave_record::{GroupStatus, KeyPackageRow, Renewal, RosterEntry, Write};
use mls_rs::MlsMessage;
use mls_rs::error::MlsError;
use mls_rs::extension::built_in::RatchetTreeExt;
use mls_rs::group::{ExportedTree, GroupInfo, Node};
use mls_rs_codec::MlsDecode;
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::identity::SigningIdentity;
use mls_rs_core::key_package::KeyPackageData;
use rayon::prelude::*;

use super::commit_content::lifetime_s;
use super::mls::{MlsClient, Parts};
use super::output::Output;
use super::own_signer::{SignerMismatch, identity_of};
use super::tree_blob::TreeRef;
use super::{Env, Failure, Machine, leaves};
use crate::credential::is_public_key;
use crate::effect::Effects;
use crate::input::Now;
use crate::parameters;
use crate::policy::{BadPolicy, GroupPolicy};
use crate::storage::CapturedKeyPackage;

/// What a Welcome is for.
#[derive(Debug, Clone)]
pub struct WelcomeInfo {
    /// The key package it was made for (KeyPackageRef).
    pub reference: Bytes,
    /// The group.
    pub group: GroupId,
    /// The epoch to join.
    pub epoch: Epoch,
    /// The tree blob to fetch first, if the tree travels apart.
    pub tree: Option<TreeRef>,
}

/// Why a group was not joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Not a Welcome to these groups: malformed, of another cipher suite, or it does not verify. Permanent.
    #[error("the Welcome can't be used: {0}")]
    Unusable(MlsError),
    /// It is for no key package that this client still has. It can't be used.
    #[error("the Welcome is for no known key package")]
    NoKeyPackage,
    /// The key package is not for the key it names. It can't be used.
    #[error("the key package can't be used: {0}")]
    BadKeyPackage(SignerMismatch),
    /// The group has no policy that this client understands. It can't be used by this version.
    #[error(transparent)]
    Policy(#[from] BadPolicy),
    /// A member's credential does not verify. It can't be used.
    #[error(transparent)]
    Credential(#[from] crate::credential::CredentialError),
    /// A node of its tree has a key that can't be encrypted to, so nothing could be committed. It can't be used.
    #[error("the group's tree contains an invalid key")]
    UnsoundKey,
    /// A leaf of its tree has a longer lifetime than allowed. It can't be used.
    #[error("the lifetime of a leaf in the group's tree is too long")]
    LifetimeTooLong,
    /// Its signer is not in its tree. It can't be used.
    #[error("the Welcome's signer is not a member")]
    Unsigned,
    /// Its tree travels apart: fetch it first.
    #[error("the tree has to be fetched")]
    NeedsTree(TreeRef),
    /// The fetched tree is not the group's: fetch it again.
    #[error("the tree does not match the group")]
    BadTree,
    /// The vault is locked: try again once it is not.
    #[error("the signature key is not loaded")]
    SignerNotLoaded,
    /// An internal error.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl JoinError {
    /// Whether the Welcome can never be used, and may be acknowledged.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Unusable(_)
            | Self::NoKeyPackage
            | Self::BadKeyPackage(_)
            | Self::Policy(_)
            | Self::Credential(_)
            | Self::UnsoundKey
            | Self::LifetimeTooLong
            | Self::Unsigned => true,
            Self::NeedsTree(_) | Self::BadTree | Self::SignerNotLoaded | Self::Failed(_) => false,
        }
    }
}

/// The key packages that a Welcome is for (KeyPackageRefs, RFC 9420 §12.4.3), read without opening it.
pub fn welcome_references(welcome: &[u8]) -> Result<Vec<Bytes>, JoinError> {
    let message = MlsMessage::from_bytes(welcome).map_err(JoinError::Unusable)?;
    let references = message.welcome_key_package_references();
    Ok(references.into_iter().map(|reference| Bytes::copy_from_slice(reference)).collect())
}

/// Reads a Welcome: which of this client's key packages it is for, and what to fetch before joining. `find` looks a
/// key package up by its reference.
pub fn inspect_welcome(
    env: &Env,
    welcome: &[u8],
    find: impl Fn(&[u8]) -> Option<KeyPackageRow>,
) -> Result<WelcomeInfo, JoinError> {
    let message = MlsMessage::from_bytes(welcome).map_err(JoinError::Unusable)?;
    let references = message.welcome_key_package_references();
    let found = references.iter().find_map(|reference| find(reference)).ok_or(JoinError::NoKeyPackage)?;
    let opened = Opened::open(env, message, &found)?;
    let context = opened.info.group_context();
    Ok(WelcomeInfo {
        reference: found.reference.clone(),
        group: group_id(&opened.info)?,
        epoch: Epoch(context.epoch),
        tree: opened.tree,
    })
}

/// A Welcome, decrypted with its key package.
struct Opened {
    message: MlsMessage,
    parts: Parts,
    client: MlsClient,
    who: ClientUri,
    info: GroupInfo,
    tree: Option<TreeRef>,
}

impl Opened {
    fn open(env: &Env, message: MlsMessage, key_package: &KeyPackageRow) -> Result<Self, JoinError> {
        let (identity, who) = signer_of(env, key_package)?;
        let data =
            KeyPackageData::mls_decode(&mut &*key_package.data).map_err(|e| JoinError::Unusable(e.into()))?;
        let captured = CapturedKeyPackage::of(key_package.reference.to_vec(), data);
        let parts = Parts { key_package: captured, ..Parts::new(env) };
        let suite = CipherSuite::from(key_package.cipher_suite);
        let client = parts.signing_client(
            env,
            identity,
            &key_package.handle,
            suite,
            parameters::KEY_PACKAGE_LIFETIME_S,
        );
        let info = client.examine_welcome_message(&message).map_err(JoinError::Unusable)?;
        let tree = TreeRef::of(info.extensions()).map_err(JoinError::Unusable)?;
        Ok(Self { message, parts, client, who, info, tree })
    }

    /// The ratchet tree that travelled apart, decrypted; `None` if it is in the Welcome.
    fn tree(&self, env: &Env, blob: Option<&Bytes>) -> Result<Option<ExportedTree<'static>>, JoinError> {
        let Some(tree) = &self.tree else { return Ok(None) };
        let blob = blob.ok_or_else(|| JoinError::NeedsTree(tree.clone()))?;
        let suite = self.info.group_context().cipher_suite;
        let bytes = tree.open(env, suite, blob).map_err(|_| JoinError::BadTree)?;
        ExportedTree::from_bytes(&bytes).map(|tree| Some(tree.into_owned())).map_err(|_| JoinError::BadTree)
    }

    /// Verifies all members' chains on all cores, so that mls-rs finds them remembered; and all keys of the tree,
    /// which mls-rs does not check.
    fn verify_tree(&self, env: &Env, tree: Option<&ExportedTree<'static>>) -> Result<(), JoinError> {
        let inside =
            self.info.extensions().get_as::<RatchetTreeExt>().map_err(|e| JoinError::Unusable(e.into()))?;
        let tree = match (tree, &inside) {
            (Some(tree), _) => tree,
            (None, Some(inside)) => inside.tree_data(),
            (None, None) => return Err(JoinError::Unusable(MlsError::RatchetTreeNotFound)),
        };
        let members: Vec<SigningIdentity> = tree.roster().member_identities_iter().cloned().collect();
        env.identities.verify_all(&members)?;
        if !tree.nodes().par_iter().flatten().all(|node| is_public_key(node.public_key())) {
            return Err(JoinError::UnsoundKey);
        }
        let bounded = |node: &Node| match node {
            Node::Leaf(leaf) => lifetime_s(leaf).is_none_or(|s| s <= parameters::LIFETIME_S_MAX),
            Node::Parent(_) => true,
        };
        if tree.nodes().iter().flatten().all(bounded) { Ok(()) } else { Err(JoinError::LifetimeTooLong) }
    }
}

/// The key package's own signature key: mls-rs would join with any, and others would refuse every message.
fn signer_of(env: &Env, key_package: &KeyPackageRow) -> Result<(SigningIdentity, ClientUri), JoinError> {
    let message = MlsMessage::from_bytes(&key_package.public).map_err(JoinError::Unusable)?;
    let public = message.as_key_package().ok_or(JoinError::NoKeyPackage)?;
    let who = env.identities.client_of(public.signing_identity())?;
    let identity =
        identity_of(env, &key_package.handle, &key_package.chain, &who.client).map_err(|mismatch| {
            match mismatch {
                SignerMismatch::NotLoaded => JoinError::SignerNotLoaded,
                other => JoinError::BadKeyPackage(other),
            }
        })?;
    if identity != *public.signing_identity() {
        return Err(JoinError::BadKeyPackage(SignerMismatch::Other));
    }
    Ok((identity, who.client))
}

fn group_id(info: &GroupInfo) -> Result<GroupId, JoinError> {
    let id = info.group_context().group_id();
    GroupId::try_from(id).map_err(|_| JoinError::Unusable(MlsError::InvalidGroupInfo))
}

impl Machine {
    /// Joins the group of a Welcome. `tree` is the data of the tree blob, where [`WelcomeInfo::tree`] names one.
    ///
    /// Then read the log from [`read_from`](Self::read_from): the commit that began this epoch comes first, and
    /// nothing is sent before it.
    pub fn join(
        env: Env,
        welcome: &[u8],
        key_package: &KeyPackageRow,
        tree: Option<&Bytes>,
        now: Now,
    ) -> Result<(Self, Effects), JoinError> {
        let message = MlsMessage::from_bytes(welcome).map_err(JoinError::Unusable)?;
        let opened = Opened::open(&env, message, key_package)?;
        group_id(&opened.info)?;
        let policy = GroupPolicy::of(&opened.info.group_context().extensions)?;
        let tree = opened.tree(&env, tree)?;
        opened.verify_tree(&env, tree.as_ref())?;
        let apart = tree.is_some();
        // No time: one idle laptop's expired leaf must not block the join.
        let joined = opened.client.join_group(tree, &opened.message, None);
        let (group, info) = joined.map_err(|error| match error {
            MlsError::TreeHashMismatch if apart => JoinError::BadTree,
            error => JoinError::Unusable(error),
        })?;
        let roster = leaves::roster_of(&group, &env.identities, &policy).map_err(JoinError::Unusable)?;
        let epoch = Epoch(group.current_epoch());
        let dated = |entry| RosterEntry { since_epoch: epoch, since: now.local, ..entry };
        let roster: Vec<_> = roster.into_iter().map(dated).collect();
        let mut machine =
            Self::begin(env, opened.parts, group, policy, roster, GroupStatus::Active, now.local);
        debug_assert_eq!(machine.own_client(), opened.who);
        let added_by = machine.rules.view().roster.get(info.sender).map(|entry| entry.client.clone());
        machine.head.added_by = added_by;
        let effects = machine.joined(key_package, now)?;
        Ok((machine, effects))
    }

    fn joined(&mut self, key_package: &KeyPackageRow, now: Now) -> Result<Effects, Failure> {
        let mut out = Output::default();
        self.head.renewal = Renewal::Leaf;
        if key_package.last_resort {
            self.head.renewal = Renewal::Signer;
        } else {
            out.write(Write::KeyPackageUsed { reference: key_package.reference.clone() });
        }
        self.write_beginning(&mut out)?;
        self.introduce(now.local, &mut out);
        self.finish(now, out)
    }
}
