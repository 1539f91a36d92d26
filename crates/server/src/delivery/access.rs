//! Access proofs: membership in an epoch, without an identity.
//!
//! Signatures are verified on the task of the connection that sent them. The writer only compares: the key that the
//! proof verified under must still be its epoch's key.

use bytes::Bytes;
use conclave_protocol::signing::{self, AccessPurpose};
use conclave_protocol::{Epoch, GroupId, wire};
use ed25519_dalek::{Signature, SignatureError, VerifyingKey};

use crate::refusal::Refusal;
use crate::storage::{StorageError, StoredEpoch, StoredLog, Tables};

/// Binds a signature to this service and this connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Challenge {
    pub(crate) service_key: [u8; 32],
    pub(crate) nonce: [u8; 32],
}

/// A proof as sent, not yet verified.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) epoch: Epoch,
    signature: Signature,
    challenge: Challenge,
}

/// A verified proof, and the key that it verified under.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proved {
    pub(crate) epoch: Epoch,
    key: [u8; 32],
}

/// What a log has for a proof of an epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing {
    /// The epoch's access key.
    Key(VerifyingKey),
    /// The log has not reached that epoch.
    ToCome,
    /// The epoch's key has been deleted.
    Gone,
    NoLog,
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
        key: &VerifyingKey,
        log: &GroupId,
        purpose: AccessPurpose<'_>,
    ) -> Result<Proved, Refusal> {
        let Challenge { service_key, nonce } = &self.challenge;
        let bytes = signing::access(service_key, log, self.epoch, nonce, purpose);
        key.verify_strict(&bytes, &self.signature)
            .map_err(|_| Refusal::Unauthenticated("the access proof"))?;
        Ok(Proved { epoch: self.epoch, key: key.to_bytes() })
    }
}

impl Proved {
    /// The epoch proved; its key must still be the one that the proof verified under.
    pub(crate) fn epoch_in(
        &self,
        tables: &dyn Tables,
        stored: &StoredLog,
    ) -> Result<StoredEpoch, StorageError> {
        self.epoch_of(tables.epoch(stored.row, self.epoch)?)
    }

    /// The epoch proved, given what was found.
    pub(super) fn epoch_of(&self, found: Option<StoredEpoch>) -> Result<StoredEpoch, StorageError> {
        let epoch = found.ok_or(Refusal::ProveEpoch)?;
        if epoch.access_key != self.key {
            return Err(Refusal::Unauthenticated("the access key").into());
        }
        Ok(epoch)
    }

    /// Whether it verified under this key.
    pub(super) fn is_under(&self, key: &[u8; 32]) -> bool {
        self.key == *key
    }
}

/// Looks up what a log has for a proof of an epoch.
pub(crate) fn standing(tables: &dyn Tables, log: &GroupId, epoch: Epoch) -> Result<Standing, StorageError> {
    match tables.log_in(log, epoch)? {
        Some((stored, found)) => standing_of(&stored, epoch, found.as_ref()),
        None => Ok(Standing::NoLog),
    }
}

pub(super) fn standing_of(
    stored: &StoredLog,
    epoch: Epoch,
    found: Option<&StoredEpoch>,
) -> Result<Standing, StorageError> {
    if epoch > stored.epoch {
        return Ok(Standing::ToCome);
    }
    let Some(found) = found else { return Ok(Standing::Gone) };
    let key = VerifyingKey::from_bytes(&found.access_key).map_err(|_| Refusal::Internal)?;
    Ok(Standing::Key(key))
}

/// An epoch that a log can reach.
pub(crate) fn epoch(number: u64) -> Result<Epoch, Refusal> {
    // Storage counts in 63 bits; no log gets near that.
    if number >= i64::MAX as u64 {
        return Err(Refusal::Malformed("epoch"));
    }
    Ok(Epoch(number))
}

/// Whether an access key signed these bytes.
pub(crate) fn signed_by(key: &[u8; 32], bytes: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    VerifyingKey::from_bytes(key)?.verify_strict(bytes, &Signature::from_slice(signature)?)
}

/// An Ed25519 public key that can verify signatures: on the curve, and not of small order.
pub(crate) fn public_key(bytes: &Bytes, field: &'static str) -> Result<[u8; 32], Refusal> {
    let bytes: [u8; 32] = bytes.as_ref().try_into().map_err(|_| Refusal::Malformed(field))?;
    match VerifyingKey::from_bytes(&bytes) {
        Ok(key) if !key.is_weak() => Ok(bytes),
        _ => Err(Refusal::Malformed(field)),
    }
}
