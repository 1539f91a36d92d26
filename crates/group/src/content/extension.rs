//! Extension fields of a message (draft §4.3), kept byte for byte so that unknown ones can be shown and forwarded.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::convert::Infallible;

use minicbor::{Decoder, Encoder, encode};

use super::ContentError;
use super::deterministic::check_value;

/// The extensions of a message, in the order of their encoding.
pub type Extensions = BTreeMap<ExtensionKey, CborValue>;

/// The largest integer key and the negated smallest: what a double holds exactly (draft §6.2).
const INT_MAX: i64 = (1 << 53) - 1;
/// Longest text key.
const TEXT_BYTES_MAX: usize = 255;

/// The name of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExtensionKey(Key);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Int(i64),
    Text(String),
}

impl ExtensionKey {
    /// The sender's URI.
    pub const SENDER_URI: Self = Self(Key::Int(1));
    /// The room's URI.
    pub const ROOM_URI: Self = Self(Key::Int(2));

    /// A number within ±(2^53 − 1): registered ones are positive, private ones negative.
    #[must_use]
    pub fn int(key: i64) -> Option<Self> {
        (-INT_MAX..=INT_MAX).contains(&key).then_some(Self(Key::Int(key)))
    }

    /// A private name of 1 to 255 bytes.
    #[must_use]
    pub fn text(key: &str) -> Option<Self> {
        (1..=TEXT_BYTES_MAX).contains(&key.len()).then(|| Self(Key::Text(key.to_owned())))
    }

    pub(super) fn encode(&self, to: &mut Encoder<Vec<u8>>) -> Result<(), encode::Error<Infallible>> {
        match &self.0 {
            Key::Int(int) => to.i64(*int)?.ok(),
            Key::Text(text) => to.str(text)?.ok(),
        }
    }

    pub(super) fn decode(from: &mut Decoder<'_>) -> Result<Self, ContentError> {
        use minicbor::data::Type;
        let key = match from.datatype().map_err(|_| ContentError::Malformed)? {
            Type::String => from.str().ok().and_then(Self::text),
            _ => from.i64().ok().and_then(Self::int),
        };
        key.ok_or(ContentError::Malformed)
    }
}

/// RFC 8949 §4.2.1: by the bytes of the encoded keys. Non-negative numbers come first, then negative ones by
/// magnitude, then texts, the shorter first.
impl Ord for ExtensionKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Key::Int(a), Key::Int(b)) => (*a < 0, a.unsigned_abs()).cmp(&(*b < 0, b.unsigned_abs())),
            (Key::Int(_), Key::Text(_)) => Ordering::Less,
            (Key::Text(_), Key::Int(_)) => Ordering::Greater,
            (Key::Text(a), Key::Text(b)) => (a.len(), a).cmp(&(b.len(), b)),
        }
    }
}

impl PartialOrd for ExtensionKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One value in deterministic CBOR, as its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CborValue(Vec<u8>);

impl CborValue {
    /// Takes the bytes of exactly one value; refuses one that is not deterministic or nested too deeply.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ContentError> {
        if check_value(&bytes)? == bytes.len() { Ok(Self(bytes)) } else { Err(ContentError::Malformed) }
    }

    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut to = Encoder::new(Vec::new());
        to.str(text).expect("writing to a vector can't fail");
        Self(to.into_writer())
    }

    /// Its text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        Decoder::new(&self.0).str().ok()
    }

    /// The encoded bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn decode(from: &mut Decoder<'_>) -> Result<Self, ContentError> {
        let rest = &from.input()[from.position()..];
        let len = check_value(rest)?;
        from.set_position(from.position() + len);
        Ok(Self(rest[..len].to_vec()))
    }
}
