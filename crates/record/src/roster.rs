use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, Timestamp};

use crate::Role;

/// One leaf of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    pub leaf: u32,
    pub client: ClientUri,
    pub role: Role,
    /// The user's identity key (Ed25519).
    pub identity_key: [u8; 32],
    /// The leaf's signature key.
    pub signature_key: Bytes,
    /// The epoch that began when the client was added.
    pub since_epoch: Epoch,
    pub since: Timestamp,
}
