//! Decodes a content. Safe on any bytes: it allocates nothing beyond the input's size and checks nesting first.
//! [`super::Content::decode`] checks determinism by encoding the result again.

use conclave_protocol::MessageId;
use minicbor::Decoder;
use minicbor::data::Type;
use zeroize::Zeroizing;

use super::encode::{EXTERNAL, MULTI, NULL, SINGLE};
use super::limits::{EXTENSIONS_MAX, count_part};
use super::{
    Body, CborValue, Content, ContentError, Disposition, Expiration, ExtensionKey, Extensions, External,
    Part, Semantics,
};

type Read<T> = Result<T, ContentError>;

impl From<minicbor::decode::Error> for ContentError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::Malformed
    }
}

pub(super) fn content(bytes: &[u8]) -> Read<Content> {
    let mut from = Decoder::new(bytes);
    array(&mut from, 7)?;
    let content = Content {
        salt: from.bytes()?.try_into().map_err(|_| ContentError::Malformed)?,
        replaces: reference(&mut from)?,
        topic_id: from.bytes()?.to_vec(),
        expires: expiration(&mut from)?,
        in_reply_to: reference(&mut from)?,
        extensions: extensions(&mut from)?,
        part: part(&mut from, 1, &mut 0)?,
    };
    if from.position() == bytes.len() { Ok(content) } else { Err(ContentError::Malformed) }
}

fn array(from: &mut Decoder<'_>, fields: u64) -> Read<()> {
    if from.array()? == Some(fields) { Ok(()) } else { Err(ContentError::Malformed) }
}

fn null(from: &mut Decoder<'_>) -> Read<bool> {
    let null = from.datatype()? == Type::Null;
    if null {
        from.null()?;
    }
    Ok(null)
}

fn reference(from: &mut Decoder<'_>) -> Read<Option<MessageId>> {
    if null(from)? {
        return Ok(None);
    }
    MessageId::try_from(from.bytes()?).map(Some).map_err(|_| ContentError::Malformed)
}

fn expiration(from: &mut Decoder<'_>) -> Read<Option<Expiration>> {
    if null(from)? {
        return Ok(None);
    }
    array(from, 2)?;
    Ok(Some(if from.bool()? { Expiration::AfterReading(from.u32()?) } else { Expiration::At(from.u32()?) }))
}

fn extensions(from: &mut Decoder<'_>) -> Read<Extensions> {
    let count = from.map()?.ok_or(ContentError::NotDeterministic)?;
    if count > EXTENSIONS_MAX as u64 {
        return Err(ContentError::TooLarge("number of extensions"));
    }
    let mut extensions = Extensions::new();
    for _ in 0..count {
        let key = ExtensionKey::decode(from)?;
        // Ascending order also rules out duplicate keys.
        if extensions.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err(ContentError::NotDeterministic);
        }
        extensions.insert(key, CborValue::decode(from)?);
    }
    Ok(extensions)
}

fn part(from: &mut Decoder<'_>, level: usize, count: &mut usize) -> Read<Part> {
    count_part(level, count)?;
    let fields = from.array()?.ok_or(ContentError::NotDeterministic)?;
    let disposition = Disposition(from.u8()?);
    let language = from.str()?.to_owned();
    let body = match (from.u8()?, fields) {
        (NULL, 3) => Body::Null,
        (SINGLE, 5) => Body::Single { content_type: from.str()?.to_owned(), content: from.bytes()?.to_vec() },
        (EXTERNAL, 15) => Body::External(Box::new(external(from)?)),
        (MULTI, 5) => multi(from, level, count)?,
        (NULL..=MULTI, _) => return Err(ContentError::Malformed),
        _ => return Err(ContentError::LaterFormat),
    };
    Ok(Part { disposition, language, body })
}

fn multi(from: &mut Decoder<'_>, level: usize, count: &mut usize) -> Read<Body> {
    let semantics = match from.u64()? {
        0 => Semantics::ChooseOne,
        1 => Semantics::SingleUnit,
        2 => Semantics::ProcessAll,
        _ => return Err(ContentError::LaterFormat),
    };
    let len = from.array()?.ok_or(ContentError::NotDeterministic)?;
    // No size hint: the number is only the sender's claim.
    let mut parts = Vec::new();
    for _ in 0..len {
        parts.push(part(from, level + 1, count)?);
    }
    Ok(Body::Multi { semantics, parts })
}

fn external(from: &mut Decoder<'_>) -> Read<External> {
    Ok(External {
        content_type: from.str()?.to_owned(),
        url: from.str()?.to_owned(),
        expires_s: from.u32()?,
        size: from.u64()?,
        enc_alg: from.u16()?,
        key: Zeroizing::new(from.bytes()?.to_vec()),
        nonce: from.bytes()?.to_vec(),
        aad: from.bytes()?.to_vec(),
        hash_alg: from.u8()?,
        content_hash: from.bytes()?.to_vec(),
        description: from.str()?.to_owned(),
        filename: from.str()?.to_owned(),
    })
}
