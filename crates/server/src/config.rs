//! What a service is opened with.

use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;

use crate::clock::{Clock, SystemClock};
use crate::limits::Limits;

/// Where the service keeps its data and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageConfig {
    /// A folder of its own: encrypted database, key files (0600), lock file. Made when it is not there.
    Directory(PathBuf),
    /// Nowhere: gone with the service. For tests.
    InMemory,
}

/// Who runs the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executor {
    /// A writer thread with group commit, and readers beside it.
    Threads,
    /// The calling task, in place: no thread, so that paused tokio time is right.
    Inline,
}

/// How to open a [`crate::Service`].
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Where data and keys are.
    pub storage: StorageConfig,
    /// The domain of the names made here. None: the one it was opened with before, or else a random label under
    /// `.local`. A service never changes its domain.
    pub domain: Option<String>,
    /// The bounds.
    pub limits: Limits,
    /// Addresses of proxies in front of it: whoever connects from there says for whom (`Forwarded` or
    /// `X-Forwarded-For`), and the limits by address are the limits of those.
    pub trusted_proxies: Vec<IpNet>,
    /// The time that entries are stamped with.
    pub clock: Arc<dyn Clock>,
    /// Who runs the database.
    pub executor: Executor,
}

impl ServiceConfig {
    /// A service on a folder, with the machine's clock and a writer thread.
    #[must_use]
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Self {
            storage: StorageConfig::Directory(path.into()),
            domain: None,
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            clock: Arc::new(SystemClock),
            executor: Executor::Threads,
        }
    }

    /// A service without a trace on disk, in place: for tests.
    #[must_use]
    pub fn in_memory(domain: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage: StorageConfig::InMemory,
            domain: Some(domain.to_owned()),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            clock,
            executor: Executor::Inline,
        }
    }
}
