//! Bytes that must not be printed, and are wiped after use.

use std::fmt;

use zeroize::Zeroizing;

use crate::VaultError;

/// Secret bytes: wiped when dropped, never printed. Not `Clone`: a second copy should be a decision.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the bytes; they are wiped when the secret is dropped.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// `length` bytes from the system's random source.
    ///
    /// # Errors
    /// [`VaultError::Random`] if that fails.
    pub fn random(length: usize) -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        fill_random(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes. Do not keep copies of them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|e| VaultError::Random(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new(b"hunter2".to_vec())), "Secret(..)");
    }

    #[test]
    fn random_secrets_have_their_length_and_differ() {
        let (a, b) = (Secret::random(32).expect("randomness"), Secret::random(32).expect("randomness"));
        assert_eq!(a.expose().len(), 32);
        assert_ne!(a.expose(), b.expose());
    }
}
