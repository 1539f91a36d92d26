//! TLS with given certificate files, which are reloaded when they change.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Time between two checks of the files.
const LOOK: Duration = Duration::from_secs(30);

/// Why certificate and key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file can't be read, or is not PEM.
    #[error("the {0} file can't be read: {1}")]
    File(&'static str, rustls_pki_types::pem::Error),
    /// They do not match, or TLS does not support them.
    #[error("certificate and key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// A server certificate with its chain, and its private key. Clones share them.
#[derive(Clone)]
pub struct TlsConfig {
    config: Arc<ServerConfig>,
    files: Arc<Files>,
}

/// The files, and their content when last found valid.
#[derive(Debug)]
struct Files {
    certificates: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
    /// Stamps of both files as of `current`.
    stamps: Mutex<Option<[Stamp; 2]>>,
}

/// Detects that a file has changed.
type Stamp = (SystemTime, u64);

impl TlsConfig {
    /// Reads PEM files: the certificate followed by its chain, and the private key (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    /// As [`TlsError`] says.
    pub fn from_files(certificates: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let stamps = stamps(certificates, key).ok();
        let current = load(certificates, key, &provider)?;
        let files = Arc::new(Files {
            certificates: certificates.to_owned(),
            key: key.to_owned(),
            provider: Arc::clone(&provider),
            current: RwLock::new(Arc::new(current)),
            stamps: Mutex::new(stamps),
        });
        let resolver: Arc<dyn ResolvesServerCert> = files.clone();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), files })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Reloads the files when they change, until it is dropped. If they can't be used, it logs a warning and keeps the
    /// old ones.
    pub(super) async fn keep_fresh(&self) {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            match self.files.renew() {
                Ok(true) => tracing::info!("the certificate was reloaded"),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the new certificate can't be used; the old one stays in use");
                }
            }
        }
    }
}

impl Files {
    /// Reloads the files if they have changed; returns whether they had.
    fn renew(&self) -> Result<bool, TlsError> {
        // They may be in the middle of being replaced: the next check finds them.
        let Ok(found) = stamps(&self.certificates, &self.key) else { return Ok(false) };
        let mut stamps = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        if *stamps == Some(found) {
            return Ok(false);
        }
        let loaded = load(&self.certificates, &self.key, &self.provider)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
        *stamps = Some(found);
        Ok(true)
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn stamps(certificates: &Path, key: &Path) -> io::Result<[Stamp; 2]> {
    let of = |path: &Path| {
        let file = fs::metadata(path)?;
        Ok::<_, io::Error>((file.modified()?, file.len()))
    };
    Ok([of(certificates)?, of(key)?])
}

fn load(certificates: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let unread = |error| TlsError::File("certificate", error);
    let chain = CertificateDer::pem_file_iter(certificates)
        .map_err(unread)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unread)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::File("key", error))?;
    Ok(CertifiedKey::from_der(chain, key, provider)?)
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConfig")
    }
}
