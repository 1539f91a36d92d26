//! Tables of key packages.

use bytes::Bytes;
use conclave_protocol::{ClientUri, Timestamp, UserUri};

use super::{StorageError, Trimmed};

/// An uploaded key package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewKeyPackage {
    pub(crate) cipher_suite: u16,
    pub(crate) not_after: Timestamp,
    pub(crate) key_package: Bytes,
}

/// A stored key package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredKeyPackage {
    pub(crate) row: i64,
    pub(crate) key_package: Bytes,
}

/// Clients' key packages: those to hand out once, and a last-resort one per suite.
pub(crate) trait KeyPackageTables {
    /// Stores one to hand out once. Storing the same bytes again has no effect, even if they were handed out since.
    fn put_key_package(&self, client: &ClientUri, new: &NewKeyPackage) -> Result<(), StorageError>;
    /// Replaces the last-resort one of its suite.
    fn put_last_resort(&self, client: &ClientUri, new: &NewKeyPackage) -> Result<(), StorageError>;
    /// How many are stored, of one suite or of all, and whether there is a last-resort one.
    fn count_key_packages(
        &self,
        client: &ClientUri,
        suite: Option<u16>,
        now: Timestamp,
    ) -> Result<(usize, bool), StorageError>;
    /// The suites that a client has rows for.
    fn key_package_suites(&self, client: &ClientUri) -> Result<Vec<u16>, StorageError>;
    /// A user's devices that have unexpired ones, ordered by id.
    fn devices(&self, user: &UserUri, now: Timestamp) -> Result<Vec<ClientUri>, StorageError>;
    /// The oldest stored one of a suite.
    fn oldest_key_package(
        &self,
        client: &ClientUri,
        suite: u16,
        now: Timestamp,
    ) -> Result<Option<StoredKeyPackage>, StorageError>;
    /// Marks one as handed out: its bytes are deleted, its digest stays until it expires.
    fn hand_out(&self, row: i64) -> Result<(), StorageError>;
    /// The last-resort one of a suite.
    fn last_resort(
        &self,
        client: &ClientUri,
        suite: u16,
        now: Timestamp,
    ) -> Result<Option<StoredKeyPackage>, StorageError>;
    /// Removes all of a client's key packages, of either kind.
    fn withdraw_key_packages(&self, client: &ClientUri) -> Result<(), StorageError>;
    /// Deletes at most `limit` of each kind that expired before a time.
    fn trim_key_packages(&self, before: Timestamp, limit: usize) -> Result<Trimmed, StorageError>;
}
