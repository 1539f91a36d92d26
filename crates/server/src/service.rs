//! An open service, shared by its connections.

use std::fmt;
use std::fs::{DirBuilder, File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use conclave_protocol::{Handle, UserUri};

use crate::authentication::Authority;
use crate::config::{ServiceConfig, StorageConfig};
use crate::connector::EmbeddedConnector;
use crate::delivery::inbox::Origins;
use crate::keys::{Keys, ServiceKey};
use crate::limits::ALLOWANCES_MAX;
use crate::shared::Shared;
use crate::storage::{Place, SqliteStorage, StorageError, Tables};

/// Why a service could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses the folder.
    #[error("the data folder is in use by another process")]
    InUse,
    /// The folder belongs to another domain; a service keeps its own.
    #[error("the data folder belongs to the domain {kept}")]
    OtherDomain {
        /// The folder's.
        kept: String,
    },
    /// Not a domain name: `a-z 0-9 . -`, optionally with a port.
    #[error("not a domain name")]
    BadDomain,
    /// The folder or a key file can't be read or written, or a used folder lacks a key file.
    #[error("the data folder can't be used: {0}")]
    Folder(#[from] std::io::Error),
    /// The database can't be opened: not ours, another key, damaged, or from a newer version.
    #[error("the database can't be opened: {0}")]
    Database(String),
}

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        Self::Database(error.to_string())
    }
}

/// A Delivery Service and an Authentication Service. Clones share the service; it lives as long as any of them or any
/// of its connections.
#[derive(Clone)]
pub struct Service(Arc<Shared>);

impl Service {
    /// Opens a service; generates keys and database at the first start. Blocks meanwhile.
    ///
    /// # Errors
    /// As [`OpenError`] says; what can't be read is never recreated.
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
        let keep =
            |tables: &dyn Tables| Ok((keep_domain(tables, wanted)?, tables.allowances(ALLOWANCES_MAX)?));
        let (storage, (domain, kept)) = SqliteStorage::open(&place, config.executor, bytes_max, keep)?;
        let domain = domain?;
        let service_key = ServiceKey::new(&keys.service);
        let authority = Authority::new(ServiceKey::new(&keys.authority), domain.clone());
        let storage = Arc::new(storage);
        let origins = Origins::new()?;
        let shared = Shared::new(domain, service_key, authority, config, storage, origins, &kept);
        Ok(Self(Arc::new(shared)))
    }

    /// Connects in process.
    #[must_use]
    pub fn connector(&self) -> EmbeddedConnector {
        EmbeddedConnector::new(self.clone())
    }

    /// The domain of the names enrolled here.
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

    /// Ends all connections, finishes requests in flight, and releases the data folder.
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

/// A folder that a server may be using: read only.
pub(crate) fn folder_beside_a_server(folder: &Path) -> Result<Place, OpenError> {
    let lock = File::open(folder.join("lock"))?;
    let key = Keys::of(folder, false)?.database;
    Ok(Place::File { path: folder.join("conclave.db"), key, _lock: Arc::new(lock) })
}

/// A folder that was served before and is not now; locked as long as the place lives.
pub(crate) fn folder_for_itself(folder: &Path) -> Result<Place, OpenError> {
    let database = folder.join("conclave.db");
    if !database.exists() {
        return Err(OpenError::Folder(std::io::ErrorKind::NotFound.into()));
    }
    open_folder(folder).map(|(_, place)| place)
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
    for_owner_alone(folder, &path)?;
    let key = keys.database.clone();
    Ok((keys, Place::File { path, key, _lock: Arc::new(lock) }))
}

/// Folder and database belong to the owner only, also if the folder existed before or the files were copied in. SQLite
/// gives its auxiliary files the same permissions.
#[cfg(unix)]
fn for_owner_alone(folder: &Path, database: &Path) -> Result<(), std::io::Error> {
    use std::fs::{OpenOptions, Permissions, set_permissions};
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    set_permissions(folder, Permissions::from_mode(0o700))?;
    OpenOptions::new().append(true).create(true).mode(0o600).open(database)?;
    for ending in ["", "-wal", "-shm"] {
        let file = folder.join(format!("conclave.db{ending}"));
        if file.exists() {
            set_permissions(&file, Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn for_owner_alone(_: &Path, _: &Path) -> Result<(), std::io::Error> {
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), OpenError> {
    let anyone: Handle = "a".parse().map_err(|_| OpenError::BadDomain)?;
    UserUri::new(domain, &anyone).map(|_| ()).map_err(|_| OpenError::BadDomain)
}

/// The stored domain, or else the configured or generated one, which is then stored.
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

/// A unique label under a domain that no registrar assigns.
fn random_domain() -> Result<String, std::io::Error> {
    let mut label = [0; 8];
    getrandom::fill(&mut label).map_err(std::io::Error::other)?;
    Ok(format!("{}.local", hex::encode(label)))
}
