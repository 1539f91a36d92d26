//! Names of vault items. They are used in keychain attributes, target names and a file, so the alphabet is what every
//! backend accepts without quoting.

use std::fmt;
use std::str::FromStr;

/// Longest item name, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// The name of a secret, also called its *handle*: `[a-z0-9./-]{1,128}`, for example `group/3f2a/leaf`.
/// A handle is not secret; it may be stored and logged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemName(String);

/// A text that is not a valid name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a name: {0}")]
pub struct BadName(pub(crate) &'static str);

impl ItemName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`BadName`] if it is empty, longer than 128 bytes, or has a character outside `[a-z0-9./-]`.
    pub fn new(text: &str) -> Result<Self, BadName> {
        check(text, NAME_BYTES_MAX, b"./-")?;
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shared by item and profile names: lower-case letters, digits and `extra`, one to `bytes_max` bytes.
pub(crate) fn check(text: &str, bytes_max: usize, extra: &[u8]) -> Result<(), BadName> {
    if text.is_empty() {
        return Err(BadName("it is empty"));
    }
    if text.len() > bytes_max {
        return Err(BadName("it is too long"));
    }
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || extra.contains(&b);
    if text.bytes().all(fits) { Ok(()) } else { Err(BadName("it has a character that is not allowed")) }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemName({})", self.0)
    }
}

impl AsRef<str> for ItemName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ItemName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_and_the_length_are_enforced() {
        let longest = "a".repeat(NAME_BYTES_MAX);
        for good in ["a", "store.key", "group/00ff/leaf-1", "-", longest.as_str()] {
            assert_eq!(ItemName::new(good).expect("a valid name").as_str(), good);
        }
        let too_long = "a".repeat(NAME_BYTES_MAX + 1);
        for bad in ["", "A", "a b", "a_b", "ä", "a\0", "a\n", too_long.as_str()] {
            assert!(ItemName::new(bad).is_err(), "{bad:?} was taken");
        }
    }
}
