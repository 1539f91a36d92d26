//! Access proofs: membership in an epoch without an identity.

use bytes::Bytes;
use conclave_protocol::signing::{self, AccessPurpose};
use conclave_protocol::{Epoch, GroupId, wire};
use ed25519_dalek::{Signature, SignatureError, VerifyingKey};

use crate::refusal::Refusal;
use crate::storage::{StorageError, StoredEpoch, StoredLog, Tables};

/// What ties a signature to this service and this connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Challenge {
    pub(crate) service_key: [u8; 32],
    pub(crate) nonce: [u8; 32],
}

/// A proof as sent, not verified yet.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) epoch: Epoch,
    signature: Signature,
    challenge: Challenge,
}

impl Proof {
    pub(crate) fn parse(proof: Option<&wire::AccessProof>, challenge: Challenge) -> Result<Self, Refusal> {
        let proof = proof.ok_or(Refusal::Malformed("proof"))?;
        let signature =
            Signature::from_slice(&proof.signature).map_err(|_| Refusal::Malformed("proof.signature"))?;
        Ok(Self { epoch: epoch(proof.epoch)?, signature, challenge })
    }

    /// Verifies it under an access key.
    pub(crate) fn verify(
        &self,
        key: &[u8; 32],
        log: &GroupId,
        purpose: AccessPurpose<'_>,
    ) -> Result<(), Refusal> {
        let Challenge { service_key, nonce } = &self.challenge;
        let bytes = signing::access(service_key, log, self.epoch, nonce, purpose);
        let key = VerifyingKey::from_bytes(key).map_err(|_| Refusal::Unauthenticated("the access key"))?;
        key.verify_strict(&bytes, &self.signature).map_err(|_| Refusal::Unauthenticated("the access proof"))
    }

    /// Verifies it under the key of the epoch it states, which must still be kept.
    pub(crate) fn verify_in(
        &self,
        tables: &dyn Tables,
        stored: &StoredLog,
        log: &GroupId,
        purpose: AccessPurpose<'_>,
    ) -> Result<StoredEpoch, StorageError> {
        if self.epoch > stored.epoch {
            return Err(Refusal::Unauthenticated("the epoch").into());
        }
        let epoch = tables.epoch(stored.row, self.epoch)?.ok_or(Refusal::ProveEpoch)?;
        self.verify(&epoch.access_key, log, purpose)?;
        Ok(epoch)
    }
}

/// An epoch that a log can come to.
pub(crate) fn epoch(number: u64) -> Result<Epoch, Refusal> {
    // Storage counts in 63 bits; no log comes near.
    if number >= i64::MAX as u64 {
        return Err(Refusal::Malformed("epoch"));
    }
    Ok(Epoch(number))
}

/// Whether an access key signed these bytes.
pub(crate) fn signed_by(key: &[u8; 32], bytes: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    VerifyingKey::from_bytes(key)?.verify_strict(bytes, &Signature::from_slice(signature)?)
}

/// An Ed25519 public key that signatures can be verified under: on the curve, not of small order.
pub(crate) fn public_key(bytes: &Bytes, field: &'static str) -> Result<[u8; 32], Refusal> {
    let bytes: [u8; 32] = bytes.as_ref().try_into().map_err(|_| Refusal::Malformed(field))?;
    match VerifyingKey::from_bytes(&bytes) {
        Ok(key) if !key.is_weak() => Ok(bytes),
        _ => Err(Refusal::Malformed(field)),
    }
}
