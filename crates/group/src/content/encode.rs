//! Encodes a content as deterministic CBOR. minicbor writes shortest forms and definite lengths; the map is sorted by
//! its encoded keys.

use std::convert::Infallible;

use minicbor::{Encoder, encode};

use super::{Body, Content, Expiration, External, Part, Semantics};

pub(super) const NULL: u8 = 0;
pub(super) const SINGLE: u8 = 1;
pub(super) const EXTERNAL: u8 = 2;
pub(super) const MULTI: u8 = 3;

type Writer = Encoder<Vec<u8>>;
type Written = Result<(), encode::Error<Infallible>>;

pub(super) fn content(content: &Content) -> Vec<u8> {
    let mut to = Encoder::new(Vec::with_capacity(256));
    write(&mut to, content).expect("writing to a vector can't fail");
    to.into_writer()
}

fn write(to: &mut Writer, content: &Content) -> Written {
    to.array(7)?.bytes(&content.salt)?;
    reference(to, content.replaces.as_ref().map(|id| id.as_bytes().as_slice()))?;
    to.bytes(&content.topic_id)?;
    expiration(to, content.expires)?;
    reference(to, content.in_reply_to.as_ref().map(|id| id.as_bytes().as_slice()))?;
    to.map(content.extensions.len() as u64)?;
    for (key, value) in &content.extensions {
        key.encode(to)?;
        to.writer_mut().extend_from_slice(value.as_bytes());
    }
    part(to, &content.part)
}

fn reference(to: &mut Writer, id: Option<&[u8]>) -> Written {
    match id {
        Some(id) => to.bytes(id)?.ok(),
        None => to.null()?.ok(),
    }
}

fn expiration(to: &mut Writer, expires: Option<Expiration>) -> Written {
    match expires {
        None => to.null()?.ok(),
        Some(Expiration::AfterReading(seconds)) => to.array(2)?.bool(true)?.u32(seconds)?.ok(),
        Some(Expiration::At(at_s)) => to.array(2)?.bool(false)?.u32(at_s)?.ok(),
    }
}

fn part(to: &mut Writer, part: &Part) -> Written {
    let fields = match part.body {
        Body::Null => 3,
        Body::Single { .. } | Body::Multi { .. } => 5,
        Body::External(_) => 15,
    };
    to.array(fields)?.u8(part.disposition.0)?.str(&part.language)?;
    match &part.body {
        Body::Null => to.u8(NULL)?.ok(),
        Body::Single { content_type, content } => to.u8(SINGLE)?.str(content_type)?.bytes(content)?.ok(),
        Body::External(body) => external(to.u8(EXTERNAL)?, body),
        Body::Multi { semantics: how, parts } => {
            to.u8(MULTI)?.u8(semantics(*how))?.array(parts.len() as u64)?;
            parts.iter().try_for_each(|inner| self::part(to, inner))
        }
    }
}

fn semantics(how: Semantics) -> u8 {
    match how {
        Semantics::ChooseOne => 0,
        Semantics::SingleUnit => 1,
        Semantics::ProcessAll => 2,
    }
}

fn external(to: &mut Writer, body: &External) -> Written {
    to.str(&body.content_type)?.str(&body.url)?;
    to.u32(body.expires_s)?.u64(body.size)?;
    to.u16(body.enc_alg)?.bytes(&body.key)?.bytes(&body.nonce)?.bytes(&body.aad)?;
    to.u8(body.hash_alg)?.bytes(&body.content_hash)?;
    to.str(&body.description)?.str(&body.filename)?.ok()
}
