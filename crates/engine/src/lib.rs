//! The engine: actors for account, groups and sync, behind one facade.
//!
//! [`Engine`] is all that the shell, the tests and the tools use: commands, paged queries and one event stream. Its
//! data types are in [`api`].

mod account;
pub mod api;
mod backoff;
mod bus;
mod config;
mod connection;
mod deps;
mod executor;
mod facade;
mod group;
mod housekeeping;
mod ids;
mod keychain_items;
mod keys;
mod live;
mod new_membership;
mod registry;
mod runtime;
mod sweep;
mod sync;
mod timer;

pub use bus::{Events, Received};
pub use config::{EngineConfig, Services};
pub use executor::{Executor, StoreAccess, StoreFaults, StoreTrouble};
pub use facade::{Engine, STORE_FILE};
pub use ids::IdSource;
