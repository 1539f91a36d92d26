//! The Delivery Service (RFC 9750 §5): group logs, inboxes, key packages, blobs.
//!
//! Each rule is a function over the tables of one transaction: it reads first and writes last, and a refusal leaves no
//! trace. It knows access keys and inbox ids, never members.

pub(crate) mod access;
pub(crate) mod access_keys;
pub(crate) mod blobs;
pub(crate) mod commit;
pub(crate) mod entry;
mod framing;
pub(crate) mod hub;
pub(crate) mod inbox;
pub(crate) mod key_packages;
pub(crate) mod read;
pub(crate) mod sweep;

use crate::limits::Limits;
use crate::storage::{StorageError, Tables};

/// Whether there is room for this many bytes besides the reserve, which is for commits and accounts.
fn beside_reserve(tables: &dyn Tables, limits: &Limits, bytes: usize) -> Result<(), StorageError> {
    let needed = limits.reserve().saturating_add(bytes as u64);
    if tables.room()? < needed { Err(StorageError::Full) } else { Ok(()) }
}
