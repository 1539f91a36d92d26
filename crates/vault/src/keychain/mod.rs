//! The operating system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows. Uses
//! keyring-core and its store crates directly: the convenience layer above them starts its store once per process, so
//! one failed start would persist until the program restarts.

mod outcome;
mod platform;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use keyring::{CredentialStore, Entry, Error};
use outcome::{Failure, explain};

use crate::memory::check_size;
use crate::{ItemName, Namespace, Secret, UnavailableReason, Vault, VaultError};

/// The user name of a sentinel item in every opened namespace. It contains a character that no [`ItemName`] may have.
/// *Absent* is trusted only while the sentinel is visible: some keychains answer "no such item" while locked, and
/// another backend has none of our items.
const SENTINEL: &str = "_conclave";

/// One namespace of the operating system's keychain.
///
/// All calls may block; with a display and a locked keychain **until the person answers the prompt**. Timeouts are up
/// to the caller. A broken connection is reopened, so a keychain that was locked, stopped or restarted works again in
/// the same process as soon as it is back.
pub struct KeychainVault {
    namespace: Namespace,
    service: String,
    /// `None` until connected and after a failure.
    store: Mutex<Option<Arc<CredentialStore>>>,
}

impl KeychainVault {
    /// Opens the namespace, and marks it as opened if it is new. A failed attempt leaves nothing behind; call it again
    /// whenever the person asks to.
    ///
    /// For a profile that has stored secrets before, use [`KeychainVault::open_existing`].
    ///
    /// # Errors
    /// [`VaultError::Unavailable`] if the keychain cannot be reached or unlocked.
    pub fn open(namespace: Namespace) -> Result<Self, VaultError> {
        let vault = Self::unconnected(namespace);
        let sentinel = |store: &CredentialStore| {
            let entry = platform::entry(store, &vault.namespace, &vault.service, SENTINEL)?;
            match entry.get_secret() {
                Err(Error::NoEntry) => entry.set_secret(b"1"),
                found => found.map(drop),
            }
        };
        vault.run(sentinel).map_err(|failure| explain(failure, None))?;
        Ok(vault)
    }

    /// Opens a namespace that was opened before, for a profile with existing secrets.
    ///
    /// # Errors
    /// As [`KeychainVault::open`], and [`VaultError::Unavailable`] with [`UnavailableReason::OtherBackend`] if
    /// this keychain has never seen the namespace.
    pub fn open_existing(namespace: Namespace) -> Result<Self, VaultError> {
        let vault = Self::unconnected(namespace);
        vault.require_sentinel()?;
        Ok(vault)
    }

    /// The namespace of this vault.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    fn unconnected(namespace: Namespace) -> Self {
        let service = namespace.service();
        Self { namespace, service, store: Mutex::new(None) }
    }

    /// Whether "no such item" can be trusted.
    fn require_sentinel(&self) -> Result<(), VaultError> {
        match self.with_entry(SENTINEL, Entry::get_secret) {
            Ok(_) => Ok(()),
            Err(Failure::Operation(Error::NoEntry)) => Err(VaultError::unavailable(
                UnavailableReason::OtherBackend,
                "the keychain does not show the mark of this profile",
            )),
            Err(failure) => Err(explain(failure, None)),
        }
    }

    fn with_entry<T>(
        &self,
        user: &str,
        operation: impl Fn(&Entry) -> keyring::Result<T>,
    ) -> Result<T, Failure> {
        self.run(|store| operation(&platform::entry(store, &self.namespace, &self.service, user)?))
    }

    /// Runs `operation` on a connected store. A platform failure drops the connection, since its service may be gone,
    /// and retries once: all operations are idempotent.
    fn run<T>(&self, operation: impl Fn(&CredentialStore) -> keyring::Result<T>) -> Result<T, Failure> {
        let first = operation(&*self.connected()?);
        let Err(Error::PlatformFailure(_)) = first else { return first.map_err(Failure::Operation) };
        self.disconnect();
        let second = operation(&*self.connected()?);
        if let Err(Error::PlatformFailure(cause)) = &second {
            tracing::warn!(%cause, "the keychain failed twice");
            self.disconnect();
        }
        second.map_err(Failure::Operation)
    }

    fn connected(&self) -> Result<Arc<CredentialStore>, Failure> {
        let mut slot = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*slot {
            return Ok(Arc::clone(store));
        }
        let store = platform::connect().map_err(Failure::Connect)?;
        Ok(Arc::clone(slot.insert(store)))
    }

    fn disconnect(&self) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl fmt::Debug for KeychainVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeychainVault").field("service", &self.service).finish_non_exhaustive()
    }
}

impl Vault for KeychainVault {
    fn get(&self, item: &ItemName) -> Result<Option<Secret>, VaultError> {
        match self.with_entry(item.as_str(), Entry::get_secret) {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(Failure::Operation(Error::NoEntry)) => self.require_sentinel().map(|()| None),
            Err(failure) => Err(explain(failure, Some(item))),
        }
    }

    fn put(&self, item: &ItemName, secret: &Secret) -> Result<(), VaultError> {
        check_size(secret)?;
        // Write to the keychain that holds the rest, or not at all.
        self.require_sentinel()?;
        self.with_entry(item.as_str(), |entry| entry.set_secret(secret.expose()))
            .map_err(|failure| explain(failure, Some(item)))
    }

    fn delete(&self, item: &ItemName) -> Result<(), VaultError> {
        match self.with_entry(item.as_str(), Entry::delete_credential) {
            Ok(()) => Ok(()),
            Err(Failure::Operation(Error::NoEntry)) => self.require_sentinel(),
            Err(failure) => Err(explain(failure, Some(item))),
        }
    }

    fn list(&self) -> Result<Vec<ItemName>, VaultError> {
        self.require_sentinel()?;
        let users = self
            .run(|store| platform::users(store, &self.service))
            .map_err(|failure| explain(failure, None))?;
        // Names that are no ItemName are the sentinel, or somebody else's; neither is listed.
        let mut items: Vec<_> = users.iter().filter_map(|user| ItemName::new(user).ok()).collect();
        items.sort();
        items.dedup();
        Ok(items)
    }
}
