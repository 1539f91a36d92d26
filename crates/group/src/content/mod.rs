//! What a message says: MIMI content (draft-ietf-mimi-content-08), readable by other clients of that format. Our own
//! codec is strict: deterministic CBOR within fixed bounds, or a typed error.

mod decode;
mod deterministic;
mod encode;
mod extension;
mod limits;
mod make;
mod meaning;
mod message_id;
mod part;
mod reaction;
#[cfg(test)]
mod tests;

use std::fmt;

use conclave_protocol::MessageId;

pub use extension::{CborValue, ExtensionKey, Extensions};
pub use limits::{
    CONTENT_BYTES_MAX, EXTENSION_VALUE_BYTES_MAX, EXTENSIONS_MAX, NAME_BYTES_MAX, PART_DEPTH_MAX, PARTS_MAX,
    TOPIC_BYTES_MAX, URL_BYTES_MAX,
};
pub use meaning::Meaning;
pub use message_id::message_id;
pub use part::{Body, Disposition, External, Part, Semantics};
pub use reaction::{BadReaction, bare_emoji, reaction};

/// Why a content is refused, or can't be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// A field, or the whole content, exceeds its bound.
    #[error("the {0} is too large")]
    TooLarge(&'static str),
    /// Truncated, or a value of another type than the format has there.
    #[error("not a MIMI content")]
    Malformed,
    /// The right values, but not in deterministic CBOR (draft §6.1, RFC 8949 §4.2.1).
    #[error("the content is not encoded deterministically")]
    NotDeterministic,
    /// Parts or extension values nested beyond 4 levels (draft §6.3).
    #[error("the content is nested too deeply")]
    TooDeep,
    /// More than [`PARTS_MAX`] parts, or a multipart with less than two.
    #[error("the content has too many or too few parts")]
    PartCount,
    /// A cardinality or part semantics that this draft does not have: the rest can't be decoded.
    #[error("the content is of a later format")]
    LaterFormat,
}

/// One message (draft §4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// Random; makes the message id unique. Part of the intent: encrypting again keeps it.
    pub salt: [u8; 16],
    /// The message this one replaces, named by its first version.
    pub replaces: Option<MessageId>,
    /// Groups messages; empty for none.
    pub topic_id: Vec<u8>,
    /// When receivers should delete it.
    pub expires: Option<Expiration>,
    /// The message this one replies or reacts to.
    pub in_reply_to: Option<MessageId>,
    /// Further fields.
    pub extensions: Extensions,
    /// What it says.
    pub part: Part,
}

/// When receivers should delete a message, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiration {
    /// This long after it was read.
    AfterReading(u32),
    /// At this second since the Unix epoch.
    At(u32),
}

impl Content {
    /// The bytes to encrypt; the message id is computed over exactly these. Fails where a bound is exceeded.
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        limits::check(self)?;
        let bytes = encode::content(self);
        if bytes.len() > CONTENT_BYTES_MAX { Err(ContentError::TooLarge("content")) } else { Ok(bytes) }
    }

    /// Decodes decrypted bytes. Safe on any input; what it returns encodes to the same bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        if bytes.len() > CONTENT_BYTES_MAX {
            return Err(ContentError::TooLarge("content"));
        }
        let content = decode::content(bytes)?;
        limits::check(&content)?;
        if encode::content(&content) != bytes {
            return Err(ContentError::NotDeterministic);
        }
        Ok(content)
    }

    /// Whether the sender and room that it names, if any, are those it came from. No honest client names others.
    #[must_use]
    pub fn is_from(&self, sender_uri: &str, room_uri: &str) -> bool {
        let names =
            |key, uri: &str| self.extensions.get(&key).is_none_or(|value| value.as_text() == Some(uri));
        names(ExtensionKey::SENDER_URI, sender_uri) && names(ExtensionKey::ROOM_URI, room_uri)
    }
}

/// Shows the structure, never the content.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("replaces", &self.replaces)
            .field("in_reply_to", &self.in_reply_to)
            .field("expires", &self.expires)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}
