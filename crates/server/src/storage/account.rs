//! Tables of the Authentication Service.

use bytes::Bytes;

use conclave_protocol::Handle;

use super::StorageError;

/// A name and the key it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAccount {
    pub(crate) identity_key: [u8; 32],
    /// DER.
    pub(crate) certificate: Bytes,
}

/// Accounts by name. No other service's table refers to them.
pub(crate) trait AccountTables {
    /// The account of a name.
    fn account(&self, name: &Handle) -> Result<Option<StoredAccount>, StorageError>;
    /// Sets the account of a name, or its certificate.
    fn put_account(&self, name: &Handle, account: &StoredAccount) -> Result<(), StorageError>;
}
