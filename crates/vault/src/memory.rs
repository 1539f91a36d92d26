//! A vault for tests: nothing is durable, and it can be made unavailable at will.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{ITEMS_MAX, ItemName, SECRET_BYTES_MAX, Secret, UnavailableReason, Vault, VaultError};

/// An in-memory vault. Clones share their contents, so a test can keep one and pass on another.
#[derive(Clone)]
pub struct MemoryVault(Arc<Inner>);

struct Inner {
    /// At most [`ITEMS_MAX`] entries; emptied by `delete` and with the last clone.
    items: Mutex<BTreeMap<ItemName, Secret>>,
    available: AtomicBool,
    operations: AtomicU64,
}

impl MemoryVault {
    /// An empty, available vault.
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            items: Mutex::new(BTreeMap::new()),
            available: AtomicBool::new(true),
            operations: AtomicU64::new(0),
        }))
    }

    /// While `false`, every operation fails as with a locked keychain and changes nothing.
    pub fn set_available(&self, available: bool) {
        self.0.available.store(available, Ordering::SeqCst);
    }

    /// Number of operations since creation, including failed ones.
    pub fn operations(&self) -> u64 {
        self.0.operations.load(Ordering::SeqCst)
    }

    fn enter(&self) -> Result<MutexGuard<'_, BTreeMap<ItemName, Secret>>, VaultError> {
        self.0.operations.fetch_add(1, Ordering::SeqCst);
        if !self.0.available.load(Ordering::SeqCst) {
            return Err(VaultError::unavailable(UnavailableReason::Locked, "set unavailable"));
        }
        // No code panics while holding the lock with the map in an inconsistent state.
        Ok(self.0.items.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for MemoryVault {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryVault")
            .field("available", &self.0.available.load(Ordering::SeqCst))
            .field("operations", &self.operations())
            .finish_non_exhaustive()
    }
}

impl Vault for MemoryVault {
    fn get(&self, item: &ItemName) -> Result<Option<Secret>, VaultError> {
        Ok(self.enter()?.get(item).map(|secret| Secret::new(secret.expose().to_vec())))
    }

    fn put(&self, item: &ItemName, secret: &Secret) -> Result<(), VaultError> {
        let mut items = self.enter()?;
        admit(&items, item, secret)?;
        items.insert(item.clone(), Secret::new(secret.expose().to_vec()));
        Ok(())
    }

    fn delete(&self, item: &ItemName) -> Result<(), VaultError> {
        self.enter()?.remove(item);
        Ok(())
    }

    fn list(&self) -> Result<Vec<ItemName>, VaultError> {
        Ok(self.enter()?.keys().cloned().collect())
    }
}

/// Limits that every vault with its own map checks before it stores an item.
pub(crate) fn admit(
    items: &BTreeMap<ItemName, Secret>,
    item: &ItemName,
    secret: &Secret,
) -> Result<(), VaultError> {
    check_size(secret)?;
    if items.len() >= ITEMS_MAX && !items.contains_key(item) {
        return Err(VaultError::Full);
    }
    Ok(())
}

/// The limit on one secret, which every vault applies.
pub(crate) fn check_size(secret: &Secret) -> Result<(), VaultError> {
    let bytes = secret.expose().len();
    if bytes > SECRET_BYTES_MAX { Err(VaultError::TooLarge { bytes }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unavailable_is_not_absent_and_changes_nothing() {
        let vault = MemoryVault::new();
        let item = ItemName::new("a").expect("valid");
        vault.put(&item, &Secret::new(vec![1])).expect("available");
        vault.set_available(false);
        assert!(vault.get(&item).expect_err("unavailable").is_unavailable());
        assert!(vault.put(&item, &Secret::new(vec![2])).expect_err("unavailable").is_unavailable());
        assert!(vault.delete(&item).expect_err("unavailable").is_unavailable());
        assert!(vault.list().expect_err("unavailable").is_unavailable());
        vault.set_available(true);
        assert_eq!(vault.get(&item).expect("available").expect("found").expose(), [1]);
        assert_eq!(vault.operations(), 6);
    }

    #[test]
    fn it_is_full_at_its_bound_but_still_replaces() {
        let vault = MemoryVault::new();
        for i in 0..ITEMS_MAX {
            let item = ItemName::new(&format!("item/{i}")).expect("valid");
            vault.put(&item, &Secret::new(vec![0])).expect("room");
        }
        let one_more = ItemName::new("one-more").expect("valid");
        assert!(matches!(vault.put(&one_more, &Secret::new(vec![0])), Err(VaultError::Full)));
        vault.put(&ItemName::new("item/0").expect("valid"), &Secret::new(vec![9])).expect("replaces");
    }
}
