//! Finds and connects to services: the app's own in-process one, those of other profiles, and servers.

use std::path::PathBuf;
use std::sync::Arc;

use conclave_delivery::WebSocketConnector;
use conclave_engine::Services;
use conclave_engine::api::{Error, Service, ServiceOffer};
use conclave_protocol::link::{ConnectError, ConnectionKind, Connector, Link};
use conclave_server::OpenError;
use conclave_server::embedded::{Announced, EmbedError, Embedded, announced};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::Mutex;

/// The services of one profile.
#[derive(Debug, Clone)]
pub(crate) struct AppServices {
    /// The folder of this profile's own service.
    folder: PathBuf,
    /// Where the services of this user's profiles are announced.
    runtime_dir: PathBuf,
    /// The name under which this profile's service is announced.
    name: String,
    own: Arc<Mutex<Option<Embedded>>>,
}

impl AppServices {
    pub(crate) fn new(folder: PathBuf, runtime_dir: PathBuf, name: String) -> Self {
        Self { folder, runtime_dir, name, own: Arc::default() }
    }

    async fn own(self) -> Result<Arc<dyn Connector>, Error> {
        let mut own = self.own.lock().await;
        if let Some(embedded) = &*own {
            return Ok(Arc::new(embedded.connector()));
        }
        let embedded =
            Embedded::start(&self.folder, &self.runtime_dir, &self.name).await.map_err(|error| {
                tracing::error!(%error, "this profile's own service did not start");
                match error {
                    EmbedError::Open(OpenError::Folder(_)) | EmbedError::Offer(_) => Error::DiskUnavailable,
                    EmbedError::Open(_) => Error::ServiceUnreachable,
                }
            })?;
        let connector = embedded.connector();
        *own = Some(embedded);
        Ok(Arc::new(connector))
    }

    async fn discard(self) -> Result<(), Error> {
        // Held until the folder is deleted, so that nobody starts it meanwhile.
        let mut own = self.own.lock().await;
        if let Some(embedded) = own.take() {
            embedded.end().await;
        }
        let folder = self.folder.clone();
        match tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!(kind = ?error.kind(), "this profile's own service was not deleted");
                Err(Error::DiskUnavailable)
            }
            Err(_) => Err(Error::Closing),
        }
    }
}

impl Services for AppServices {
    fn offers(&self) -> Vec<ServiceOffer> {
        let local =
            |a: Announced| ServiceOffer { service: Service::Local { name: a.name }, domain: Some(a.domain) };
        let own = ServiceOffer { service: Service::Own, domain: None };
        std::iter::once(own).chain(announced(&self.runtime_dir).into_iter().map(local)).collect()
    }

    fn connector(&self, service: &Service) -> BoxFuture<'static, Result<Arc<dyn Connector>, Error>> {
        match service {
            Service::Own => self.clone().own().boxed(),
            Service::Local { name } => {
                let local = LocalConnector { runtime_dir: self.runtime_dir.clone(), name: name.clone() };
                async move { Ok(Arc::new(local) as Arc<dyn Connector>) }.boxed()
            }
            Service::Server { url } => {
                let server = WebSocketConnector::new(url).map_err(|_| Error::BadServiceUrl);
                async move { Ok(Arc::new(server?) as Arc<dyn Connector>) }.boxed()
            }
        }
    }

    fn discard_own(&self) -> BoxFuture<'static, Result<(), Error>> {
        self.clone().discard().boxed()
    }
}

/// Looks up another profile's service for each connection: its port may have changed.
#[derive(Debug, Clone)]
struct LocalConnector {
    runtime_dir: PathBuf,
    name: String,
}

impl Connector for LocalConnector {
    fn connect(&self, kind: ConnectionKind) -> BoxFuture<'static, Result<Link, ConnectError>> {
        let Self { runtime_dir, name } = self.clone();
        async move {
            let find = move || announced(&runtime_dir).into_iter().find(|a| a.name == name);
            let found = tokio::task::spawn_blocking(find).await.ok().flatten();
            let port = found.ok_or(ConnectError::Unreachable)?.port;
            WebSocketConnector::new(&format!("http://127.0.0.1:{port}"))?.connect(kind).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_that_is_discarded_leaves_nothing_and_is_found_by_nobody() {
        let (data, runtime) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let folder = data.path().join("service");
        let services = |folder: PathBuf, name: &str| {
            AppServices::new(folder, runtime.path().to_owned(), name.to_owned())
        };
        let (alice, bob) = (services(folder.clone(), "alice"), services(data.path().join("other"), "bob"));
        alice.connector(&Service::Own).await.expect("it starts");
        let found = bob.offers().into_iter().map(|offer| offer.service).collect::<Vec<_>>();
        assert_eq!(found, [Service::Own, Service::Local { name: "alice".to_owned() }]);
        assert!(folder.exists());
        alice.discard_own().await.expect("it is deleted");
        assert!(!folder.exists());
        assert_eq!(bob.offers().len(), 1);
        alice.discard_own().await.expect("where there is none there is nothing to do");
        alice.connector(&Service::Own).await.expect("a new one starts");
        assert!(folder.exists());
    }
}
