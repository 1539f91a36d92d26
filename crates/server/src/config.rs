//! The configuration of a service.

use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;

use crate::clock::{Clock, SystemClock};
use crate::limits::Limits;

/// Where the service keeps its data and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageConfig {
    /// A folder of its own: encrypted database, key files (0600), lock file. Created if absent.
    Directory(PathBuf),
    /// Nowhere: lost when the service ends. For tests.
    InMemory,
}

/// What runs the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executor {
    /// A writer thread with group commit, and reader threads.
    Threads,
    /// The calling task, in place: no threads, so that paused tokio time works.
    Inline,
}

/// How to open a [`crate::Service`].
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Where data and keys are stored.
    pub storage: StorageConfig,
    /// The domain of the names enrolled here. None: the domain it was opened with before, or else a random label under
    /// `.local`. A service never changes its domain.
    pub domain: Option<String>,
    /// Retention, rates, sizes: every limit, in `limits.rs`.
    pub limits: Limits,
    /// Addresses of proxies in front of it. Connections from there name their client in `Forwarded` or
    /// `X-Forwarded-For`, and limits by address apply to that client.
    pub trusted_proxies: Vec<IpNet>,
    /// The clock that stamps entries.
    pub clock: Arc<dyn Clock>,
    /// What runs the database.
    pub executor: Executor,
}

impl ServiceConfig {
    /// A service in a folder, with the system clock and database threads.
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

    /// A service that leaves nothing on disk, run in place: for tests.
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
