//! An attack on the real program, and its measured effect.

pub(crate) mod attack;
mod bystander;
pub(crate) mod figures;
pub(crate) mod hostile;
mod line;
mod person;
mod uninvolved;
mod watching;
