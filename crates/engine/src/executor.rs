//! What runs the store and the vault: their own threads in production, the calling task in tests.
//!
//! Paused tokio time jumps whenever the runtime is idle; a test that awaited a plain thread would see every timeout
//! fire at once. So tests run the same jobs in place.

mod faults;
mod store;
mod vault;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use faults::{StoreAccess, StoreFaults, StoreTrouble};
pub(crate) use store::{StoreFault, StoreHandle};
pub(crate) use vault::VaultHandle;

/// What runs blocking work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executor {
    /// Their own threads.
    Threads,
    /// The calling task, in place.
    Inline,
}

impl Executor {
    /// Runs long computation off the actor's thread; in tests in place.
    pub(crate) async fn compute<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        match self {
            Self::Inline => guarded(work),
            Self::Threads => tokio::task::spawn_blocking(work).await.map_err(|_| Stopped),
        }
    }
}

/// Runs work in place, and catches a panic. What the work was changing must be dropped then.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Stopped> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Stopped)
}

/// The work did not finish: the app is closing, or the work panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work did not finish")]
pub(crate) struct Stopped;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use conclave_store::{Error, Store, StoreKey};
    use conclave_vault::{MemoryVault, VaultError};

    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_write_or_a_read_ends_no_thread() {
        let store = Store::open_temporary(&StoreKey::new([7; 32])).expect("a temporary store opens");
        let store = StoreHandle::start(store, Executor::Threads, None).expect("a thread starts");
        let panics: Result<(), _> = store.write(|_| panic!("a test")).await;
        assert_eq!(panics, Err(StoreFault::Store(Error::Panicked)));
        let panics: Result<(), _> = store.read(|_| panic!("a test")).await;
        assert_eq!(panics, Err(StoreFault::Store(Error::Panicked)));
        store.write(|tx| tx.put_setting("a", b"1")).await.expect("the next write is not affected");
        assert_eq!(store.read(|v| v.setting("a")).await, Ok(Some(b"1".to_vec())));
    }

    #[tokio::test]
    async fn a_panic_in_a_job_of_the_vault_ends_no_thread() {
        let vault = VaultHandle::start(Arc::new(MemoryVault::new()), Executor::Threads).expect("it starts");
        let panics: Result<(), VaultError> = vault.run(|_| panic!("a test")).await;
        assert!(panics.expect_err("there is no answer").is_unavailable());
        assert!(vault.run(|v| v.list()).await.expect("the next job is not affected").is_empty());
    }

    #[tokio::test]
    async fn a_job_that_nobody_waits_for_any_more_is_not_done() {
        let vault = VaultHandle::start(Arc::new(MemoryVault::new()), Executor::Threads).expect("it starts");
        let (unlock, locked) = std::sync::mpsc::channel::<()>();
        let (done, was_done) = std::sync::mpsc::channel();
        let given_up = Duration::from_millis(20);
        let prompt = tokio::time::timeout(given_up, vault.run(move |_| Ok(locked.recv().is_ok())));
        assert!(prompt.await.is_err(), "it is locked");
        let late = tokio::time::timeout(given_up, vault.run(move |_| Ok(done.send(()).is_ok())));
        assert!(late.await.is_err(), "it is locked");
        unlock.send(()).expect("the job waits");
        vault.run(|v| v.list()).await.expect("it is open again");
        assert!(was_done.try_recv().is_err(), "the caller retries");
    }
}
