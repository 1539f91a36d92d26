//! Both services over connections of docs/protocol.md.

mod authentication;
mod delivery;
mod open;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conclave_protocol::Timestamp;
use conclave_protocol::link::Connector;
use tokio::time::Instant;

use crate::error::ServiceError;
use crate::received::number;
use crate::service::{Pins, ServiceIdentity};
use crate::session::Session;

/// Signs with a key that is held elsewhere; none where that key is not loaded.
pub type Sign = Arc<dyn Fn(&[u8]) -> Option<[u8; 64]> + Send + Sync>;

/// How a client authenticates an identified connection.
#[derive(Clone)]
pub struct ClientAuthentication {
    /// DER.
    pub device_certificate: Bytes,
    /// DER.
    pub identity_certificate: Bytes,
    /// Signs with the device key.
    pub sign: Sign,
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAuthentication")
    }
}

/// A connection with what its Hello settled.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    session: Session,
    nonce: [u8; 32],
    identity: ServiceIdentity,
}

/// Both services of one address, over an identified and an anonymous connection.
#[derive(Debug)]
pub struct RemoteService {
    connector: Arc<dyn Connector>,
    pins: Pins,
    client: Option<ClientAuthentication>,
    identified: Mutex<Option<Opened>>,
    anonymous: Mutex<Option<Opened>>,
    /// What the service's clock showed at the last opening, and when that was.
    clock: Mutex<Option<(Timestamp, Instant)>>,
}

impl RemoteService {
    /// The services behind `connector`. Without `client`, only the Authentication Service can be used.
    #[must_use]
    pub fn new(connector: Arc<dyn Connector>, pins: Pins, client: Option<ClientAuthentication>) -> Self {
        Self {
            connector,
            pins,
            client,
            identified: Mutex::default(),
            anonymous: Mutex::default(),
            clock: Mutex::default(),
        }
    }

    /// The service's time, as known since the last opening of a connection. Log entries are stamped by it. None before the
    /// first connection.
    #[must_use]
    pub fn service_time(&self) -> Option<Timestamp> {
        let (shown, at) = (*self.clock.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(shown.plus_ms(u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX)))
    }

    fn note_time(&self, now_ms: u64) -> Result<(), ServiceError> {
        let noted = Some((Timestamp(number(now_ms)?), Instant::now()));
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = noted;
        Ok(())
    }

    fn identified(&self) -> Result<Opened, ServiceError> {
        held(&self.identified).ok_or(ServiceError::Unreachable)
    }

    fn anonymous(&self) -> Result<Opened, ServiceError> {
        held(&self.anonymous).ok_or(ServiceError::Unreachable)
    }
}

fn held(slot: &Mutex<Option<Opened>>) -> Option<Opened> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn hold(slot: &Mutex<Option<Opened>>, opened: Option<Opened>) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = opened;
}
