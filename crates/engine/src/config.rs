//! What an engine is opened with, and its seam to the services.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use conclave_protocol::clock::{Clock, SystemClock};
use conclave_protocol::link::Connector;
use conclave_vault::Vault;
use futures::future::BoxFuture;

use crate::api::{Error, Service, ServiceOffer};
use crate::executor::{Executor, StoreFaults};
use crate::ids::IdSource;

/// What an engine is opened with.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The profile's folder: the store and its lock are in it.
    pub data_dir: PathBuf,
    /// Stores this profile's secrets.
    pub vault: Arc<dyn Vault>,
    /// How services are found and reached.
    pub services: Arc<dyn Services>,
    /// The local clock.
    pub clock: Arc<dyn Clock>,
    /// Ids, salts and jitter.
    pub ids: IdSource,
    /// `Threads`: actors, store and vault on their own threads. `Inline`: everything on the calling task's
    /// `LocalSet`, for tests under paused time.
    pub executor: Executor,
    /// Faults that a test injects into this profile's store; none in the app.
    pub store_faults: Option<Arc<dyn StoreFaults>>,
}

impl EngineConfig {
    /// An engine with the system clock and its own threads.
    #[must_use]
    pub fn new(data_dir: PathBuf, vault: Arc<dyn Vault>, services: Arc<dyn Services>) -> Self {
        let (clock, ids) = (Arc::new(SystemClock), IdSource::from_os());
        Self { data_dir, vault, services, clock, ids, executor: Executor::Threads, store_faults: None }
    }
}

/// How services are found and reached. The app embeds one, finds those of other profiles, and connects by WebSocket;
/// a test has its network in the same process.
pub trait Services: Send + Sync + fmt::Debug {
    /// The services that the first run offers.
    fn offers(&self) -> Vec<ServiceOffer>;

    /// A connector to a service; starts the service if it is this profile's own.
    fn connector(&self, service: &Service) -> BoxFuture<'static, Result<Arc<dyn Connector>, Error>>;

    /// Stops this profile's own service, if there is one, and deletes its data.
    fn discard_own(&self) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
