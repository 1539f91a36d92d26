//! What services one person finds, and how they are reached: all lead to the world's one, unless a test has it otherwise.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conclave_engine::Services;
use conclave_engine::api::{Error, Service as Where, ServiceOffer};
use conclave_protocol::ServiceAddress;
use conclave_protocol::link::{ConnectError, ConnectionKind, Connector, Link};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::network::Network;
use crate::world::DOMAIN;

/// The domain of services of other profiles.
const NEARBY_DOMAIN: &str = "quay.local";

/// What one person finds. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    /// Other profiles of this computer that run a service.
    nearby: Vec<String>,
    /// Hosts that can't be reached, and why.
    unwilling: BTreeMap<String, ConnectError>,
}

impl Directory {
    /// These profiles of the same computer run a service now.
    pub fn has_nearby(&self, names: Vec<String>) {
        self.found().nearby = names;
    }

    /// Nobody gets through to this host, for this reason.
    pub fn is_unwilling(&self, host: &str, why: ConnectError) {
        self.found().unwilling.insert(host.to_owned(), why);
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way of one person to services.
#[derive(Debug)]
pub(crate) struct Reach {
    directory: Directory,
    network: Network,
}

impl Reach {
    pub(crate) fn new(directory: Directory, network: Network) -> Self {
        Self { directory, network }
    }
}

impl Services for Reach {
    fn offers(&self) -> Vec<ServiceOffer> {
        let own = ServiceOffer { service: Where::Own, domain: Some(DOMAIN.to_owned()) };
        let nearby = self.directory.found().nearby.clone().into_iter().map(|name| ServiceOffer {
            service: Where::Local { name },
            domain: Some(NEARBY_DOMAIN.to_owned()),
        });
        std::iter::once(own).chain(nearby).collect()
    }

    fn connector(&self, service: &Where) -> BoxFuture<'static, Result<Arc<dyn Connector>, Error>> {
        let why = match service {
            Where::Server { url } => url
                .parse::<ServiceAddress>()
                .ok()
                .and_then(|address| self.directory.found().unwilling.get(address.host()).cloned()),
            Where::Own | Where::Local { .. } => None,
        };
        let connector: Arc<dyn Connector> = match why {
            Some(why) => Arc::new(Unwilling(why)),
            None => Arc::new(self.network.clone()),
        };
        async move { Ok(connector) }.boxed()
    }
}

/// A host that nobody gets through to.
#[derive(Debug)]
struct Unwilling(ConnectError);

impl Connector for Unwilling {
    fn connect(&self, _: ConnectionKind) -> BoxFuture<'static, Result<Link, ConnectError>> {
        std::future::ready(Err(self.0.clone())).boxed()
    }
}
