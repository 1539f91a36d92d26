//! The service inside the app: opened in the profile's folder, listening on loopback so that other profiles on this
//! computer can use it, and announced to them by a file in the user's runtime folder.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::config::ServiceConfig;
use crate::connector::EmbeddedConnector;
use crate::service::{OpenError, Service};

/// The folder in the user's runtime folder where services are announced.
const ANNOUNCED: &str = "conclave";
/// The file that records the port, so that other profiles find it again.
const PORT_FILE: &str = "port";
/// Most announcements that are read.
const ANNOUNCED_MAX: usize = 64;
/// Largest announcement, in bytes.
const ANNOUNCEMENT_BYTES_MAX: u64 = 1024;
/// How long a service on this computer may take to accept a connection.
const ACCEPT_MS_MAX: u64 = 300;

/// Why the embedded service could not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The service did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Loopback can't be listened on, or the announcement can't be written.
    #[error("the service can't be offered on this computer: {0}")]
    Offer(#[from] io::Error),
}

/// A service that runs in this process. It stops when this is dropped.
#[derive(Debug)]
pub struct Embedded {
    service: Service,
    announcement: PathBuf,
    _stop: oneshot::Sender<()>,
}

impl Embedded {
    /// Opens the service in `folder`, listens on loopback on its previous port (or another if that is taken), and
    /// announces it in `runtime_dir` under `name`. Needs a tokio runtime.
    ///
    /// # Errors
    /// As [`EmbedError`] says; nothing is announced in that case.
    pub async fn start(folder: &Path, runtime_dir: &Path, name: &str) -> Result<Self, EmbedError> {
        let service = Service::open(ServiceConfig::directory(folder))?;
        let listener = listen(folder).await?;
        let port = listener.local_addr()?.port();
        fs::write(folder.join(PORT_FILE), port.to_string())?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = service.clone();
        tokio::spawn(async move {
            let shutdown = async {
                // An error means that the handle was dropped, which is the signal.
                let _ = stopped.await;
            };
            if let Err(error) = crate::serve(serving, listener, None, shutdown).await {
                tracing::error!(%error, "the service on this computer ended");
            }
        });
        let announcement = announce(runtime_dir, name, port, &service)?;
        Ok(Self { service, announcement, _stop: stop })
    }

    /// Connects to it within this process.
    #[must_use]
    pub fn connector(&self) -> EmbeddedConnector {
        self.service.connector()
    }

    /// Shuts it down: what was answered is on disk, and the folder is no longer in use.
    pub async fn end(self) {
        self.service.close().await;
    }

    /// The domain of the names enrolled here.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.service.domain()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // If it is left behind, clients notice that it is stale.
        let _ = fs::remove_file(&self.announcement);
    }
}

/// A service that another profile of this computer offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The offering profile's name.
    pub name: String,
    /// Its port on loopback.
    pub port: u16,
    /// The domain of the names enrolled there.
    pub domain: String,
}

/// The services announced in `runtime_dir` that accept connections now.
#[must_use]
pub fn announced(runtime_dir: &Path) -> Vec<Announced> {
    let Ok(files) = fs::read_dir(runtime_dir.join(ANNOUNCED)) else { return Vec::new() };
    let mut found: Vec<Announced> =
        files.take(ANNOUNCED_MAX).flatten().filter_map(|file| read(&file.path())).filter(accepts).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

async fn listen(folder: &Path) -> io::Result<TcpListener> {
    let kept = fs::read_to_string(folder.join(PORT_FILE)).ok().and_then(|text| text.trim().parse().ok());
    if let Some(port) = kept
        && let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
    {
        return Ok(listener);
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

fn announce(runtime_dir: &Path, name: &str, port: u16, service: &Service) -> io::Result<PathBuf> {
    let folder = runtime_dir.join(ANNOUNCED);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    let path = folder.join(format!("{}.service", service.domain()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    let key = hex::encode(service.service_key());
    write!(file, "name={name}\nport={port}\nservice_key={key}\ndomain={}\n", service.domain())?;
    Ok(path)
}

/// Reads an announcement; none if it is invalid.
fn read(path: &Path) -> Option<Announced> {
    if fs::metadata(path).ok()?.len() > ANNOUNCEMENT_BYTES_MAX {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let name = value("name").filter(|n| !n.is_empty() && n.len() <= 64)?;
    let port = value("port")?.parse().ok().filter(|p| *p != 0)?;
    Some(Announced { name: name.to_owned(), port, domain: value("domain")?.to_owned() })
}

fn accepts(announced: &Announced) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, announced.port));
    TcpStream::connect_timeout(&address, Duration::from_millis(ACCEPT_MS_MAX)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn others_find_it_while_it_runs() {
        let (data, runtime) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        assert_eq!(announced(runtime.path()), []);
        let embedded = Embedded::start(data.path(), runtime.path(), "alice").await.expect("it starts");
        let found = announced(runtime.path());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].domain.as_str()), ("alice", embedded.domain()));
        let port = found[0].port;
        embedded.end().await;
        assert_eq!(announced(runtime.path()), []);
        let kept: u16 =
            fs::read_to_string(data.path().join(PORT_FILE)).expect("kept").parse().expect("a port");
        assert_eq!(kept, port);
    }

    #[test]
    fn what_is_no_announcement_is_passed_over() {
        let runtime = tempfile::tempdir().expect("a folder");
        let folder = runtime.path().join(ANNOUNCED);
        fs::create_dir(&folder).expect("writable");
        for (name, text) in [
            ("empty", String::new()),
            ("no-port", "name=a\ndomain=b\n".to_owned()),
            ("bad-port", "name=a\nport=70000\ndomain=b\n".to_owned()),
            ("long", "x".repeat(4096)),
        ] {
            fs::write(folder.join(name), text).expect("writable");
        }
        assert_eq!(announced(runtime.path()), []);
    }
}
