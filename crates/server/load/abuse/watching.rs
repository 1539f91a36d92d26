//! Observes the program's memory and disk from outside (Linux).

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::memory::resident;

/// Time between two samples.
const LOOK: Duration = Duration::from_millis(50);

/// Bytes at one moment, or the maximum of each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watched {
    pub(crate) memory: u64,
    pub(crate) database: u64,
    /// The write-ahead log beside it.
    pub(crate) ahead: u64,
}

impl Watched {
    pub(crate) fn now(process: u32, folder: &Path) -> Self {
        let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
        let (database, ahead) = (size("conclave.db"), size("conclave.db-wal"));
        Self { memory: resident(process), database, ahead }
    }

    fn most(self, other: Self) -> Self {
        let memory = self.memory.max(other.memory);
        Self { memory, database: self.database.max(other.database), ahead: self.ahead.max(other.ahead) }
    }
}

/// Samples until it is ended.
pub(crate) struct Watching {
    end: oneshot::Sender<()>,
    watching: JoinHandle<Watched>,
}

pub(crate) fn watch(process: u32, folder: PathBuf) -> Watching {
    let (end, mut ended) = oneshot::channel();
    let watching = tokio::spawn(async move {
        let mut most = Watched::now(process, &folder);
        while tokio::time::timeout(LOOK, &mut ended).await.is_err() {
            most = most.most(Watched::now(process, &folder));
        }
        most
    });
    Watching { end, watching }
}

impl Watching {
    /// The maximum of each.
    pub(crate) async fn end(self) -> Watched {
        drop(self.end);
        self.watching.await.unwrap()
    }
}
