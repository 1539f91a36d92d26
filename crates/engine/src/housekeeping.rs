//! Makes "deleted" true: the write-ahead log is emptied soon after each change of epoch, and at intervals; keys that
//! nothing needs any more are deleted from the vault.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use conclave_vault::KeyRing;
use tokio::sync::Notify;

use crate::executor::{StoreHandle, VaultHandle};
use crate::sweep::Sweep;

/// Delay after an epoch change, so that changes of many groups share one checkpoint.
const AFTER_EPOCH_MS: u64 = 1_000;
/// Longest time between two checkpoints.
const AT_LATEST_MS: u64 = 60_000;

/// Where epoch changes are reported. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Housekeeping {
    wake: Arc<Notify>,
    closed: Arc<AtomicBool>,
}

impl Housekeeping {
    /// Old key material was deleted just now.
    pub(crate) fn epoch_changed(&self) {
        self.wake.notify_one();
    }

    /// Ends the task, which lets go of the store.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Runs until it is closed.
    pub(crate) async fn run(self, store: StoreHandle, vault: VaultHandle, ring: KeyRing) {
        let mut sweep = Sweep::new(store.clone(), vault, ring);
        loop {
            tokio::select! {
                () = self.wake.notified() => {
                    if !self.closed.load(Ordering::SeqCst) {
                        tokio::time::sleep(Duration::from_millis(AFTER_EPOCH_MS)).await;
                    }
                }
                () = tokio::time::sleep(Duration::from_millis(AT_LATEST_MS)) => {}
            }
            if self.closed.load(Ordering::SeqCst) {
                return;
            }
            match store.checkpoint().await {
                Ok(true) => {}
                // A reader was in the way: again soon.
                Ok(false) => self.epoch_changed(),
                Err(error) => tracing::warn!(%error, "the write-ahead log was not emptied"),
            }
            sweep.run_if_due().await;
        }
    }
}
