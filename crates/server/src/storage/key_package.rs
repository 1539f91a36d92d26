//! Tables of key packages.

use bytes::Bytes;
use conclave_protocol::{ClientUri, Timestamp, UserUri};

use super::{StorageError, Trimmed};

/// A key package as uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewKeyPackage {
    pub(crate) cipher_suite: u16,
    pub(crate) not_after: Timestamp,
    pub(crate) key_package: Bytes,
}

/// A key package at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredKeyPackage {
    pub(crate) row: i64,
    pub(crate) key_package: Bytes,
}

/// Key packages of clients: those to be handed out once, and per suite a last-resort one.
pub(crate) trait KeyPackageTables {
    /// Stores one to be handed out once. The same bytes again change nothing, even when they were handed out since.
    fn put_key_package(&self, client: &ClientUri, new: &NewKeyPackage) -> Result<(), StorageError>;
    /// Replaces the last-resort one of its suite.
    fn put_last_resort(&self, client: &ClientUri, new: &NewKeyPackage) -> Result<(), StorageError>;
    /// How many are at hand, of one suite or of all, and whether a last-resort one is.
    fn count_key_packages(
        &self,
        client: &ClientUri,
        suite: Option<u16>,
        now: Timestamp,
    ) -> Result<(usize, bool), StorageError>;
    /// The suites a client has rows of.
    fn key_package_suites(&self, client: &ClientUri) -> Result<Vec<u16>, StorageError>;
    /// The devices of a user that have any that have not expired, in the order of their ids.
    fn devices(&self, user: &UserUri, now: Timestamp) -> Result<Vec<ClientUri>, StorageError>;
    /// The oldest one at hand of a suite.
    fn oldest_key_package(
        &self,
        client: &ClientUri,
        suite: u16,
        now: Timestamp,
    ) -> Result<Option<StoredKeyPackage>, StorageError>;
    /// Marks one as handed out: its bytes go, its digest stays until it expires.
    fn hand_out(&self, row: i64) -> Result<(), StorageError>;
    /// The last-resort one of a suite.
    fn last_resort(
        &self,
        client: &ClientUri,
        suite: u16,
        now: Timestamp,
    ) -> Result<Option<StoredKeyPackage>, StorageError>;
    /// None of a client's is at hand any more, of either kind.
    fn withdraw_key_packages(&self, client: &ClientUri) -> Result<(), StorageError>;
    /// Deletes at most `limit` of either kind that expired before a time.
    fn trim_key_packages(&self, before: Timestamp, limit: usize) -> Result<Trimmed, StorageError>;
}
