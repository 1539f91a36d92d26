//! The services as clients meet them: real frames over the in-process connector under paused time, and over sockets.
#![allow(clippy::unwrap_used)]

mod client;
mod logs;
