//! The Delivery Service (RFC 9750 §5): group logs, inboxes, key packages, blobs.
//!
//! Each rule is a function over the tables of one transaction: it looks first and writes last, and where it refuses
//! nothing of it is kept. It knows access keys and inbox ids, never members.

pub(crate) mod access;
pub(crate) mod access_keys;
pub(crate) mod blobs;
pub(crate) mod commit;
pub(crate) mod entry;
pub(crate) mod hub;
pub(crate) mod inbox;
pub(crate) mod key_packages;
pub(crate) mod read;
pub(crate) mod sweep;
