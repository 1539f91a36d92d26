//! The store behind one writer with group commit, and concurrent readers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_store::{BatchWrite, DiskFault, Error, Store, Tx, View};
use tokio::sync::{mpsc, oneshot};

use super::Executor;
use super::faults::{StoreAccess, StoreFaults, StoreTrouble};

/// Writes that may be queued; beyond that, their callers wait.
const WRITES_MAX: usize = 512;
/// Writes that share one transaction.
const BATCH_MAX: usize = 128;

struct Job {
    write: BatchWrite<()>,
    done: oneshot::Sender<Result<(), Error>>,
}

/// Why an access to the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreFault {
    #[error(transparent)]
    Store(#[from] Error),
    /// The app is closing.
    #[error("the store is closed")]
    Closed,
}

impl StoreFault {
    /// Whether it is transient: a retry may succeed.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) => error.may_pass(),
            Self::Closed => true,
        }
    }
}

/// A handle to the store. Clones share it.
#[derive(Clone)]
pub(crate) struct StoreHandle {
    store: Arc<Store>,
    executor: Executor,
    writer: Option<mpsc::Sender<Job>>,
    faults: Option<Arc<dyn StoreFaults>>,
}

impl StoreHandle {
    /// Runs the store on this executor, with the faults of a test. The writer thread ends with the last clone.
    pub(crate) fn start(
        store: Store,
        executor: Executor,
        faults: Option<Arc<dyn StoreFaults>>,
    ) -> std::io::Result<Self> {
        let store = Arc::new(store);
        let writer = match executor {
            Executor::Inline => None,
            Executor::Threads => {
                let (jobs, queue) = mpsc::channel(WRITES_MAX);
                let store = Arc::clone(&store);
                std::thread::Builder::new()
                    .name("store".to_owned())
                    .spawn(move || write_all(&store, queue))?;
                Some(jobs)
            }
        };
        Ok(Self { store, executor, writer, faults })
    }

    fn trouble(&self, access: StoreAccess) -> Option<StoreTrouble> {
        self.faults.as_ref().and_then(|faults| faults.next(access))
    }

    /// Runs a write in a transaction. When this succeeds, the write is durable. After an error it may be durable too,
    /// if the disk failed at the last moment.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let trouble = self.trouble(StoreAccess::Write);
        let value = self.write_in(trouble, write).await?;
        match trouble {
            Some(StoreTrouble::AnswerLost) => Err(Error::Disk(DiskFault::Io).into()),
            _ => Ok(value),
        }
    }

    async fn write_in<T: Send + 'static>(
        &self,
        trouble: Option<StoreTrouble>,
        write: impl FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let write = move |tx: &mut Tx<'_>| StoreTrouble::inject(trouble, || write(tx));
        let Some(writer) = &self.writer else { return Ok(self.store.write(write)?) };
        let slot = Arc::new(Mutex::new(None));
        let result = Arc::clone(&slot);
        let write: BatchWrite<()> = Box::new(move |tx| {
            let value = write(tx)?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        });
        let (done, written) = oneshot::channel();
        writer.send(Job { write, done }).await.map_err(|_| StoreFault::Closed)?;
        written.await.map_err(|_| StoreFault::Closed)??;
        let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or(StoreFault::Closed)
    }

    /// Runs a read on its own connection.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let trouble = match self.trouble(StoreAccess::Read) {
            Some(StoreTrouble::AnswerLost) => Some(StoreTrouble::TooSlow),
            other => other,
        };
        let store = Arc::clone(&self.store);
        let work = move || store.read(|view| StoreTrouble::inject(trouble, || read(view)));
        Ok(self.executor.compute(work).await.map_err(|_| StoreFault::Closed)??)
    }

    /// Moves the write-ahead log into the database and empties it, so that what was deleted is gone from disk. False
    /// if a reader prevented it.
    pub(crate) async fn checkpoint(&self) -> Result<bool, StoreFault> {
        let store = Arc::clone(&self.store);
        Ok(self.executor.compute(move || store.checkpoint()).await.map_err(|_| StoreFault::Closed)??)
    }
}

/// The writer thread: runs queued writes in one transaction, each in its own savepoint.
fn write_all(store: &Store, mut queue: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(BATCH_MAX);
    while let Some(first) = queue.blocking_recv() {
        waiting.push(first);
        while waiting.len() < BATCH_MAX {
            let Ok(job) = queue.try_recv() else { break };
            waiting.push(job);
        }
        let (writes, callers): (Vec<_>, Vec<_>) = waiting.drain(..).map(|j| (j.write, j.done)).unzip();
        for (result, caller) in store.write_batch(writes).into_iter().zip(callers) {
            // The caller may be gone; the write is durable all the same.
            let _ = caller.send(result);
        }
    }
}

impl fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreHandle").field("executor", &self.executor).finish_non_exhaustive()
    }
}
