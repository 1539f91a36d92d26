//! The services as clients meet them: real frames over the in-process connector under paused time, and over sockets.
#![allow(clippy::unwrap_used)]

mod accounts;
mod binary;
mod client;
mod documented;
mod folder;
mod hostile;
mod inboxes;
mod key_packages;
mod limits;
mod logs;
mod operating;
mod program;
mod proxies;
mod raw;
mod restarts;
mod socket;
mod sockets;
mod stored;
mod strangers;
