//! A vault that is opened at the first request, and again after each failure: the app starts even while the keychain is
//! locked, and says "unlock and try again".

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{ItemName, Secret, Vault, VaultError};

/// Opens a vault.
type Open = Box<dyn Fn() -> Result<Arc<dyn Vault>, VaultError> + Send + Sync>;

/// A vault that is opened at the first request.
pub struct DeferredVault {
    open: Open,
    opened: Mutex<Option<Arc<dyn Vault>>>,
}

impl DeferredVault {
    /// Opens nothing yet. `open` is called at the first request, and again until it succeeds.
    pub fn new(open: impl Fn() -> Result<Arc<dyn Vault>, VaultError> + Send + Sync + 'static) -> Self {
        Self { open: Box::new(open), opened: Mutex::new(None) }
    }

    fn opened(&self) -> Result<Arc<dyn Vault>, VaultError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vault) = &*opened {
            return Ok(Arc::clone(vault));
        }
        let vault = (self.open)()?;
        *opened = Some(Arc::clone(&vault));
        Ok(vault)
    }
}

impl Vault for DeferredVault {
    fn get(&self, item: &ItemName) -> Result<Option<Secret>, VaultError> {
        self.opened()?.get(item)
    }

    fn put(&self, item: &ItemName, secret: &Secret) -> Result<(), VaultError> {
        self.opened()?.put(item, secret)
    }

    fn delete(&self, item: &ItemName) -> Result<(), VaultError> {
        self.opened()?.delete(item)
    }

    fn list(&self) -> Result<Vec<ItemName>, VaultError> {
        self.opened()?.list()
    }
}

impl fmt::Debug for DeferredVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeferredVault")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::{MemoryVault, UnavailableReason};

    #[test]
    fn a_failed_start_does_not_stick() {
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let vault = DeferredVault::new(move || match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Err(VaultError::unavailable(UnavailableReason::Locked, "locked")),
            _ => Ok(Arc::new(MemoryVault::new()) as Arc<dyn Vault>),
        });
        let item = ItemName::new("item").expect("a name");
        assert!(vault.get(&item).expect_err("locked").is_unavailable());
        assert!(vault.get(&item).expect("open").is_none());
        vault.put(&item, &Secret::new(vec![1])).expect("open");
        assert_eq!(vault.get(&item).expect("open").expect("found").expose(), [1]);
        assert_eq!(tries.load(Ordering::SeqCst), 2, "it is opened once");
    }
}
