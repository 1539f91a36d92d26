//! What is inside a commit (RFC 9420 §12.4, §7.6), read from its plaintext: the keys that it brings into the tree.

use mls_rs::KeyPackage;
use mls_rs::group::LeafNode;
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
    /// Reads the plaintext of a commit; none where it is another message's.
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
}

/// A key package as far as its leaf, which mls-rs does not show.
#[derive(MlsSize, MlsDecode)]
struct KeyPackageStart {
    version: ProtocolVersion,
    cipher_suite: CipherSuite,
    init_key: HpkePublicKey,
    leaf: LeafNode,
}

/// Whether a key package has an init key and a leaf key that can be encrypted to.
pub(crate) fn has_sound_keys(key_package: &KeyPackage) -> bool {
    let start = key_package.mls_encode_to_vec().and_then(|bytes| KeyPackageStart::mls_decode(&mut &*bytes));
    start.is_ok_and(|start| is_public_key(&start.init_key) && is_public_key(&start.leaf.public_key))
}
