//! Access keys: what authorises this group's members towards the service, which knows none of them.

use conclave_protocol::Epoch;
use ed25519_dalek::SigningKey;
use mls_rs::error::MlsError;

use super::mls::MlsGroup;
use crate::parameters::ACCESS_LABEL;
use crate::saved::AccessSeed;

/// The Ed25519 key of an epoch's seed.
#[must_use]
pub fn access_key(seed: &AccessSeed) -> SigningKey {
    SigningKey::from_bytes(&seed.seed)
}

/// The public key that a commit bundle names.
pub(super) fn public_key(seed: &AccessSeed) -> [u8; 32] {
    access_key(seed).verifying_key().to_bytes()
}

/// The access seed of the group's current epoch (RFC 9420 §8.5).
pub(super) fn seed_of(group: &MlsGroup) -> Result<AccessSeed, MlsError> {
    let secret = group.export_secret(ACCESS_LABEL, &[], 32)?;
    let mut seed = [0; 32];
    seed.copy_from_slice(secret.as_bytes());
    Ok(AccessSeed { epoch: Epoch(group.current_epoch()), seed })
}
