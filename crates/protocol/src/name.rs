//! Names that people give themselves and groups: cleaned by one rule when they are entered, and whenever they are
//! received. Invisible characters are not part of a name: they could make two names look the same, or reverse the
//! sentence around them.

mod alike;
mod letters;
#[cfg(test)]
mod tests;

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;

pub use alike::alike_key;
use letters::{is_hidden, is_joiner, is_selector};

use crate::limits;

/// A person's name.
pub type PersonName = Name<{ limits::PERSON_NAME_LETTERS_MAX }, { limits::PERSON_NAME_BYTES_MAX }>;
/// A group's name.
pub type GroupName = Name<{ limits::GROUP_NAME_LETTERS_MAX }, { limits::GROUP_NAME_BYTES_MAX }>;

/// Most marks on one letter: more than any script has, Tibetan and pointed Hebrew included.
const MARKS_MAX: usize = 8;
/// Names longer than this before cleaning are not processed.
const UNCLEANED_BYTES_MAX: usize = 8 << 10;

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing of it is visible.
    #[error("the name is empty")]
    Empty,
    /// More letters than this, or more marks than this many letters have.
    #[error("the name has more than {max} letters")]
    TooLong {
        /// Most letters.
        max: usize,
    },
}

/// A name that can be displayed: without controls, direction marks or other invisible characters; composed (NFC);
/// single spaces within and none around.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<const LETTERS: usize, const BYTES: usize>(String);

impl<const LETTERS: usize, const BYTES: usize> Name<LETTERS, BYTES> {
    /// Most letters (grapheme clusters, UAX #29).
    pub const LETTERS_MAX: usize = LETTERS;
    /// Most bytes of UTF-8.
    pub const BYTES_MAX: usize = BYTES;

    /// Cleans a text into a name.
    ///
    /// # Errors
    /// If nothing is left, or too much.
    pub fn clean(text: &str) -> Result<Self, BadName> {
        if text.len() > UNCLEANED_BYTES_MAX {
            return Err(BadName::TooLong { max: LETTERS });
        }
        let composed: String = text.chars().filter(|c| !is_hidden(*c)).nfc().collect();
        let name = visible(&composed);
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        if name.len() > BYTES || name.graphemes(true).count() > LETTERS {
            return Err(BadName::TooLong { max: LETTERS });
        }
        Ok(Self(name))
    }

    /// Whether a text is already a clean name.
    #[must_use]
    pub fn is_clean(text: &str) -> bool {
        Self::clean(text).is_ok_and(|name| name.0 == text)
    }

    /// Whether all members accept a text as a name. The check uses only what never changes between Unicode versions:
    /// fixed lists and a number of bytes. The result of [`clean`](Self::clean) always passes.
    #[must_use]
    pub fn is_taken(text: &str) -> bool {
        let plain = |c: char| !is_hidden(c) && (c == ' ' || !c.is_whitespace());
        let seen = |c: char| c != ' ' && !is_joiner(c) && !is_selector(c);
        let trimmed = !text.starts_with(' ') && !text.ends_with(' ');
        text.len() <= BYTES && trimmed && text.chars().all(plain) && text.chars().any(seen)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LETTERS: usize, const BYTES: usize> From<Name<LETTERS, BYTES>> for String {
    fn from(name: Name<LETTERS, BYTES>) -> Self {
        name.0
    }
}

/// Only its length: logs hold no names.
impl<const LETTERS: usize, const BYTES: usize> fmt::Debug for Name<LETTERS, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({} bytes)", self.0.len())
    }
}

/// Single spaces; marks and joiners only where they belong to a letter.
fn visible(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut marks = 0;
    // A space or a joiner, kept if something visible follows.
    let mut between = None;
    for c in text.chars() {
        let follows_letter = between.is_none() && !name.is_empty();
        if c.is_whitespace() {
            between = (!name.is_empty()).then_some(' ');
        } else if is_joiner(c) {
            between = if follows_letter { Some(c) } else { between };
        } else if is_combining_mark(c) || is_selector(c) {
            // In some scripts a joiner connects the following mark.
            if name.is_empty() || between == Some(' ') || marks == MARKS_MAX {
                continue;
            }
            marks += 1;
            name.extend(between.take());
            name.push(c);
        } else {
            marks = 0;
            name.extend(between.take());
            name.push(c);
        }
    }
    name
}
