//! The Delivery Service and the Authentication Service.
//!
//! One library, so that the desktop app embeds what a team runs as `conclave-server`: a [`Service`] over a storage,
//! reached in-process through an [`EmbeddedConnector`] or over the network through [`serve`].
//! What is said on a connection is in `docs/protocol.md`, how to run a server in `docs/operations.md`.

mod clock;
mod config;
mod connector;
mod limits;
mod service;

pub use clock::{Clock, SystemClock, TokioClock};
pub use config::{Executor, ServiceConfig, StorageConfig};
pub use connector::EmbeddedConnector;
pub use limits::Limits;
pub use service::{OpenError, Service};
