//! Allowances in use, kept over a restart.

use conclave_protocol::Timestamp;

use super::StorageError;

/// Whose allowance of what, as nobody can read who does not have the service's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AllowanceTag {
    /// Of what: `KeptKind` as a number.
    pub(crate) kind: u8,
    pub(crate) tag: [u8; 16],
}

/// An allowance of which some is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredAllowance {
    pub(crate) tag: AllowanceTag,
    /// When it is whole again; kept in whole seconds.
    pub(crate) full_at: Timestamp,
}

/// The allowances in use.
pub(crate) trait AllowanceTables {
    /// At most so many, those first that take longest to be whole again.
    fn allowances(&self, most: usize) -> Result<Vec<StoredAllowance>, StorageError>;
    /// Keeps these in place of what was kept of the same, and deletes some that are whole by now.
    fn put_allowances(&self, changed: &[StoredAllowance], now: Timestamp) -> Result<(), StorageError>;
}
