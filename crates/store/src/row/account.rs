use bytes::Bytes;
use conclave_protocol::{DeviceId, PersonName, Seq, Timestamp, UserUri};
use conclave_record::{KeyHandle, stored_enum};

/// Where the account delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceKind {
    /// This profile runs the service itself.
    Own,
    /// Another profile of this computer runs it.
    Local {
        /// That profile's name.
        name: String,
    },
    /// A server.
    Server {
        /// Its address.
        url: String,
    },
}

stored_enum! {
    /// Where the account delivers, without its details.
    pub(crate) enum ServiceCode: "service" {
        Own = 0,
        Local = 1,
        Server = 2,
    }
}

impl ServiceKind {
    /// Its columns: the code, and its name or address.
    pub(crate) fn parts(&self) -> (ServiceCode, Option<&str>) {
        match self {
            Self::Own => (ServiceCode::Own, None),
            Self::Local { name } => (ServiceCode::Local, Some(name)),
            Self::Server { url } => (ServiceCode::Server, Some(url)),
        }
    }
}

/// The account of this profile; there is at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Whose account it is.
    pub user: UserUri,
    /// The person's name; `None`: the login is shown.
    pub name: Option<PersonName>,
    /// This device.
    pub device: DeviceId,
    /// Where it delivers.
    pub service: ServiceKind,
    /// The service's pinned Ed25519 key.
    pub service_key: [u8; 32],
    /// The Authentication Service's pinned Ed25519 key, the trust anchor of all certificates.
    pub authority_key: [u8; 32],
    /// Vault handle of the identity key.
    pub identity_handle: KeyHandle,
    /// Vault handle of the device key.
    pub device_handle: KeyHandle,
    /// DER.
    pub identity_certificate: Bytes,
    /// DER.
    pub device_certificate: Bytes,
    /// When it was created, by the local clock.
    pub created: Timestamp,
    /// Everything up to this entry of the inbox was handled.
    pub inbox_cursor: Seq,
}

/// A person whose identity key is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Who.
    pub user: UserUri,
    /// Their identity key (Ed25519), as first seen.
    pub identity_key: [u8; 32],
    /// When it was first seen.
    pub first_seen: Timestamp,
}

/// The result of seeing a contact (again).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactSeen {
    /// The key is pinned now.
    New,
    /// The key is the pinned one.
    Same,
    /// Another key is pinned, and stays pinned: ask the person.
    Changed {
        /// The pinned key.
        pinned: [u8; 32],
    },
}
