//! Stories of people, through the real actors.
#![allow(clippy::unwrap_used)]

mod conversation;
mod hostile;
mod lagging;
mod leaving;
mod messages;
mod outages;
mod profile;
mod racing;
mod renaming;
mod restarts;
mod rules;
