//! The bounds of a content, checked when one is made and when one is read.

use super::{Body, Content, ContentError, Extensions, External, Part};

/// Largest encoded content: the longest text, an edit history's worth of fields, and the largest extensions a client
/// would send. Fits a message of [`MESSAGE_BYTES_MAX`](conclave_protocol::limits::MESSAGE_BYTES_MAX) with padding.
pub const CONTENT_BYTES_MAX: usize = 96 << 10;
/// Longest topic id (draft §9.1).
pub const TOPIC_BYTES_MAX: usize = 4096;
/// Most parts, nested ones included. The draft allows 1024 (§9.1), more than anyone reads.
pub const PARTS_MAX: usize = 64;
/// Levels of parts (draft §6.3); the body is the first.
pub const PART_DEPTH_MAX: usize = 4;
/// Most extensions.
pub const EXTENSIONS_MAX: usize = 32;
/// Largest value of an extension, encoded (draft §4.3).
pub const EXTENSION_VALUE_BYTES_MAX: usize = 4095;
/// Longest media type, language list, file name, key, nonce or hash.
pub const NAME_BYTES_MAX: usize = 255;
/// Longest URL, description or additional data of an external part.
pub const URL_BYTES_MAX: usize = 4096;

pub(super) fn check(content: &Content) -> Result<(), ContentError> {
    at_most("topic id", content.topic_id.len(), TOPIC_BYTES_MAX)?;
    extensions(&content.extensions)?;
    let mut parts = 0;
    part(&content.part, 1, &mut parts)
}

fn at_most(what: &'static str, len: usize, max: usize) -> Result<(), ContentError> {
    if len > max { Err(ContentError::TooLarge(what)) } else { Ok(()) }
}

fn extensions(extensions: &Extensions) -> Result<(), ContentError> {
    at_most("number of extensions", extensions.len(), EXTENSIONS_MAX)?;
    for value in extensions.values() {
        at_most("extension", value.as_bytes().len(), EXTENSION_VALUE_BYTES_MAX)?;
    }
    Ok(())
}

fn part(one: &Part, level: usize, count: &mut usize) -> Result<(), ContentError> {
    count_part(level, count)?;
    at_most("language", one.language.len(), NAME_BYTES_MAX)?;
    match &one.body {
        Body::Null => Ok(()),
        Body::Single { content_type, .. } => at_most("content type", content_type.len(), NAME_BYTES_MAX),
        Body::External(body) => external(body),
        Body::Multi { parts, .. } if parts.len() < 2 => Err(ContentError::PartCount),
        Body::Multi { parts, .. } => parts.iter().try_for_each(|inner| part(inner, level + 1, count)),
    }
}

/// One more part at this level. Also called while decoding, before anything is allocated or nested for it.
pub(super) fn count_part(level: usize, count: &mut usize) -> Result<(), ContentError> {
    *count += 1;
    if level > PART_DEPTH_MAX {
        return Err(ContentError::TooDeep);
    }
    if *count > PARTS_MAX { Err(ContentError::PartCount) } else { Ok(()) }
}

fn external(body: &External) -> Result<(), ContentError> {
    at_most("content type", body.content_type.len(), NAME_BYTES_MAX)?;
    at_most("file name", body.filename.len(), NAME_BYTES_MAX)?;
    at_most("key", body.key.len(), NAME_BYTES_MAX)?;
    at_most("nonce", body.nonce.len(), NAME_BYTES_MAX)?;
    at_most("hash", body.content_hash.len(), NAME_BYTES_MAX)?;
    at_most("url", body.url.len(), URL_BYTES_MAX)?;
    at_most("additional data", body.aad.len(), URL_BYTES_MAX)?;
    at_most("description", body.description.len(), URL_BYTES_MAX)
}
