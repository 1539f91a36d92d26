//! Stories of several clients around one log.
#![allow(clippy::unwrap_used)]

mod admission;
mod basics;
mod client;
mod durability;
mod forge;
mod keys;
mod leaving;
mod lifetimes;
mod profiles;
mod races;
mod random;
mod removals;
mod service;
mod set_back;
mod store;
mod waiting;
mod worked_examples;
mod world;
