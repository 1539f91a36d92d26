//! A vault in one encrypted file, for machines without a keychain: argon2id derives a key from the passphrase,
//! XChaCha20-Poly1305 encrypts the items, and the file is replaced as a whole, so that a crash leaves either the old or
//! the new one.

mod file;
mod format;
mod seal;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use format::VaultFile;

use crate::memory::admit;
use crate::{ItemName, Secret, Vault, VaultError};
pub use seal::Cost;
use seal::Lock;

/// A vault in a file, opened by a passphrase.
///
/// One process at a time: the profile's lock ensures that, not this type. The file is 0600 on Unix.
pub struct PassphraseVault {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    lock: Lock,
    /// At most [`crate::ITEMS_MAX`] entries; emptied by `delete`.
    items: BTreeMap<ItemName, Secret>,
}

impl PassphraseVault {
    /// Creates an empty vault at `path`, whose folder must exist, with the default [`Cost`].
    ///
    /// # Errors
    /// [`VaultError::AlreadyExists`] if anything is at `path`; [`VaultError::Io`] if it cannot be written.
    pub fn create(path: &Path, passphrase: &Secret) -> Result<Self, VaultError> {
        Self::create_with(path, passphrase, Cost::default())
    }

    /// As [`PassphraseVault::create`], with the given cost.
    ///
    /// # Errors
    /// As [`PassphraseVault::create`].
    pub fn create_with(path: &Path, passphrase: &Secret, cost: Cost) -> Result<Self, VaultError> {
        if path.try_exists()? {
            return Err(VaultError::AlreadyExists);
        }
        let state = State { lock: Lock::new(passphrase, cost)?, items: BTreeMap::new() };
        file::create(path, &state.encode()?)?;
        Ok(Self { path: path.to_owned(), state: Mutex::new(state) })
    }

    /// Opens the vault at `path`. Takes as long as its cost says, about a second.
    ///
    /// # Errors
    /// [`VaultError::Missing`] without a file, [`VaultError::WrongPassphrase`],
    /// [`VaultError::Damaged`] if the file is not what was written; nothing is changed in any of them.
    pub fn open(path: &Path, passphrase: &Secret) -> Result<Self, VaultError> {
        let bytes = file::read(path)?;
        let sealed = VaultFile::parse(&bytes)?;
        let lock = Lock::open(&sealed, passphrase)?;
        let items = format::parse_items(&lock.open_body(&sealed)?)?;
        Ok(Self { path: path.to_owned(), state: Mutex::new(State { lock, items }) })
    }

    /// Encrypts the vault under a new passphrase, salt and data key, so that the old passphrase together with an old
    /// copy of the file decrypts nothing written from now on.
    ///
    /// # Errors
    /// [`VaultError::Io`] if the file cannot be replaced; the old passphrase then remains valid.
    pub fn change_passphrase(&self, passphrase: &Secret) -> Result<(), VaultError> {
        let mut state = self.state();
        let next = Lock::new(passphrase, state.lock.cost())?;
        let former = std::mem::replace(&mut state.lock, next);
        self.save(&state).inspect_err(|_| state.lock = former)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while holding the lock with the state inconsistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, state: &State) -> Result<(), VaultError> {
        Ok(file::replace(&self.path, &state.encode()?)?)
    }
}

impl State {
    fn encode(&self) -> Result<Vec<u8>, VaultError> {
        self.lock.seal(&format::encode_items(&self.items))
    }
}

impl fmt::Debug for PassphraseVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassphraseVault").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Vault for PassphraseVault {
    fn get(&self, item: &ItemName) -> Result<Option<Secret>, VaultError> {
        Ok(self.state().items.get(item).map(|secret| Secret::new(secret.expose().to_vec())))
    }

    fn put(&self, item: &ItemName, secret: &Secret) -> Result<(), VaultError> {
        let mut state = self.state();
        admit(&state.items, item, secret)?;
        let former = state.items.insert(item.clone(), Secret::new(secret.expose().to_vec()));
        let saved = self.save(&state);
        if saved.is_err() {
            // Memory must match the file.
            match former {
                Some(former) => state.items.insert(item.clone(), former),
                None => state.items.remove(item),
            };
        }
        saved
    }

    fn delete(&self, item: &ItemName) -> Result<(), VaultError> {
        let mut state = self.state();
        let Some(former) = state.items.remove(item) else { return Ok(()) };
        let saved = self.save(&state);
        if saved.is_err() {
            state.items.insert(item.clone(), former);
        }
        saved
    }

    fn list(&self) -> Result<Vec<ItemName>, VaultError> {
        Ok(self.state().items.keys().cloned().collect())
    }
}

#[cfg(test)]
mod tests;
