#![allow(clippy::unwrap_used)]

mod meanings;
mod properties;
mod refusals;
mod vectors;

use conclave_protocol::UserUri;
use conclave_protocol::limits::TEXT_BYTES_MAX;
use conclave_record::TextFormat;
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;

const SALT: [u8; 16] = [0xaa; 16];

fn id(byte: u8) -> MessageId {
    MessageId::new([byte; 32])
}

/// Reads hex written in groups, with the rest of a line after `#` as a comment.
fn bytes(text: &str) -> Vec<u8> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap());
    hex::decode(lines.flat_map(str::split_whitespace).collect::<String>()).unwrap()
}

/// The whole message with this body, everything else empty.
fn with_part(part: &str) -> Vec<u8> {
    let head = "87 50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa f6 40 f6 f6 a0";
    bytes(&format!("{head}\n{part}"))
}

/// The whole message with these extensions and an empty body.
fn with_extensions(map: &str) -> Vec<u8> {
    bytes(&format!("87 50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa f6 40 f6 f6 {map}\n 83 01 60 00"))
}

fn same(content: &Content, encoded: &[u8]) {
    assert_eq!(hex::encode(content.encode().unwrap()), hex::encode(encoded));
    assert!(Content::decode(encoded).unwrap() == *content);
}

fn refused(encoded: &[u8], why: ContentError) {
    assert_eq!(Content::decode(encoded).expect_err("must be refused"), why);
}

/// A part of this many levels.
fn nested(levels: usize) -> Part {
    let body = if levels == 1 {
        Body::Null
    } else {
        Body::Multi { semantics: Semantics::ProcessAll, parts: vec![nested(levels - 1), nested(1)] }
    };
    Part { disposition: Disposition::RENDER, language: String::new(), body }
}

fn empty() -> Content {
    Content { replaces: None, ..Content::delete(SALT, id(0)) }
}

#[test]
fn ids_differ_by_everything_they_are_over() {
    let user = |name: &str| format!("mimi://a.b/u/{name}").parse::<UserUri>().unwrap();
    let base = message_id(&user("al"), "room", b"content", &SALT);
    assert_eq!(base.as_bytes()[0], 1);
    for other in [
        message_id(&user("alb"), "oom", b"content", &SALT),
        message_id(&user("al"), "roomc", b"ontent", &SALT),
        message_id(&user("al"), "room", b"contents", &SALT),
        message_id(&user("al"), "room", b"content", &[0xab; 16]),
    ] {
        assert_ne!(other, base);
    }
}

#[test]
fn debugging_shows_nothing_that_was_said() {
    let content = Content::text(SALT, "rendezvous", TextFormat::Plain);
    let shown = format!("{content:?} {:?}", Meaning::of(&content));
    assert!(!shown.contains("rendezvous") && shown.contains("10 bytes"), "{shown}");
}
