//! Makes sure that deleted data is gone: empties the write-ahead log soon after each change of epoch, and at intervals;
//! deletes keys from the vault that nothing needs any more.

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

/// Where epoch changes are reported. Clones share one task.
#[derive(Debug, Clone, Default)]
pub(crate) struct Housekeeping {
    wake: Arc<Notify>,
    closed: Arc<AtomicBool>,
}

impl Housekeeping {
    /// Old key material was just deleted.
    pub(crate) fn epoch_changed(&self) {
        self.wake.notify_one();
    }

    /// Ends the task, which releases the store.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Runs until closed.
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
                // A reader prevented it: retry soon.
                Ok(false) => self.epoch_changed(),
                Err(error) => tracing::warn!(%error, "the write-ahead log was not emptied"),
            }
            sweep.run_if_due().await;
        }
    }
}
