//! A whole world in one process: people with their engines, one service, and a network between them that can be as
//! bad as it gets. Time is virtual, randomness is seeded, and nothing sleeps for real.
//!
//! [`story`] runs a scenario; [`World`] and [`Person`] are what it is told with; [`oracle`] says what must hold after
//! each.

pub mod network;
pub mod oracle;
mod world;

pub use world::{Person, World, story};
