//! Deletes keys from the vault that no row names any more: of groups that were left, of leaves that were renewed, of
//! key packages that were used or have expired.

use std::collections::BTreeSet;
use std::time::Duration;

use conclave_vault::{ItemName, KeyRing, VaultError};
use tokio::time::Instant;

use crate::executor::{StoreFault, StoreHandle, VaultHandle};
use crate::keychain_items::LEAF_PREFIX;

/// Longest time from storing a key in the vault to writing the row that names it.
const ROW_DELAY_MAX: Duration = Duration::from_secs(60);
/// Time between sweeps.
const EVERY: Duration = Duration::from_secs(6 * 60 * 60);

/// Why a pass failed.
#[derive(Debug, thiserror::Error)]
enum SweepFault {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Sweeps in two passes: a key that no row names in either pass is deleted.
#[derive(Debug)]
pub(crate) struct Sweep {
    store: StoreHandle,
    vault: VaultHandle,
    /// Keys in memory: in use, or just made, so that a row will name them.
    ring: KeyRing,
    due: Instant,
    /// Keys that no row named in the first pass; at most as many as the vault has.
    unnamed: Vec<ItemName>,
}

impl Sweep {
    pub(crate) fn new(store: StoreHandle, vault: VaultHandle, ring: KeyRing) -> Self {
        Self { store, vault, ring, due: Instant::now() + ROW_DELAY_MAX, unnamed: Vec::new() }
    }

    /// Runs the next pass, if it is due. A vault that does not answer is retried later, not treated as empty.
    pub(crate) async fn run_if_due(&mut self) {
        if Instant::now() < self.due {
            return;
        }
        let wait = match self.step().await {
            Ok(()) if !self.unnamed.is_empty() => ROW_DELAY_MAX,
            Ok(()) => EVERY,
            Err(fault) => {
                tracing::debug!(%fault, "the vault was not swept");
                EVERY
            }
        };
        self.due = Instant::now() + wait;
    }

    async fn step(&mut self) -> Result<(), SweepFault> {
        let suspects = std::mem::take(&mut self.unnamed);
        if suspects.is_empty() {
            let mut keys = self.vault.run(|vault| vault.list()).await?;
            keys.retain(|key| key.as_str().starts_with(LEAF_PREFIX));
            let named = self.named().await?;
            keys.retain(|key| !named.contains(key.as_str()) && self.ring.public(key).is_none());
            self.unnamed = keys;
            return Ok(());
        }
        let named = self.named().await?;
        for key in suspects.into_iter().filter(|key| !named.contains(key.as_str())) {
            if self.ring.public(&key).is_some() {
                continue;
            }
            self.vault.run(move |vault| vault.delete(&key)).await?;
        }
        Ok(())
    }

    async fn named(&self) -> Result<BTreeSet<String>, StoreFault> {
        self.store.read(|v| v.vault_handles()).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use conclave_store::{Store, StoreKey};
    use conclave_vault::{Loaded, MemoryVault, Vault};

    use super::*;
    use crate::executor::Executor;

    /// A key that was made and that no row names yet: the disk is slow, or the program is busy.
    #[tokio::test]
    async fn a_key_that_is_held_is_not_swept() {
        let store = Store::open_temporary(&StoreKey::new([7; 32])).expect("a temporary store opens");
        let store = StoreHandle::start(store, Executor::Inline, None).expect("it starts");
        let memory = Arc::new(MemoryVault::new());
        let vault = VaultHandle::start(memory.clone(), Executor::Inline).expect("it starts");
        let ring = KeyRing::default();
        let item = ItemName::new("leaf/one").expect("a name");
        ring.generate(memory.as_ref(), &item).expect("a key is made");
        let mut sweep = Sweep::new(store, vault, ring.clone());
        for _ in 0..3 {
            sweep.step().await.expect("it is swept");
        }
        assert_eq!(memory.list().expect("it answers"), std::slice::from_ref(&item));
        // Loaded again between the two passes.
        ring.unload(&item);
        sweep.step().await.expect("it is swept");
        assert_eq!(ring.load(memory.as_ref(), &item).expect("it answers"), Loaded::Found);
        sweep.step().await.expect("it is swept");
        assert_eq!(memory.list().expect("it answers"), std::slice::from_ref(&item));
        ring.unload(&item);
        sweep.step().await.expect("it is swept");
        sweep.step().await.expect("it is swept");
        assert!(memory.list().expect("it answers").is_empty(), "no row names it, and it is not loaded");
    }
}
