//! Names that people give, to themselves and to groups: cleaned by one rule where they are made, and wherever one comes
//! from somebody else. What can't be seen is not part of a name: it would make two names look the same, or turn round
//! the sentence around them.

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

/// A person's name: 1 to 64 letters, as a reader counts them. The bound in bytes has room for any script, and none for
/// heaps of marks.
pub type PersonName = Name<64, 512>;
/// A group's name: 1 to 100 letters.
pub type GroupName = Name<100, 1024>;

/// Most marks on one letter: more than any script has, Tibetan and pointed Hebrew included.
const MARKS_MAX: usize = 8;
/// Names longer than this, before they are cleaned, are not looked at.
const UNCLEANED_BYTES_MAX: usize = 8 << 10;

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing of it can be seen.
    #[error("the name is empty")]
    Empty,
    /// More letters than this, or more marks than so many letters have.
    #[error("the name has more than {max} letters")]
    TooLong {
        /// Most letters.
        max: usize,
    },
}

/// A name that can be shown: without controls, direction marks and what else is invisible; composed (NFC); with single
/// spaces within and none around.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<const LETTERS: usize, const BYTES: usize>(String);

impl<const LETTERS: usize, const BYTES: usize> Name<LETTERS, BYTES> {
    /// Most letters (grapheme clusters, UAX #29).
    pub const LETTERS_MAX: usize = LETTERS;
    /// Most bytes of UTF-8.
    pub const BYTES_MAX: usize = BYTES;

    /// Cleans a text to a name.
    ///
    /// # Errors
    /// Where nothing is left, or too much.
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

    /// Whether a text is a name as it stands.
    #[must_use]
    pub fn is_clean(text: &str) -> bool {
        Self::clean(text).is_ok_and(|name| name.0 == text)
    }

    /// Whether all members take a text for a name. It is judged by what never changes from one version of Unicode to
    /// the next: written lists and a number of bytes. What [`clean`](Self::clean) makes always passes.
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

/// Its length: logs hold no names.
impl<const LETTERS: usize, const BYTES: usize> fmt::Debug for Name<LETTERS, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({} bytes)", self.0.len())
    }
}

/// Single spaces, marks and joiners only where they belong to a letter.
fn visible(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut marks = 0;
    // A space or a joiner, kept once something visible follows.
    let mut between = None;
    for c in text.chars() {
        let follows_letter = between.is_none() && !name.is_empty();
        if c.is_whitespace() {
            between = (!name.is_empty()).then_some(' ');
        } else if is_joiner(c) {
            between = if follows_letter { Some(c) } else { between };
        } else if is_combining_mark(c) || is_selector(c) {
            // Some scripts join a mark that follows a joiner.
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
