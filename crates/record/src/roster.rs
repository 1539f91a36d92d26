use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, Timestamp};

use crate::stored_enum;

stored_enum! {
    /// A person's role in a group, ordered: owner above admin above member.
    #[derive(Default)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "specta", derive(specta::Type))]
    #[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
    pub enum Role: "role" {
        /// Reads and writes.
        #[default]
        Member = 0,
        /// Adds, removes and renames.
        Admin = 1,
        /// Decides on roles and policy as well.
        Owner = 2,
    }
}

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
