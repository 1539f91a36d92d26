//! The body of a message and its parts (draft §4.4, §4.5).

use std::fmt;

use zeroize::Zeroizing;

/// A part: the body, or one of several within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is meant for.
    pub disposition: Disposition,
    /// Language tags (RFC 5646), separated by commas; may be empty.
    pub language: String,
    /// What it holds.
    pub body: Body,
}

/// What a part is meant for. Values not known here are kept, and treated as [`Disposition::RENDER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Disposition(pub u8);

impl Disposition {
    /// No hint.
    pub const UNSPECIFIED: Self = Self(0);
    /// To be shown.
    pub const RENDER: Self = Self(1);
    /// A reaction to another message.
    pub const REACTION: Self = Self(2);
    /// A profile of a participant or room.
    pub const PROFILE: Self = Self(3);
    /// To be shown within the conversation.
    pub const INLINE: Self = Self(4);
    /// Such as an avatar.
    pub const ICON: Self = Self(5);
    /// To be downloaded.
    pub const ATTACHMENT: Self = Self(6);
    /// A multimedia session, or how to join one.
    pub const SESSION: Self = Self(7);
    /// The sender's preview of something.
    pub const PREVIEW: Self = Self(8);
}

/// What a part holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing: what it replaces is deleted.
    Null,
    /// Content of a media type.
    Single {
        /// IANA media type with parameters.
        content_type: String,
        /// The content.
        content: Vec<u8>,
    },
    /// Content stored elsewhere.
    External(Box<External>),
    /// Several parts, at least two.
    Multi {
        /// How they belong together.
        semantics: Semantics,
        /// The parts.
        parts: Vec<Part>,
    },
}

/// How the parts of a multipart belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Semantics {
    /// The receiver picks one.
    ChooseOne,
    /// All or none.
    SingleUnit,
    /// Each by itself.
    ProcessAll,
}

/// Content stored elsewhere, and how to fetch it (draft §4.5).
#[derive(Clone, PartialEq, Eq)]
pub struct External {
    /// IANA media type with parameters.
    pub content_type: String,
    /// Where to fetch it.
    pub url: String,
    /// Expires at this second since the Unix epoch; 0 for never.
    pub expires_s: u32,
    /// Size in bytes; 0 if not stated.
    pub size: u64,
    /// IANA AEAD algorithm; 0 for none.
    pub enc_alg: u16,
    /// AEAD key.
    pub key: Zeroizing<Vec<u8>>,
    /// AEAD nonce.
    pub nonce: Vec<u8>,
    /// AEAD additional data.
    pub aad: Vec<u8>,
    /// IANA named information hash algorithm; 0 for none.
    pub hash_alg: u8,
    /// Hash of what is at the URL.
    pub content_hash: Vec<u8>,
    /// Description for people; may be empty.
    pub description: String,
    /// Suggested name; may be empty.
    pub filename: String,
}

/// Shows the structure, never the content.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Single { content_type, content } => {
                write!(f, "Single({content_type}, {} bytes)", content.len())
            }
            Self::External(external) => external.fmt(f),
            Self::Multi { semantics, parts } => {
                f.debug_struct("Multi").field("semantics", semantics).field("parts", parts).finish()
            }
        }
    }
}

/// Shows neither key nor URL.
impl fmt::Debug for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "External({}, {} bytes)", self.content_type, self.size)
    }
}
