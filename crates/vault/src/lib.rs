//! Stores Conclave's secrets: the store's key, account keys and one signing seed per group.
//!
//! Everything else in the client works with *handles* ([`ItemName`]s); only this crate accesses the operating system's
//! keychain. Only this crate can leak or lose a key, and only this crate must be read to check that it does not.
//!
//! A lookup has three outcomes that are never confused: *found* (`Ok(Some)`), *absent* (`Ok(None)`) and *unavailable*
//! ([`VaultError::Unavailable`]: locked, no service, another backend). Absent may lead to a new key; unavailable never
//! does.
//!
//! The crate is synchronous. A locked keychain on a machine with a display **blocks the calling thread until the person
//! answers the unlock prompt**, and D-Bus calls have no timeout: call it from a thread that may block, outside any
//! async runtime, and wait for that thread with a timeout.

mod deferred;
mod error;
mod keychain;
mod memory;
mod name;
mod namespace;
mod passphrase;
mod secret;
mod signing;

pub use deferred::DeferredVault;
pub use error::{UnavailableReason, VaultError};
pub use keychain::KeychainVault;
pub use memory::MemoryVault;
pub use name::{BadName, ItemName};
pub use namespace::{BuildKind, Namespace};
pub use passphrase::{Cost, PassphraseVault};
pub use secret::Secret;
pub use signing::{KeyRing, Loaded, SignError, Signer};

use std::fmt::Debug;

/// Longest secret of a vault, in bytes. The smallest backend decides: Windows' Credential Manager holds 2560 bytes per
/// item, and the passphrase file should not become a database.
pub const SECRET_BYTES_MAX: usize = 2048;

/// Most items of a namespace: one signing seed per group and key package, and a few more. The passphrase file refuses
/// more; an operating system's keychain gets slow long before.
pub const ITEMS_MAX: usize = 4096;

/// Stores named secrets. Implementations are interchangeable; all pass the conformance suite.
///
/// Every operation is idempotent, so a caller whose wait timed out may repeat it.
pub trait Vault: Send + Sync + Debug {
    /// The secret called `item`, or `None` if the vault is open and holds no such item.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] when the vault can't tell: never treat this as absent.
    fn get(&self, item: &ItemName) -> Result<Option<Secret>, VaultError>;

    /// Stores `secret` under `item`, replacing what was there. Durable when it returns `Ok`.
    ///
    /// # Errors
    /// [`VaultError::TooLarge`] over [`SECRET_BYTES_MAX`]; [`VaultError::Full`] over [`ITEMS_MAX`] where the
    /// backend counts; [`VaultError::Unavailable`] as in [`Vault::get`].
    fn put(&self, item: &ItemName, secret: &Secret) -> Result<(), VaultError>;

    /// Removes `item`. Removing an absent item succeeds.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] as in [`Vault::get`].
    fn delete(&self, item: &ItemName) -> Result<(), VaultError>;

    /// All items of this vault's namespace, sorted.
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] as in [`Vault::get`]; a partial list is never returned.
    fn list(&self) -> Result<Vec<ItemName>, VaultError>;
}
