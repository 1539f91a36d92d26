//! Stories of people, through the real actors.
#![allow(clippy::unwrap_used)]

mod conversation;
mod leaving;
mod racing;
mod renaming;
