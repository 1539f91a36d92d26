//! Access keys authorise this group's members to the service, which knows none of them.

use conclave_protocol::{CommitHash, Epoch, GroupId, Timestamp, signing};
use conclave_record::AccessSeed;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use mls_rs::error::MlsError;

use super::mls::MlsGroup;
use crate::parameters::ACCESS_LABEL;

/// The Ed25519 key of an epoch's access seed.
#[must_use]
pub fn access_key(seed: &AccessSeed) -> SigningKey {
    SigningKey::from_bytes(&seed.seed)
}

/// The public key that a commit bundle names.
pub(super) fn public_key(seed: &AccessSeed) -> [u8; 32] {
    access_key(seed).verifying_key().to_bytes()
}

/// Signs, with an epoch's access key, the commit that began the epoch and the time it states (docs/protocol.md §5.2).
#[must_use]
pub fn sign_commit(seed: &AccessSeed, group: &GroupId, stated: Timestamp, commit: &CommitHash) -> [u8; 64] {
    access_key(seed).sign(&signing::next_access(group, seed.epoch, stated, commit)).to_bytes()
}

/// Whether the holder of this access key, claimed to be the epoch's, signed this commit as the one that began it.
pub(super) fn signed_commit(
    key: &[u8],
    group: &GroupId,
    epoch: Epoch,
    stated: Timestamp,
    commit: &CommitHash,
    signature: &[u8],
) -> bool {
    let signed = signing::next_access(group, epoch, stated, commit);
    let key = key.try_into().ok().and_then(|key| VerifyingKey::from_bytes(key).ok());
    let signature = Signature::from_slice(signature).ok();
    key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(&signed, &signature).is_ok())
}

/// The access seed of the group's current epoch (RFC 9420 §8.5).
pub(super) fn seed_of(group: &MlsGroup) -> Result<AccessSeed, MlsError> {
    let secret = group.export_secret(ACCESS_LABEL, &[], 32)?;
    let mut seed = [0; 32];
    seed.copy_from_slice(secret.as_bytes());
    Ok(AccessSeed { epoch: Epoch(group.current_epoch()), seed })
}
