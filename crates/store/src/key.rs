//! The key of a store.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The raw 256-bit key of a store; wiped when dropped, never printed. It comes from the vault and is used without
/// stretching.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// Wraps 32 bytes of a secure random source.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The statement that unlocks a connection (SQLCipher's raw key form).
    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        let mut digits = Zeroizing::new([0_u8; 64]);
        hex::encode_to_slice(self.0, digits.as_mut_slice()).expect("64 digits for 32 bytes");
        let digits = std::str::from_utf8(digits.as_slice()).expect("hex digits are ASCII");
        Zeroizing::new(format!("PRAGMA key = \"x'{digits}'\""))
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey")
    }
}
