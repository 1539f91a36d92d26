//! Reads what a commit (RFC 9420 §12.4, §7.6), from its plaintext, and a key package bring into the tree.

use mls_rs::KeyPackage;
use mls_rs::group::{LeafNode, LeafNodeSource};
use mls_rs::time::MlsTime;
use mls_rs_codec::{MlsDecode, MlsEncode, MlsSize};
use mls_rs_core::crypto::{CipherSuite, HpkePublicKey};
use mls_rs_core::protocol_version::ProtocolVersion;

use crate::credential::is_public_key;

/// A commit without what only mls-rs reads: its proposals and ciphertexts. What follows it in the plaintext
/// (authentication, padding) is not read.
#[derive(MlsSize, MlsDecode)]
pub(super) struct CommitContent {
    #[mls_codec(with = "mls_rs_codec::byte_vec")]
    proposals: Vec<u8>,
    path: Option<UpdatePath>,
}

#[derive(MlsSize, MlsDecode)]
struct UpdatePath {
    leaf: LeafNode,
    nodes: Vec<UpdatePathNode>,
}

#[derive(MlsSize, MlsDecode)]
struct UpdatePathNode {
    public_key: HpkePublicKey,
    #[mls_codec(with = "mls_rs_codec::byte_vec")]
    encrypted_path_secret: Vec<u8>,
}

impl CommitContent {
    /// Reads the plaintext of a commit; `None` for another message's.
    pub(super) fn read(plaintext: &[u8]) -> Option<Self> {
        Self::mls_decode(&mut &*plaintext).ok()
    }

    /// Whether the new leaf and each node of the path have a key that can be encrypted to.
    pub(super) fn has_sound_keys(&self) -> bool {
        self.path.as_ref().is_none_or(|path| {
            is_public_key(&path.leaf.public_key)
                && path.nodes.iter().all(|node| is_public_key(&node.public_key))
        })
    }

    /// The committer's signature key in the new leaf, and how many nodes above it get a new key; none without a path.
    pub(super) fn path(&self) -> Option<(&[u8], usize)> {
        self.path.as_ref().map(|path| (path.leaf.signing_identity.signature_key.as_bytes(), path.nodes.len()))
    }
}

/// A key package up to its leaf, which mls-rs does not expose.
#[derive(MlsSize, MlsDecode)]
struct KeyPackageStart {
    version: ProtocolVersion,
    cipher_suite: CipherSuite,
    init_key: HpkePublicKey,
    leaf: LeafNode,
}

/// What mls-rs neither checks nor exposes of a key package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyPackageFacts {
    /// Whether its init key and its leaf key can be encrypted to.
    pub(crate) sound_keys: bool,
    /// Its lifetime, from its first to its last second.
    pub(crate) lifetime_s: u64,
}

impl KeyPackageFacts {
    /// Reads a key package. If its leaf is not a key package's, its lifetime is unlimited.
    pub(crate) fn of(key_package: &KeyPackage) -> Self {
        let start =
            key_package.mls_encode_to_vec().and_then(|bytes| KeyPackageStart::mls_decode(&mut &*bytes));
        let Ok(KeyPackageStart { init_key, leaf, .. }) = start else {
            return Self { sound_keys: false, lifetime_s: u64::MAX };
        };
        Self {
            sound_keys: is_public_key(&init_key) && is_public_key(&leaf.public_key),
            lifetime_s: lifetime_s(&leaf).unwrap_or(u64::MAX),
        }
    }
}

/// The lifetime of a leaf that came with a key package (RFC 9420 §7.2); `None` for a leaf made by a commit.
pub(super) fn lifetime_s(leaf: &LeafNode) -> Option<u64> {
    let LeafNodeSource::KeyPackage(lifetime) = &leaf.leaf_node_source else { return None };
    let [from, to] = [&lifetime.not_before, &lifetime.not_after].map(MlsTime::seconds_since_epoch);
    Some(to.saturating_sub(from))
}
