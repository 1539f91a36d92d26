use std::fmt;

use bytes::Bytes;
use conclave_protocol::Timestamp;

use crate::SecretBytes;

/// The vault's id of a signature key. Not a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHandle(String);

impl KeyHandle {
    /// Names the key with this vault id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The vault id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key package of this client, private parts included.
#[derive(Clone)]
pub struct KeyPackageRow {
    /// The KeyPackageRef (RFC 9420 §5.2).
    pub reference: Bytes,
    /// The vault's id of its signature key.
    pub handle: KeyHandle,
    /// Whether it may be used more than once.
    pub last_resort: bool,
    /// Its cipher suite (RFC 9420 §17.1).
    pub cipher_suite: u16,
    /// When its leaf's lifetime ends.
    pub not_after: Timestamp,
    /// mls-rs `KeyPackageData`, encoded: holds the init and leaf HPKE private keys.
    pub data: SecretBytes,
    /// MLSMessage(KeyPackage), public.
    pub public: Bytes,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
    /// The service is known to have it, or to have had it.
    pub published: bool,
    /// A group was joined with it. Only a last-resort one is kept after that.
    pub used: bool,
}

impl fmt::Debug for KeyPackageRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPackageRow({}, last resort {})", self.handle, self.last_resort)
    }
}
