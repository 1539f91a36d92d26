//! Who runs the store and the vault: threads of their own in production, the calling task in tests.
//!
//! Paused tokio time jumps whenever the runtime is idle; a test that awaited a plain thread would see every timeout
//! fire at once. So tests run the same jobs in place.

mod store;
mod vault;

pub(crate) use store::{StoreFault, StoreHandle};
pub(crate) use vault::VaultHandle;

/// Who runs blocking work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executor {
    /// Threads of their own.
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
            Self::Inline => Ok(work()),
            Self::Threads => tokio::task::spawn_blocking(work).await.map_err(|_| Stopped),
        }
    }
}

/// The work was given up: the app is closing, or the work panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work was given up")]
pub(crate) struct Stopped;
