//! Which texts are reactions: one rule, for those received and for those to be sent.

use conclave_protocol::limits::REACTION_BYTES_MAX;

/// Why a text is not a reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReaction {
    /// Nothing of it is visible.
    #[error("the reaction is empty")]
    Empty,
    /// Longer than [`REACTION_BYTES_MAX`].
    #[error("the reaction is too long")]
    TooLong,
    /// A line break or another control character: a text, not an emoji.
    #[error("the reaction has a control character")]
    Control,
}

/// An emoji without its presentation selector (U+FE0F; UTS #51): ❤ with and without it are the same reaction,
/// whichever the keyboard writes.
#[must_use]
pub fn bare_emoji(emoji: &str) -> String {
    emoji.replace('\u{fe0f}', "")
}

/// A text as a reaction, by [`bare_emoji`].
///
/// # Errors
/// Why it is none.
pub fn reaction(text: &str) -> Result<String, BadReaction> {
    let emoji = bare_emoji(text);
    if emoji.is_empty() {
        Err(BadReaction::Empty)
    } else if text.len() > REACTION_BYTES_MAX {
        Err(BadReaction::TooLong)
    } else if text.chars().any(char::is_control) {
        Err(BadReaction::Control)
    } else {
        Ok(emoji)
    }
}
