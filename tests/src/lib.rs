//! A whole world in one process: people with their engines, one service, and a network between them that can be as
//! bad as it gets. Time is virtual, randomness is seeded, and nothing sleeps for real.
//!
//! [`story`] runs a scenario; [`World`] and [`Person`] are what it is told with; [`oracle`] says what must hold after
//! each; [`hostile`] is what a service can do that does not mean well, [`lawless`] a member, and [`impostor`] anybody.

mod device;
mod disk;
pub mod hostile;
pub mod impostor;
pub mod lawless;
pub mod network;
pub mod oracle;
mod person;
mod world;

pub use disk::Disk;
pub use person::Person;
pub use world::{DAY_MS, Setup, World, WorldClock, story, story_with};
