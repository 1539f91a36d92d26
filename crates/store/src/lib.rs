//! The client's encrypted store: SQLCipher, one writer, a few readers.
//!
//! [`Store::write`] and [`Store::write_batch`] change things, through [`Tx`]; [`Store::read`] reads, through [`View`].
//! Every change is part of one durable transaction; every value that is read is checked. The crate is synchronous: the
//! caller decides which thread waits. Only this crate touches the client's SQL.

mod byte_list;
mod change;
mod chunk;
mod connection;
mod erase;
mod error;
mod guard;
pub mod inspect;
mod key;
mod open;
mod query;
mod readers;
mod row;
mod schema;
mod sql;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests;
mod tx;

pub use change::{HELD_UNKNOWN_WELCOMES_MAX, HELD_WELCOMES_MAX};
pub use erase::erase;
pub use error::{DiskFault, Error, Missing, OpenError};
pub use key::StoreKey;
pub use query::View;
pub use readers::{READ_TIME_MAX, READERS_MAX};
pub use row::*;
pub use store::{BatchWrite, Store};
pub use tx::Tx;
