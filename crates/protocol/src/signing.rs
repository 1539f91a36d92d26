//! The byte strings that client and service sign (docs/protocol.md), each with its own label, so that no signature can
//! be used for another purpose.

use crate::id::{CommitHash, Epoch, GroupId, Timestamp};

/// What an access proof is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessPurpose<'a> {
    /// Reading or subscribing.
    Read,
    /// Submitting these encoded bytes (a `CommitBundle` or an `Entry`).
    Submit(&'a [u8]),
}

/// Signed by the service on each connection.
#[must_use]
pub fn service_hello(
    client_nonce: &[u8; 32],
    nonce: &[u8; 32],
    domain: &str,
    authority_key: &[u8; 32],
) -> Vec<u8> {
    [b"conclave service v1".as_slice(), client_nonce, nonce, domain.as_bytes(), authority_key].concat()
}

/// Signed by the device key on an identified connection.
#[must_use]
pub fn authenticate(service_key: &[u8; 32], nonce: &[u8; 32]) -> Vec<u8> {
    [b"conclave client v1".as_slice(), service_key, nonce].concat()
}

/// Signed by the identity key to get its certificate.
#[must_use]
pub fn enrol(service_key: &[u8; 32], nonce: &[u8; 32], name: &str) -> Vec<u8> {
    let len = u16::try_from(name.len()).unwrap_or(u16::MAX).to_be_bytes();
    [b"conclave enrol v1".as_slice(), service_key, nonce, &len, name.as_bytes()].concat()
}

/// Signed by an epoch's access key.
#[must_use]
pub fn access(
    service_key: &[u8; 32],
    log: &GroupId,
    epoch: Epoch,
    nonce: &[u8; 32],
    purpose: AccessPurpose<'_>,
) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut bytes = [b"conclave access v1".as_slice(), service_key, log.as_bytes()].concat();
    bytes.extend_from_slice(&epoch.0.to_be_bytes());
    bytes.extend_from_slice(nonce);
    match purpose {
        AccessPurpose::Read => bytes.extend_from_slice(b"read"),
        AccessPurpose::Submit(body) => bytes.extend_from_slice(&Sha256::digest(body)),
    }
    bytes
}

/// Signed by an epoch's access key, with the commit that starts the epoch and its stated time.
#[must_use]
pub fn next_access(log: &GroupId, epoch: Epoch, stated: Timestamp, commit: &CommitHash) -> Vec<u8> {
    let (epoch, stated) = (epoch.0.to_be_bytes(), stated.0.to_be_bytes());
    [b"conclave next access v1".as_slice(), log.as_bytes(), &epoch, &stated, commit.as_bytes()].concat()
}
