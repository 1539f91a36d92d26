//! The client's encrypted store.
mod code;
mod error;
mod row;
pub use error::{DiskFault, Error, OpenError};
pub use row::*;
