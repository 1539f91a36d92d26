//! The client's side of the services: what a Delivery Service and an Authentication Service are to it, and the
//! implementation that speaks docs/protocol.md over any [`Connector`](conclave_protocol::link::Connector).
//!
//! Nothing else in a client touches the network. This crate knows no group state and no retry policy: a call either
//! has an answer or says why not, and who calls decides what to do next.

mod access;
mod error;
mod liveness;
mod remote;
mod service;
mod session;
mod websocket;

pub use access::AccessKey;
pub use error::ServiceError;
pub use remote::{ClientAuthentication, RemoteService, Sign};
pub use service::{
    AuthenticationService, Claimed, CommitSubmission, DeliveryService, InboxEntry, InboxPage,
    KeyPackageUpload, LogPage, Pins, Push, ReadFrom, ServiceIdentity, SubmitOutcome, WelcomeDelivery,
};
pub use websocket::WebSocketConnector;
