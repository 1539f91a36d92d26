//! The two certificates that a client issues itself. Both keys are in the vault and sign by handle.

use conclave_protocol::ClientUri;
use conclave_protocol::certificate::{Certificate, IssueError, Subject, Validity, issue};
use conclave_record::KeyHandle;

use crate::signer::{Signer, SignerError};

const DAY_S: u64 = 24 * 60 * 60;

/// How long a leaf certificate is valid after it is issued.
pub const LEAF_LIFETIME_S: u64 = 83 * DAY_S;
/// How long a device certificate is valid after it is issued.
pub const DEVICE_LIFETIME_S: u64 = 5 * 365 * DAY_S;
/// How far before its issue a certificate's validity begins: the issuer's clock may be ahead of the service's.
pub const VALIDITY_SLACK_S: u64 = DAY_S;

/// Valid from [`VALIDITY_SLACK_S`] before that second until `lifetime_s` after it.
#[must_use]
pub fn validity_from(at_s: u64, lifetime_s: u64) -> Validity {
    Validity {
        not_before_s: at_s.saturating_sub(VALIDITY_SLACK_S),
        not_after_s: at_s.saturating_add(lifetime_s),
    }
}

/// Issues a device's certificate with the identity key `by`. `serial` is 16 random bytes.
pub fn issue_device(
    signer: &dyn Signer,
    by: &KeyHandle,
    client: &ClientUri,
    device_key: &[u8; 32],
    validity: Validity,
    serial: [u8; 16],
) -> Result<Certificate, IssueError<SignerError>> {
    issue(&Subject::Device(client.clone()), device_key, validity, serial, |data| signer.sign(by, data))
}

/// Issues a leaf's certificate over one signature key with the device key `by`. `serial` is 16 random bytes.
pub fn issue_leaf(
    signer: &dyn Signer,
    by: &KeyHandle,
    client: &ClientUri,
    leaf_key: &[u8; 32],
    validity: Validity,
    serial: [u8; 16],
) -> Result<Certificate, IssueError<SignerError>> {
    issue(&Subject::Leaf(client.clone()), leaf_key, validity, serial, |data| signer.sign(by, data))
}
