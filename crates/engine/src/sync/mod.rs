//! Everything between this client and the Delivery Service: the connections with their backoff, a feed per group log,
//! and the outbox of submissions under way. Nobody else talks to it.
//!
//! The actor itself never waits: each call to the service is a task of its own that answers by message, so a slow
//! service holds up nothing.

mod actor;
mod connection;
mod feed;
mod marks;
mod message;
mod place;
mod set_back;

pub(crate) use actor::{SyncActor, SyncStart};
pub(crate) use marks::Mark;
pub(crate) use message::{
    Attach, Connect, ConnectionChanged, Delivered, Detach, Follow, InboxArrived, Keys, LogBatch, Progress,
    Reconnect, SetBack, Submit, WantHead,
};
pub(crate) use place::Place;
