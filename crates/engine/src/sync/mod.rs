//! Everything between groups and the Delivery Service: the connections with their backoff, a feed for each group's log,
//! and the outbox of submissions under way.
//!
//! A frame from the service waits in two queues at most: the link's, and that of pushes, which both connections share.
//! Between them is the task of the connection; after them the one in `connection`, which hands pushes to the actor. The
//! actor itself never waits: each call to the service is a task that answers by message, so a slow service blocks nothing.

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
