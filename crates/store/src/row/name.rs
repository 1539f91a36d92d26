use std::collections::BTreeMap;

use conclave_protocol::{PersonName, UserUri};

/// What people of a group call themselves.
pub type Names = BTreeMap<UserUri, KnownName>;

/// A name as its owner last sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownName {
    pub name: PersonName,
    /// Somebody else in the group has a name or a login that looks alike.
    pub alike: bool,
}
