//! TLS from given certificate files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Why certificate and key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file can't be read, or is not PEM.
    #[error("the {0} file can't be read: {1}")]
    File(&'static str, rustls_pki_types::pem::Error),
    /// They do not fit each other, or are of a kind that TLS does not know.
    #[error("certificate and key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// A server certificate with its chain, and its private key.
#[derive(Clone)]
pub struct TlsConfig(Arc<ServerConfig>);

impl TlsConfig {
    /// Reads PEM files: the certificate followed by its chain, and the private key (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    /// As [`TlsError`] says.
    pub fn from_files(certificates: &Path, key: &Path) -> Result<Self, TlsError> {
        let unread = |error| TlsError::File("certificate", error);
        let chain = CertificateDer::pem_file_iter(certificates)
            .map_err(unread)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(unread)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::File("key", error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConfig")
    }
}
