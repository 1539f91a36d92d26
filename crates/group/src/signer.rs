//! Signing by handle: this crate and mls-rs name private signature keys and never hold one. mls-rs writes the
//! signature key it is given into its stored state, so it is given the name of a key in the vault.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use conclave_record::KeyHandle;
use ed25519_dalek::{Signer as _, SigningKey};
use mls_rs_core::crypto::SignatureSecretKey;

/// What mls-rs is given in place of a private key.
#[must_use]
pub fn to_mls(handle: &KeyHandle) -> SignatureSecretKey {
    SignatureSecretKey::new_slice(handle.as_str().as_bytes())
}

/// Reads back what mls-rs was given; `None` where it is not text and so was never a handle.
#[must_use]
pub fn from_mls(key: &SignatureSecretKey) -> Option<KeyHandle> {
    std::str::from_utf8(key.as_bytes()).ok().map(KeyHandle::new)
}

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The vault has not handed out this key (yet): load it and try again.
    #[error("the signature key is not loaded")]
    NotLoaded,
}

/// Ed25519 signatures with keys that were loaded before. Never does I/O, so that it may be called from anywhere.
pub trait Signer: Send + Sync + fmt::Debug {
    /// Signs with the key of this name.
    fn sign(&self, handle: &KeyHandle, data: &[u8]) -> Result<[u8; 64], SignerError>;

    /// Its public key; `None` if it is not loaded.
    fn public_key(&self, handle: &KeyHandle) -> Option<[u8; 32]>;
}

/// Keys in plain memory. For tests and benches: real keys come from the vault.
#[derive(Default)]
pub struct MemorySigner(RwLock<HashMap<KeyHandle, SigningKey>>);

impl MemorySigner {
    /// Adds the key with this seed and returns its public key.
    pub fn insert(&self, handle: KeyHandle, seed: [u8; 32]) -> [u8; 32] {
        let key = SigningKey::from_bytes(&seed);
        let public = key.verifying_key().to_bytes();
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(handle, key);
        public
    }

    /// Adds a new random key and returns its public key.
    pub fn generate(&self, handle: KeyHandle) -> [u8; 32] {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).expect("the system has randomness");
        self.insert(handle, seed)
    }

    /// Removes a key.
    pub fn remove(&self, handle: &KeyHandle) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(handle);
    }
}

impl Signer for MemorySigner {
    fn sign(&self, handle: &KeyHandle, data: &[u8]) -> Result<[u8; 64], SignerError> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(handle).ok_or(SignerError::NotLoaded)?;
        Ok(key.sign(data).to_bytes())
    }

    fn public_key(&self, handle: &KeyHandle) -> Option<[u8; 32]> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(handle).map(|key| key.verifying_key().to_bytes())
    }
}

impl fmt::Debug for MemorySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemorySigner")
    }
}
