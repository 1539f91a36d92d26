//! The present state of the connection, for all who need it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::api::Connection;

/// The present state of the connection. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionState(Arc<Mutex<Connection>>);

impl ConnectionState {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Connection::Connecting)))
    }

    pub(crate) fn get(&self) -> Connection {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, state: Connection) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
