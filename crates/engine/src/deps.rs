//! What every actor of an open account shares.

use std::fmt;
use std::sync::Arc;

use conclave_delivery::RemoteService;
use conclave_group::credential::Identities;
use conclave_protocol::certificate::Certificate;
use conclave_protocol::clock::Clock;
use conclave_protocol::{ClientUri, Timestamp};
use conclave_record::KeyHandle;
use conclave_vault::KeyRing;

use crate::bus::EventBus;
use crate::connection::ConnectionState;
use crate::executor::{Executor, StoreHandle, VaultHandle};
use crate::housekeeping::Housekeeping;
use crate::ids::IdSource;
use crate::keys::RingSigner;
use crate::live::LiveStates;

/// What every actor of an open account shares. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Deps {
    pub(crate) store: StoreHandle,
    pub(crate) vault: VaultHandle,
    pub(crate) ring: KeyRing,
    pub(crate) signer: Arc<RingSigner>,
    pub(crate) identities: Identities,
    pub(crate) executor: Executor,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: IdSource,
    pub(crate) bus: EventBus,
    pub(crate) service: Arc<RemoteService>,
    pub(crate) live: LiveStates,
    pub(crate) connection: ConnectionState,
    pub(crate) housekeeping: Housekeeping,
    pub(crate) me: Arc<Me>,
}

/// The account's own client.
#[derive(Debug)]
pub(crate) struct Me {
    pub(crate) client: ClientUri,
    pub(crate) device_handle: KeyHandle,
    pub(crate) device: Certificate,
    pub(crate) identity: Certificate,
}

impl Deps {
    /// The service's time if it is known, else the local clock's. What other clients validate (lifetimes, certificates)
    /// uses this time.
    pub(crate) fn now(&self) -> Timestamp {
        self.service.service_time().unwrap_or_else(|| self.clock.now())
    }

    /// What a group's machine needs from outside.
    pub(crate) fn env(&self) -> conclave_group::Env {
        let ids = self.ids.clone();
        conclave_group::Env {
            signer: Arc::<RingSigner>::clone(&self.signer),
            identities: self.identities.clone(),
            random: Box::new(move |bytes| ids.fill(bytes)),
        }
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps").field("me", &self.me).finish_non_exhaustive()
    }
}
