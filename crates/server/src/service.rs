//! An open service: what its connections share.

use std::fmt;
use std::sync::Arc;

use crate::config::ServiceConfig;
use crate::connector::EmbeddedConnector;

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
    #[error("the data folder can't be used")]
    Folder(#[source] std::io::Error),
    /// The database can't be opened: not ours, another key, damaged, or of a newer version.
    #[error("the database can't be opened: {0}")]
    Database(String),
}

/// A Delivery Service and an Authentication Service. Clones are the same service.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    domain: String,
}

impl Service {
    /// Opens a service; makes keys and database at the first start.
    ///
    /// # Errors
    /// As [`OpenError`] says; nothing is ever recreated in place of what can't be read.
    pub fn open(config: ServiceConfig) -> Result<Self, OpenError> {
        Ok(Self(Arc::new(Inner { domain: config.domain.unwrap_or_default() })))
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
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("domain", &self.0.domain).finish_non_exhaustive()
    }
}
