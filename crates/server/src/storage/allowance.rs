//! Allowances in use, kept across a restart.

use conclave_protocol::Timestamp;

use super::StorageError;

/// Identifies an allowance and its owner; unreadable without the service's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AllowanceTag {
    /// The kind: `KeptKind` as a number.
    pub(crate) kind: u8,
    pub(crate) tag: [u8; 16],
}

/// An allowance that is partly used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredAllowance {
    pub(crate) tag: AllowanceTag,
    /// When it is full again; stored in whole seconds.
    pub(crate) full_at: Timestamp,
}

/// The allowances in use.
pub(crate) trait AllowanceTables {
    /// At most this many, those first that take longest to refill.
    fn allowances(&self, most: usize) -> Result<Vec<StoredAllowance>, StorageError>;
    /// Replaces the records of these, and deletes some that are full by now.
    fn put_allowances(&self, changed: &[StoredAllowance], now: Timestamp) -> Result<(), StorageError>;
}
