//! What a transaction can change, one file per subject.

mod account;
mod apply;
mod arrangement;
mod draft;
mod generation;
mod group;
mod intent;
mod intent_state;
mod membership;
mod message;
mod name;
mod roster;
mod sent;
mod set_back;
mod state;
mod submission;
mod timeline;
mod tree;
mod welcome;

pub(crate) use timeline::{PENDING_FROM, PLACES_BITS};
pub use welcome::{HELD_UNKNOWN_WELCOMES_MAX, HELD_WELCOMES_MAX};
