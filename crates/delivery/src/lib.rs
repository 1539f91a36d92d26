//! The client's side of the services: [`RemoteService`] speaks docs/protocol.md over any
//! [`Connector`](conclave_protocol::link::Connector).
//!
//! Nothing else in a client touches the network. This crate knows no group state and never retries: a call returns an
//! answer, or an error that says why there is none, and the caller decides what to do next.

mod access;
mod error;
mod liveness;
mod received;
mod remote;
mod service;
mod session;
mod websocket;

pub use access::AccessKey;
pub use error::ServiceError;
pub use remote::{ClientAuthentication, RemoteService, Sign};
pub use service::{
    Claimed, CommitSubmission, InboxEntry, InboxPage, KeyPackageUpload, LogPage, Pins, Push, ServiceIdentity,
    WelcomeDelivery,
};
pub use websocket::WebSocketConnector;
