//! Signing by handle: a group's key is loaded when its actor starts, held here and wiped when it stops, so
//! that MLS code never sees a private key and signing never waits for a keychain.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::secret::fill_random;
use crate::{ITEMS_MAX, ItemName, Secret, Vault, VaultError};

/// Length of an Ed25519 seed, which is what the vault holds (RFC 8032 §5.1.5), in bytes.
const SEED_BYTES: usize = 32;

/// Signs with a key it does not show. [`KeyRing`] holds keys in memory; a hardware key can stand behind the
/// same interface (RFC 9750 §8.3.4).
pub trait Signer: Send + Sync + fmt::Debug {
    /// The Ed25519 public key behind `handle`, or `None` if it is not loaded.
    fn public(&self, handle: &ItemName) -> Option<[u8; 32]>;

    /// An Ed25519 signature over `message`.
    ///
    /// # Errors
    /// [`SignError::NotLoaded`] if the key behind `handle` is not loaded.
    fn sign(&self, handle: &ItemName, message: &[u8]) -> Result<[u8; 64], SignError>;
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is not in memory; load it first.
    #[error("the signing key {handle} is not loaded")]
    NotLoaded {
        /// The handle that was asked for.
        handle: ItemName,
    },
}

/// What [`KeyRing::load`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Loaded {
    /// The key is in memory now.
    Found,
    /// The vault is open and has no such key.
    Absent,
}

/// The loaded Ed25519 signing keys, by handle. Clones share the keys; a key is wiped when it is unloaded or
/// the last clone goes.
#[derive(Clone, Default)]
pub struct KeyRing {
    /// At most [`ITEMS_MAX`]; emptied by [`KeyRing::unload`] when a group's actor stops.
    keys: Arc<RwLock<HashMap<ItemName, SigningKey>>>,
}

impl KeyRing {
    /// An empty ring.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a key, puts it in the vault, holds it, and returns its public half. The key is durable before
    /// anyone can learn the public half.
    ///
    /// # Errors
    /// [`VaultError::Occupied`] if the vault already holds something under `handle`: a key is never
    /// overwritten; [`VaultError::Full`] if [`ITEMS_MAX`] keys are loaded; the vault's own errors.
    pub fn generate(&self, vault: &dyn Vault, handle: &ItemName) -> Result<[u8; 32], VaultError> {
        if vault.get(handle)?.is_some() {
            return Err(VaultError::Occupied { item: handle.clone() });
        }
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        fill_random(seed.as_mut())?;
        vault.put(handle, &Secret::new(seed.to_vec()))?;
        let key = SigningKey::from_bytes(&seed);
        let public = key.verifying_key().to_bytes();
        self.hold(handle, key)?;
        Ok(public)
    }

    /// Brings the key behind `handle` into memory.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if what the vault holds is no seed; [`VaultError::Full`] as in
    /// [`KeyRing::generate`]; the vault's own errors, of which *unavailable* is to be tried again.
    pub fn load(&self, vault: &dyn Vault, handle: &ItemName) -> Result<Loaded, VaultError> {
        let Some(secret) = vault.get(handle)? else { return Ok(Loaded::Absent) };
        let seed: &[u8; SEED_BYTES] = secret
            .expose()
            .try_into()
            .map_err(|_| VaultError::damaged(format_args!("item {handle} is not a signing key")))?;
        self.hold(handle, SigningKey::from_bytes(seed))?;
        Ok(Loaded::Found)
    }

    /// Drops and wipes the key in memory; the vault keeps it. Unknown handles are fine.
    pub fn unload(&self, handle: &ItemName) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).remove(handle);
    }

    /// The public key behind `handle`, or `None` if it is not loaded. No I/O.
    pub fn public(&self, handle: &ItemName) -> Option<[u8; 32]> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(handle).map(|key| key.verifying_key().to_bytes())
    }

    /// An Ed25519 signature over `message`. No I/O.
    ///
    /// # Errors
    /// [`SignError::NotLoaded`] if the key behind `handle` is not in memory.
    pub fn sign(&self, handle: &ItemName, message: &[u8]) -> Result<[u8; 64], SignError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(handle).ok_or_else(|| SignError::NotLoaded { handle: handle.clone() })?;
        Ok(key.sign(message).to_bytes())
    }

    fn hold(&self, handle: &ItemName, key: SigningKey) -> Result<(), VaultError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= ITEMS_MAX && !keys.contains_key(handle) {
            return Err(VaultError::Full);
        }
        keys.insert(handle.clone(), key);
        Ok(())
    }
}

impl Signer for KeyRing {
    fn public(&self, handle: &ItemName) -> Option<[u8; 32]> {
        self.public(handle)
    }

    fn sign(&self, handle: &ItemName, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.sign(handle, message)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loaded = self.keys.read().unwrap_or_else(PoisonError::into_inner).len();
        f.debug_struct("KeyRing").field("loaded", &loaded).finish()
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};

    use super::*;
    use crate::MemoryVault;

    fn handle() -> ItemName {
        ItemName::new("group/1/leaf").expect("valid")
    }

    fn verifies(public: [u8; 32], message: &[u8], signature: [u8; 64]) -> bool {
        VerifyingKey::from_bytes(&public)
            .expect("a public key")
            .verify(message, &Signature::from_bytes(&signature))
            .is_ok()
    }

    #[test]
    fn a_generated_key_is_in_the_vault_and_signs() {
        let (vault, ring) = (MemoryVault::new(), KeyRing::new());
        let public = ring.generate(&vault, &handle()).expect("generated");
        assert_eq!(ring.public(&handle()), Some(public));
        let signature = ring.sign(&handle(), b"hello").expect("loaded");
        assert!(verifies(public, b"hello", signature));
        assert!(!verifies(public, b"hullo", signature));
        assert_eq!(vault.list().expect("available"), [handle()]);
    }

    #[test]
    fn a_second_process_loads_the_same_key() {
        let vault = MemoryVault::new();
        let public = KeyRing::new().generate(&vault, &handle()).expect("generated");
        let ring = KeyRing::new();
        assert_eq!(ring.load(&vault, &handle()).expect("available"), Loaded::Found);
        assert_eq!(ring.public(&handle()), Some(public));
    }

    #[test]
    fn an_unloaded_key_signs_nothing_until_it_is_loaded_again() {
        let (vault, ring) = (MemoryVault::new(), KeyRing::new());
        ring.generate(&vault, &handle()).expect("generated");
        ring.clone().unload(&handle());
        assert_eq!(ring.sign(&handle(), b"x"), Err(SignError::NotLoaded { handle: handle() }));
        assert_eq!(ring.public(&handle()), None);
        assert_eq!(ring.load(&vault, &handle()).expect("available"), Loaded::Found);
        ring.sign(&handle(), b"x").expect("loaded again");
    }

    #[test]
    fn signing_does_no_vault_operation() {
        let (vault, ring) = (MemoryVault::new(), KeyRing::new());
        ring.generate(&vault, &handle()).expect("generated");
        vault.set_available(false);
        let before = vault.operations();
        ring.sign(&handle(), b"x").expect("signs while the vault is locked");
        assert_eq!(vault.operations(), before);
    }

    #[test]
    fn absent_unavailable_and_damaged_are_told_apart() {
        let (vault, ring) = (MemoryVault::new(), KeyRing::new());
        assert_eq!(ring.load(&vault, &handle()).expect("available"), Loaded::Absent);
        vault.put(&handle(), &Secret::new(vec![1; 31])).expect("available");
        assert!(matches!(ring.load(&vault, &handle()), Err(VaultError::Damaged { .. })));
        vault.set_available(false);
        assert!(ring.load(&vault, &handle()).expect_err("unavailable").is_unavailable());
        assert!(ring.generate(&vault, &handle()).expect_err("unavailable").is_unavailable());
        assert_eq!(ring.public(&handle()), None);
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let (vault, ring) = (MemoryVault::new(), KeyRing::new());
        let public = ring.generate(&vault, &handle()).expect("generated");
        assert!(matches!(ring.generate(&vault, &handle()), Err(VaultError::Occupied { .. })));
        assert_eq!(ring.public(&handle()), Some(public));
        assert!(!format!("{ring:?}").contains("SigningKey"));
    }
}
