//! The vault on its own thread, with a timeout: a locked keychain may block on its prompt for ever.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use conclave_vault::{UnavailableReason, Vault, VaultError};
use tokio::sync::{mpsc, oneshot};

use super::{Executor, guarded};

/// Vault jobs that may be queued; beyond that, their callers wait.
const JOBS_MAX: usize = 64;
/// Longest wait before the keychain counts as unavailable. Its prompt may still be answered for the next try.
const ANSWER_MS_MAX: u64 = 20_000;

type Job = Box<dyn FnOnce(&dyn Vault) + Send>;

/// A handle to the vault. Clones share it.
#[derive(Clone)]
pub(crate) struct VaultHandle {
    vault: Arc<dyn Vault>,
    thread: Option<mpsc::Sender<Job>>,
}

impl VaultHandle {
    /// Runs the vault on this executor. The thread ends with the last clone.
    pub(crate) fn start(vault: Arc<dyn Vault>, executor: Executor) -> std::io::Result<Self> {
        let thread = match executor {
            Executor::Inline => None,
            Executor::Threads => {
                let (jobs, mut queue) = mpsc::channel::<Job>(JOBS_MAX);
                let vault = Arc::clone(&vault);
                std::thread::Builder::new().name("vault".to_owned()).spawn(move || {
                    while let Some(job) = queue.blocking_recv() {
                        // The caller gets an error; the next job is not affected.
                        if guarded(|| job(vault.as_ref())).is_err() {
                            tracing::error!("a vault job panicked");
                        }
                    }
                })?;
                Some(jobs)
            }
        };
        Ok(Self { vault, thread })
    }

    /// Runs a job on the vault. If it panics or takes too long, the vault counts as unavailable.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let Some(thread) = &self.thread else {
            return guarded(|| job(self.vault.as_ref())).unwrap_or_else(|_| Err(unavailable()));
        };
        let (answer, answered) = oneshot::channel::<Result<T, VaultError>>();
        let job: Job = Box::new(move |vault| {
            // The caller gave up, and will retry: run now, the job would run twice.
            if answer.is_closed() {
                return;
            }
            // An error means that the caller gave up meanwhile.
            let _ = answer.send(job(vault));
        });
        let run = async {
            thread.send(job).await.map_err(|_| unavailable())?;
            answered.await.map_err(|_| unavailable())?
        };
        tokio::time::timeout(Duration::from_millis(ANSWER_MS_MAX), run)
            .await
            .unwrap_or_else(|_| Err(unavailable()))
    }
}

fn unavailable() -> VaultError {
    VaultError::Unavailable {
        reason: UnavailableReason::Locked,
        detail: "the keychain did not answer in time".to_owned(),
    }
}

impl fmt::Debug for VaultHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultHandle").field("vault", &self.vault).finish_non_exhaustive()
    }
}
