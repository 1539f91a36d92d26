//! The vault on a thread of its own, with a time-out: a locked keychain may sit on its prompt for ever.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use conclave_vault::{UnavailableReason, Vault, VaultError};
use tokio::sync::{mpsc, oneshot};

use super::{Executor, guarded};

/// Vault jobs that may wait.
const JOBS_MAX: usize = 64;
/// The keychain counts as unavailable after so long; its prompt may still be answered for the next try.
const ANSWER_MS_MAX: u64 = 20_000;

type Job = Box<dyn FnOnce(&dyn Vault) + Send>;

/// The way to the vault. Clones share it.
#[derive(Clone)]
pub(crate) struct VaultHandle {
    vault: Arc<dyn Vault>,
    thread: Option<mpsc::Sender<Job>>,
}

impl VaultHandle {
    /// Runs this vault as the executor says. The thread ends with the last clone.
    pub(crate) fn start(vault: Arc<dyn Vault>, executor: Executor) -> std::io::Result<Self> {
        let thread = match executor {
            Executor::Inline => None,
            Executor::Threads => {
                let (jobs, mut queue) = mpsc::channel::<Job>(JOBS_MAX);
                let vault = Arc::clone(&vault);
                std::thread::Builder::new().name("vault".to_owned()).spawn(move || {
                    while let Some(job) = queue.blocking_recv() {
                        // Who asked hears that there is no answer; the next job is another matter.
                        if guarded(|| job(vault.as_ref())).is_err() {
                            tracing::error!("a job of the vault panicked");
                        }
                    }
                })?;
                Some(jobs)
            }
        };
        Ok(Self { vault, thread })
    }

    /// Runs a job on the vault. One that panics, or takes too long, is a vault that does not answer.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let Some(thread) = &self.thread else {
            return guarded(|| job(self.vault.as_ref())).unwrap_or_else(|_| Err(unavailable()));
        };
        let (answer, answered) = oneshot::channel::<Result<T, VaultError>>();
        let job: Job = Box::new(move |vault| {
            // Who asked has given up waiting, and asks again: done now, it would be done twice.
            if answer.is_closed() {
                return;
            }
            // Whoever gave up only now does without the answer.
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
