//! A whole world in one process: people with their engines, one service, and a network between them with all kinds of
//! faults. Time is virtual, randomness is seeded, and nothing really sleeps.
//!
//! [`story`] runs a scenario on [`World`] and [`Person`]; [`oracle`] checks what must hold after each. [`hostile`] is
//! what a malicious service can do, [`lawless`] a member, and [`impostor`] anybody. [`bridge`] puts the page's
//! tests in such a world.

pub mod bridge;
mod device;
mod directory;
mod disk;
pub mod hostile;
pub mod impostor;
pub mod lawless;
pub mod network;
pub mod oracle;
mod person;
mod world;

pub use directory::Directory;
pub use disk::Disk;
pub use person::Person;
pub use world::{DAY_MS, Kept, Setup, World, WorldClock, story, story_with};
