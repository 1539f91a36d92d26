//! Signing by handle: a group's key is loaded when its actor starts, held here, and wiped when the actor stops. MLS
//! code never sees a private key, and signing never waits for a keychain.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::secret::fill_random;
use crate::{ITEMS_MAX, ItemName, Secret, Vault, VaultError};

/// Length of an Ed25519 seed, which the vault stores (RFC 8032 §5.1.5), in bytes.
const SEED_BYTES: usize = 32;

/// Signs with a key that it does not reveal. [`KeyRing`] holds keys in memory; a hardware key can implement the same
/// interface (RFC 9750 §8.3.4).
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
        /// The requested handle.
        handle: ItemName,
    },
}

/// The result of [`KeyRing::load`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Loaded {
    /// The key is in memory now.
    Found,
    /// The vault is open and has no such key.
    Absent,
}

/// The loaded Ed25519 signing keys, by handle. Clones share the keys. Each [`KeyRing::load`] and [`KeyRing::generate`]
/// needs one [`KeyRing::unload`]; the last one wipes the key, as does dropping the last clone. So two groups may sign
/// with the same key (from a last-resort key package), and one of them may end.
#[derive(Clone, Default)]
pub struct KeyRing {
    /// At most [`ITEMS_MAX`].
    keys: Arc<RwLock<HashMap<ItemName, Held>>>,
}

/// A key in memory.
struct Held {
    key: SigningKey,
    /// Loads without an unload so far; never 0.
    loads: u32,
}

impl KeyRing {
    /// An empty ring.
    pub fn new() -> Self {
        Self::default()
    }

    /// Generates a key, stores it in the vault, loads it, and returns the public key. The private key is durable before
    /// anyone can learn the public one.
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

    /// Loads the key behind `handle`; a key already in memory does not need the vault.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] if the item is not a seed; [`VaultError::Full`] as in [`KeyRing::generate`]; the vault's
    /// own errors, of which *unavailable* should be retried.
    pub fn load(&self, vault: &dyn Vault, handle: &ItemName) -> Result<Loaded, VaultError> {
        if let Some(held) = self.write().get_mut(handle) {
            held.loads = held.loads.saturating_add(1);
            return Ok(Loaded::Found);
        }
        let Some(secret) = vault.get(handle)? else { return Ok(Loaded::Absent) };
        let seed: &[u8; SEED_BYTES] = secret
            .expose()
            .try_into()
            .map_err(|_| VaultError::damaged(format_args!("item {handle} is not a signing key")))?;
        self.hold(handle, SigningKey::from_bytes(seed))?;
        Ok(Loaded::Found)
    }

    /// Ends one load; the last one wipes the key from memory. The vault keeps it. Unknown handles are ignored.
    pub fn unload(&self, handle: &ItemName) {
        let mut keys = self.write();
        let Some(held) = keys.get_mut(handle) else { return };
        held.loads = held.loads.saturating_sub(1);
        if held.loads == 0 {
            keys.remove(handle);
        }
    }

    /// The public key behind `handle`, or `None` if it is not loaded. No I/O.
    pub fn public(&self, handle: &ItemName) -> Option<[u8; 32]> {
        self.read().get(handle).map(|held| held.key.verifying_key().to_bytes())
    }

    /// An Ed25519 signature over `message`. No I/O.
    ///
    /// # Errors
    /// [`SignError::NotLoaded`] if the key behind `handle` is not in memory.
    pub fn sign(&self, handle: &ItemName, message: &[u8]) -> Result<[u8; 64], SignError> {
        let keys = self.read();
        let held = keys.get(handle).ok_or_else(|| SignError::NotLoaded { handle: handle.clone() })?;
        Ok(held.key.sign(message).to_bytes())
    }

    fn hold(&self, handle: &ItemName, key: SigningKey) -> Result<(), VaultError> {
        let mut keys = self.write();
        // It may have been loaded since the first check: count that as well.
        let loads = keys.get(handle).map_or(0, |held| held.loads);
        if keys.len() >= ITEMS_MAX && loads == 0 {
            return Err(VaultError::Full);
        }
        keys.insert(handle.clone(), Held { key, loads: loads.saturating_add(1) });
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<ItemName, Held>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<ItemName, Held>> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
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
        let loaded = self.read().len();
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
    fn a_key_loaded_twice_stays_until_it_was_unloaded_twice() {
        let (vault, ring) = (MemoryVault::new(), KeyRing::new());
        ring.generate(&vault, &handle()).expect("generated");
        vault.set_available(false);
        assert_eq!(ring.load(&vault, &handle()).expect("it is in memory"), Loaded::Found);
        ring.unload(&handle());
        ring.sign(&handle(), b"x").expect("one load is left");
        ring.unload(&handle());
        assert_eq!(ring.sign(&handle(), b"x"), Err(SignError::NotLoaded { handle: handle() }));
        ring.unload(&handle());
        assert!(ring.load(&vault, &handle()).expect_err("the vault is asked again").is_unavailable());
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
