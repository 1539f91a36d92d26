//! The messages this client sends. Encoding checks their bounds.

use conclave_protocol::{MessageId, PersonName};
use conclave_record::TextFormat;

use super::meaning::media_type;
use super::{Body, Content, Disposition, Extensions, Part};

impl Content {
    /// A text. `salt` is 16 random bytes, as in all functions here.
    #[must_use]
    pub fn text(salt: [u8; 16], text: &str, format: TextFormat) -> Self {
        Self::plain(salt, Disposition::RENDER, single(text, format))
    }

    /// A reply to the message `to`, named by the version shown.
    #[must_use]
    pub fn reply(salt: [u8; 16], to: MessageId, text: &str, format: TextFormat) -> Self {
        Self { in_reply_to: Some(to), ..Self::text(salt, text, format) }
    }

    /// A reaction to the message `target`.
    #[must_use]
    pub fn reaction(salt: [u8; 16], target: MessageId, emoji: &str) -> Self {
        let body = single(emoji, TextFormat::Plain);
        Self { in_reply_to: Some(target), ..Self::plain(salt, Disposition::REACTION, body) }
    }

    /// Removes a reaction: `reaction` is the message that was the reaction, `target` the one it reacted to.
    #[must_use]
    pub fn unreact(salt: [u8; 16], reaction: MessageId, target: MessageId) -> Self {
        let empty = Self::plain(salt, Disposition::REACTION, Body::Null);
        Self { replaces: Some(reaction), in_reply_to: Some(target), ..empty }
    }

    /// Replaces the text of a message, named by its first version, which replied to `in_reply_to`.
    #[must_use]
    pub fn edit(
        salt: [u8; 16],
        first: MessageId,
        in_reply_to: Option<MessageId>,
        text: &str,
        format: TextFormat,
    ) -> Self {
        Self { replaces: Some(first), in_reply_to, ..Self::text(salt, text, format) }
    }

    /// Deletes a message, named by its first version.
    #[must_use]
    pub fn delete(salt: [u8; 16], first: MessageId) -> Self {
        Self { replaces: Some(first), ..Self::plain(salt, Disposition::RENDER, Body::Null) }
    }

    /// The sender's name.
    #[must_use]
    pub fn profile(salt: [u8; 16], name: &PersonName) -> Self {
        Self::plain(salt, Disposition::PROFILE, single(name.as_str(), TextFormat::Plain))
    }

    fn plain(salt: [u8; 16], disposition: Disposition, body: Body) -> Self {
        Self {
            salt,
            replaces: None,
            topic_id: Vec::new(),
            expires: None,
            in_reply_to: None,
            extensions: Extensions::new(),
            part: Part { disposition, language: String::new(), body },
        }
    }
}

fn single(text: &str, format: TextFormat) -> Body {
    Body::Single { content_type: media_type(format).to_owned(), content: text.as_bytes().to_vec() }
}
