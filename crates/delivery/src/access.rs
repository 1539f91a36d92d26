//! The key that proves membership in an epoch without saying who one is.

use std::fmt;

use conclave_protocol::Epoch;
use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

/// An epoch's access key, from the epoch's exporter: every member of the epoch has the same.
#[derive(Clone)]
pub struct AccessKey {
    epoch: Epoch,
    seed: Zeroizing<[u8; 32]>,
}

impl AccessKey {
    /// The key of `epoch` with this Ed25519 seed.
    #[must_use]
    pub fn new(epoch: Epoch, seed: [u8; 32]) -> Self {
        Self { epoch, seed: Zeroizing::new(seed) }
    }

    /// Which epoch it proves.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        SigningKey::from_bytes(&self.seed).sign(bytes).to_bytes()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey(epoch {})", self.epoch)
    }
}
