//! The names of this app's items in the keychain. A profile that exists has its items under these names.

/// The identity key: the user.
pub(crate) const IDENTITY: &str = "account/identity";
/// The device key: this client.
pub(crate) const DEVICE: &str = "account/device";
/// The store's key.
pub(crate) const STORE: &str = "store/key";
/// Leaf keys, each with a random number after it.
pub(crate) const LEAF_PREFIX: &str = "leaf/";
