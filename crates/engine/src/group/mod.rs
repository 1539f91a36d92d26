//! One actor per group: the only owner of the group's MLS state.

mod actor;
mod core;
mod fault;
mod log_place;
mod notify;
mod publish;
mod step;

pub(crate) use actor::{GroupActor, GroupStart, Look, Retire};
