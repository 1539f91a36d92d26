//! What a person may be in a group.

use mls_rs_codec::{MlsDecode, MlsEncode, MlsSize};

/// A person's role, from the least to the most.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, MlsSize, MlsEncode, MlsDecode,
)]
#[repr(u8)]
pub enum Role {
    /// Reads and writes.
    #[default]
    Member = 0,
    /// Adds, removes and renames.
    Admin = 1,
    /// Decides on roles and policy as well.
    Owner = 2,
}

impl Role {
    /// From its number in stored rows.
    #[must_use]
    pub const fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Member),
            1 => Some(Self::Admin),
            2 => Some(Self::Owner),
            _ => None,
        }
    }
}
