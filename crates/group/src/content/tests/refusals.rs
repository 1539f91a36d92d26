//! What is refused.

use conclave_record::TextFormat;

use super::*;

#[test]
fn encodings_that_are_not_deterministic_are_refused() {
    use ContentError::NotDeterministic;
    refused(&with_part("83 18 01 60 00"), NotDeterministic); // disposition 1 in two bytes
    refused(&with_part("83 01 78 00 00"), NotDeterministic); // empty language with a length byte
    refused(&with_part("98 03 01 60 00"), NotDeterministic); // array of 3 with a length byte
    refused(&with_part("9f 01 60 00 ff"), NotDeterministic); // array without a length
    refused(&with_extensions("bf ff"), NotDeterministic);
    refused(&with_extensions("a2 02 00 01 00"), NotDeterministic); // 2 before 1
    refused(&with_extensions("a2 01 00 01 00"), NotDeterministic); // 1 twice
    refused(&with_extensions("a2 20 00 01 00"), NotDeterministic); // -1 before 1
    refused(&with_extensions("a2 62 6161 00 61 7a 00"), NotDeterministic); // longer text first
    refused(&with_extensions("a1 18 01 00"), NotDeterministic);
}

#[test]
fn extension_values_are_held_to_the_same_rules() {
    let value = |hex: &str| CborValue::new(bytes(hex)).map(|value| value.as_bytes().len());
    for good in [
        "1b 0000000100000000",      // the first number that needs 8 bytes
        "3a 00010000",              // -65537
        "f9 3c00",                  // 1.0
        "fa 47c35000",              // 100000.0, beyond a half float
        "fb 3ff199999999999a",      // 1.1
        "f9 7e00",                  // NaN
        "f9 8000",                  // -0.0
        "f8 20",                    // simple value 32
        "c2 49 010000000000000000", // 2^64
        "a3 01 00 40 00 61 61 00",
        "81 81 81 00",
    ] {
        assert_eq!(value(good), Ok(bytes(good).len()), "{good}");
    }
    for (bad, why) in [
        ("1b 00000000ffffffff", ContentError::NotDeterministic),
        ("19 00ff", ContentError::NotDeterministic),
        ("38 17", ContentError::NotDeterministic),
        ("5f ff", ContentError::NotDeterministic),
        ("7f ff", ContentError::NotDeterministic),
        ("9f ff", ContentError::NotDeterministic),
        ("1c", ContentError::NotDeterministic),
        ("fa 3f800000", ContentError::NotDeterministic),
        ("fb 3ff8000000000000", ContentError::NotDeterministic),
        ("fa 7fc00000", ContentError::NotDeterministic),
        ("f9 7e01", ContentError::NotDeterministic),
        ("f8 14", ContentError::NotDeterministic),
        ("e0", ContentError::Malformed),
        ("c2 41 01", ContentError::NotDeterministic),
        ("c2 49 000000000000000001", ContentError::NotDeterministic),
        ("c2 01", ContentError::Malformed),
        ("a2 61 61 00 40 00", ContentError::NotDeterministic),
        ("a2 01 00 01 00", ContentError::NotDeterministic),
        ("a1 80 00", ContentError::Malformed),
        ("61 ff", ContentError::Malformed),
        ("9b ffffffffffffffff", ContentError::Malformed),
        ("5b ffffffffffffffff", ContentError::Malformed),
        ("42 00", ContentError::Malformed),
        ("", ContentError::Malformed),
        ("00 00", ContentError::Malformed),
        ("81 81 81 80", ContentError::TooDeep),
        ("c1 c1 c1 c1 00", ContentError::TooDeep),
    ] {
        assert_eq!(value(bad), Err(why), "{bad}");
    }
}

#[test]
fn what_is_not_of_the_format_is_refused() {
    use ContentError::{LaterFormat, Malformed, PartCount};
    let whole = empty().encode().unwrap();
    for len in 0..whole.len() {
        assert!(Content::decode(&whole[..len]).is_err());
    }
    refused(&[whole.as_slice(), &[0]].concat(), Malformed);
    refused(&bytes("86 50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa f6 40 f6 f6 a0"), Malformed);
    refused(&bytes("87 4f aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa f6 40 f6 f6 a0 83 01 60 00"), Malformed);
    refused(&bytes("87 50 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 41 01 40 f6 f6 a0 83 01 60 00"), Malformed);
    refused(&with_part("83 19 0100 60 00"), Malformed); // disposition 256
    refused(&with_part("83 01 61 ff 00"), Malformed); // language that is not UTF-8
    refused(&with_part("84 01 60 00 00"), Malformed); // null part with a field too many
    refused(&with_part("83 01 60 04"), LaterFormat);
    refused(&with_part("85 01 60 03 03 82 83 01 60 00 83 01 60 00"), LaterFormat);
    refused(&with_part("85 01 60 03 00 81 83 01 60 00"), PartCount);
    refused(&with_extensions("a1 40 00"), Malformed); // a key of bytes
    refused(&with_extensions("a1 60 00"), Malformed); // an empty key
    refused(&with_extensions("a1 1b 0020000000000000 00"), Malformed); // 2^53
}

fn wide(parts: usize) -> Part {
    let body = Body::Multi { semantics: Semantics::ProcessAll, parts: vec![nested(1); parts] };
    Part { body, ..nested(1) }
}

#[test]
fn depth_and_number_of_parts_are_bounded() {
    let made = |part| Content { part, ..empty() };
    for good in [made(nested(PART_DEPTH_MAX)), made(wide(PARTS_MAX - 1))] {
        assert!(Content::decode(&good.encode().unwrap()).unwrap() == good);
    }
    let deep = made(nested(PART_DEPTH_MAX + 1));
    assert_eq!(deep.encode(), Err(ContentError::TooDeep));
    refused(&encode::content(&deep), ContentError::TooDeep);
    let many = made(wide(PARTS_MAX));
    assert_eq!(many.encode(), Err(ContentError::PartCount));
    refused(&encode::content(&many), ContentError::PartCount);
    // A thousand levels must not fill the stack, nor a claimed million parts the memory.
    let mut bomb = with_part("");
    bomb.extend(std::iter::repeat_n(bytes("85 01 60 03 00 82"), 1000).flatten());
    refused(&bomb, ContentError::TooDeep);
    refused(&with_part("85 01 60 03 00 9a 000f4240 83 01 60 00"), ContentError::Malformed);
}

#[test]
fn sizes_are_bounded() {
    let longest = Content::text(SALT, &"a".repeat(TEXT_BYTES_MAX), TextFormat::Plain);
    assert!(Content::decode(&longest.encode().unwrap()).unwrap() == longest);
    refused(&vec![0; CONTENT_BYTES_MAX + 1], ContentError::TooLarge("content"));
    let too_long = Content::text(SALT, &"a".repeat(CONTENT_BYTES_MAX), TextFormat::Plain);
    assert_eq!(too_long.encode(), Err(ContentError::TooLarge("content")));

    let both = |content: Content, what| {
        assert_eq!(content.encode(), Err(ContentError::TooLarge(what)));
        refused(&encode::content(&content), ContentError::TooLarge(what));
    };
    both(Content { topic_id: vec![0; TOPIC_BYTES_MAX + 1], ..empty() }, "topic id");
    let part = Part { language: "a".repeat(NAME_BYTES_MAX + 1), ..nested(1) };
    both(Content { part, ..empty() }, "language");
    let mut many = empty();
    for key in 0..=EXTENSIONS_MAX as i64 {
        many.extensions.insert(ExtensionKey::int(key).unwrap(), CborValue::text(""));
    }
    both(many, "number of extensions");
    let mut large = empty();
    large.extensions.insert(ExtensionKey::ROOM_URI, CborValue::text(&"a".repeat(EXTENSION_VALUE_BYTES_MAX)));
    both(large, "extension");
}
