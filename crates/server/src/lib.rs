//! The Delivery Service and the Authentication Service.
//!
//! One library, so that the desktop app embeds what a team runs as `conclave-server`: a [`Service`] on a storage,
//! reached in process through an [`EmbeddedConnector`] or over the network through [`serve`]. The protocol is described
//! in `docs/protocol.md`, running a server in `docs/operations.md`.

mod authentication;
mod budget;
mod clock;
mod config;
mod connection;
mod connector;
mod delivery;
pub mod embedded;
mod health;
mod kept_quotas;
mod keys;
mod limits;
mod listener;
mod metrics;
pub mod operate;
mod publisher;
mod quota;
mod refusal;
mod service;
mod shared;
mod storage;

pub use clock::{Clock, SystemClock, TokioClock};
pub use config::{Executor, ServiceConfig, StorageConfig};
pub use connector::EmbeddedConnector;
pub use limits::{Allowance, Limits};
pub use listener::{ServeError, TlsConfig, TlsError, serve, serve_metrics};
pub use service::{OpenError, Service};
