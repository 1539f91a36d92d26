//! An open service: what its connections share.

use std::fmt;
use std::fs::{DirBuilder, File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use conclave_protocol::{Handle, UserUri};

use crate::authentication::Authority;
use crate::config::{ServiceConfig, StorageConfig};
use crate::connector::EmbeddedConnector;
use crate::keys::{Keys, ServiceKey};
use crate::shared::Shared;
use crate::storage::{Place, SqliteStorage, StorageError, Tables};

/// Why a service could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses the folder.
    #[error("the data folder is in use by another process")]
    InUse,
    /// The folder was made for another domain; a service keeps its own.
    #[error("the data folder is for the domain {kept}")]
    OtherDomain {
        /// The folder's.
        kept: String,
    },
    /// Not a domain name: `a-z 0-9 . -`, or with a port.
    #[error("not a domain name")]
    BadDomain,
    /// The folder or a key file can't be read or written; a folder in use that lacks a key file among them.
    #[error("the data folder can't be used: {0}")]
    Folder(#[from] std::io::Error),
    /// The database can't be opened: not ours, another key, damaged, or of a newer version.
    #[error("the database can't be opened: {0}")]
    Database(String),
}

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        Self::Database(error.to_string())
    }
}

/// A Delivery Service and an Authentication Service. Clones are the same service; it lives as long as any of them or
/// of its connections.
#[derive(Clone)]
pub struct Service(Arc<Shared>);

impl Service {
    /// Opens a service; makes keys and database at the first start. Blocks for as long as that takes.
    ///
    /// # Errors
    /// As [`OpenError`] says; nothing is ever recreated in place of what can't be read.
    pub fn open(config: ServiceConfig) -> Result<Self, OpenError> {
        let (keys, place) = match &config.storage {
            StorageConfig::Directory(folder) => open_folder(folder)?,
            StorageConfig::InMemory => (Keys::ephemeral()?, Place::Memory),
        };
        if let Some(domain) = &config.domain {
            check_domain(domain)?;
        }
        let wanted = config.domain.clone();
        let bytes_max = config.limits.storage_bytes_max;
        let keep = |tables: &dyn Tables| keep_domain(tables, wanted);
        let (storage, domain) = SqliteStorage::open(&place, config.executor, bytes_max, keep)?;
        let domain = domain?;
        let service_key = ServiceKey::new(&keys.service);
        let authority = Authority::new(ServiceKey::new(&keys.authority), domain.clone());
        let storage = Arc::new(storage);
        Ok(Self(Arc::new(Shared::new(domain, service_key, authority, config, storage))))
    }

    /// Connects in-process.
    #[must_use]
    pub fn connector(&self) -> EmbeddedConnector {
        EmbeddedConnector::new(self.clone())
    }

    /// The domain of the names made here.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.0.domain
    }

    /// The Delivery Service's Ed25519 public key.
    #[must_use]
    pub fn service_key(&self) -> [u8; 32] {
        self.0.service_key.public()
    }

    /// The Authentication Service's Ed25519 public key: the trust anchor.
    #[must_use]
    pub fn authority_key(&self) -> [u8; 32] {
        self.0.authority.public()
    }

    /// Ends all connections, finishes what was taken on, and lets go of the data folder.
    pub async fn close(&self) {
        self.0.close().await;
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("domain", &self.0.domain).finish_non_exhaustive()
    }
}

fn open_folder(folder: &Path) -> Result<(Keys, Place), OpenError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let lock = File::create(folder.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    let path = folder.join("conclave.db");
    let keys = Keys::of(folder, !path.exists())?;
    let key = keys.database.clone();
    Ok((keys, Place::File { path, key, _lock: Arc::new(lock) }))
}

fn check_domain(domain: &str) -> Result<(), OpenError> {
    let anyone: Handle = "a".parse().map_err(|_| OpenError::BadDomain)?;
    UserUri::new(domain, &anyone).map(|_| ()).map_err(|_| OpenError::BadDomain)
}

/// The domain that was kept, or else the one that is wanted or made up, kept from now on.
fn keep_domain(
    tables: &dyn Tables,
    wanted: Option<String>,
) -> Result<Result<String, OpenError>, StorageError> {
    match (tables.setting("domain")?, wanted) {
        (Some(kept), Some(wanted)) if kept != wanted => Ok(Err(OpenError::OtherDomain { kept })),
        (Some(kept), _) => Ok(Ok(kept)),
        (None, wanted) => {
            let domain = match wanted {
                Some(domain) => domain,
                None => random_domain().map_err(|e| StorageError::Failed(e.to_string()))?,
            };
            tables.set_setting("domain", &domain)?;
            Ok(Ok(domain))
        }
    }
}

/// A label that no other service has, under the domain that no registrar gives out.
fn random_domain() -> Result<String, std::io::Error> {
    let mut label = [0; 8];
    getrandom::fill(&mut label).map_err(std::io::Error::other)?;
    Ok(format!("{}.local", hex::encode(label)))
}
