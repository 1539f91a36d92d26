//! What contents mean.

use conclave_protocol::limits::REACTION_BYTES_MAX;
use conclave_record::{MessageKind, TextFormat};

use super::*;

fn single(kind: &str, content: &[u8]) -> Part {
    let body = Body::Single { content_type: kind.to_owned(), content: content.to_vec() };
    Part { disposition: Disposition::RENDER, language: String::new(), body }
}

fn multi(semantics: Semantics, parts: Vec<Part>) -> Content {
    Content { part: Part { body: Body::Multi { semantics, parts }, ..nested(1) }, ..empty() }
}

fn text(text: &str, format: TextFormat, unknown_parts: &[&str]) -> Meaning {
    let unknown_parts = unknown_parts.iter().map(|&kind| kind.to_owned()).collect();
    let kind = MessageKind::Text { text: text.to_owned(), format };
    Meaning::Message { kind, in_reply_to: None, replaces: None, unknown_parts }
}

fn message(kind: MessageKind) -> Meaning {
    Meaning::Message { kind, in_reply_to: None, replaces: None, unknown_parts: Vec::new() }
}

fn unknown(content_type: &str) -> Meaning {
    message(MessageKind::Unknown { content_type: content_type.to_owned() })
}

fn is(content: &Content, meaning: &Meaning) {
    let read = Content::decode(&content.encode().unwrap()).unwrap();
    assert!(Meaning::of(&read) == *meaning, "{:?}", Meaning::of(&read));
}

#[test]
fn what_is_sent_is_understood() {
    is(&Content::text(SALT, "a", TextFormat::Plain), &text("a", TextFormat::Plain, &[]));
    is(&Content::text(SALT, "", TextFormat::Markdown), &text("", TextFormat::Markdown, &[]));
    let reply = Content::reply(SALT, id(1), "a", TextFormat::Plain);
    let Meaning::Message { kind: MessageKind::Text { .. }, in_reply_to, .. } = Meaning::of(&reply) else {
        panic!("a reply is a text")
    };
    assert_eq!(in_reply_to, Some(id(1)));
    let emoji = "👩🏽\u{200d}⚕".to_owned();
    let reaction = message(MessageKind::Reaction { target: id(1), emoji: emoji.clone() });
    is(&Content::reaction(SALT, id(1), &emoji), &reaction);
    // The same reaction, as other keyboards encode it.
    is(&Content::reaction(SALT, id(1), &format!("{emoji}\u{fe0f}")), &reaction);
    is(&Content::unreact(SALT, id(2), id(1)), &message(MessageKind::Delete { target: id(2) }));
    is(&Content::delete(SALT, id(2)), &message(MessageKind::Delete { target: id(2) }));
    let kind = MessageKind::Edit { target: id(2), text: "b".to_owned(), format: TextFormat::Markdown };
    let edit = Meaning::Message { kind, in_reply_to: Some(id(1)), replaces: None, unknown_parts: Vec::new() };
    is(&Content::edit(SALT, id(2), Some(id(1)), "b", TextFormat::Markdown), &edit);
}

#[test]
fn a_reaction_that_is_none_is_shown_as_an_answer() {
    let long = "a".repeat(REACTION_BYTES_MAX + 1);
    for not_one in [long.as_str(), "a\nb", "", "\u{fe0f}"] {
        let meaning = Meaning::of(&Content::reaction(SALT, id(1), not_one));
        let Meaning::Message { kind: MessageKind::Text { text, .. }, in_reply_to, .. } = meaning else {
            panic!("shown as a text");
        };
        assert_eq!((text.as_str(), in_reply_to), (not_one, Some(id(1))));
    }
    let to_nothing = Content { in_reply_to: None, ..Content::reaction(SALT, id(1), "❤") };
    is(&to_nothing, &text("❤", TextFormat::Plain, &[]));
    let changed = Content { replaces: Some(id(3)), ..Content::reaction(SALT, id(1), "❤") };
    let kind = MessageKind::Reaction { target: id(1), emoji: "❤".to_owned() };
    let replaces = Some(id(3));
    is(&changed, &Meaning::Message { kind, in_reply_to: None, replaces, unknown_parts: Vec::new() });
}

#[test]
fn a_profile_is_no_message_whatever_is_in_it() {
    let part = |part: Part| Part { disposition: Disposition::PROFILE, ..part };
    let of = |content: Content| Meaning::of(&Content { part: part(content.part.clone()), ..content });
    let name = |name: &str| Meaning::Profile { name: Some(name.to_owned()) };
    assert!(of(Content::text(SALT, "Zo\u{eb}", TextFormat::Plain)) == name("Zo\u{eb}"));
    assert!(of(Content::reply(SALT, id(1), "Zo\u{eb}", TextFormat::Plain)) == name("Zo\u{eb}"));
    assert!(of(Content::edit(SALT, id(1), None, "Zo\u{eb}", TextFormat::Plain)) == name("Zo\u{eb}"));
    let none = Meaning::Profile { name: None };
    assert!(of(Content::delete(SALT, id(1))) == none);
    assert!(of(Content { part: single("text/vcard", b"BEGIN:VCARD"), ..empty() }) == none);
}

#[test]
fn media_types_are_read_by_their_rules() {
    let of = |kind: &str, content: &[u8]| Meaning::of(&Content { part: single(kind, content), ..empty() });
    assert!(of("TEXT/Plain ; Charset=\"UTF-8\"", b"a") == text("a", TextFormat::Plain, &[]));
    assert!(of("text/markdown;variant=CommonMark", b"a") == text("a", TextFormat::Markdown, &[]));
    assert!(of("text/plain;charset=iso-8859-1", b"a") == unknown("text/plain;charset=iso-8859-1"));
    assert!(of("text/plain", &[0xff]) == unknown("text/plain"));
    assert!(of("text/html", b"<b>") == unknown("text/html"));
    assert!(Meaning::of(&empty()) == unknown(""));
}

#[test]
fn of_several_parts_what_can_be_shown_is() {
    let html = || single("text/html", b"<b>a</b>");
    let plain = || single("text/plain", b"a");
    let markdown = || single("text/markdown", b"*b*");
    let choose = multi(Semantics::ChooseOne, vec![html(), markdown(), plain()]);
    is(&choose, &text("*b*", TextFormat::Markdown, &[]));
    let all = multi(Semantics::ProcessAll, vec![plain(), html(), markdown()]);
    is(&all, &text("a\n\n*b*", TextFormat::Plain, &["text/html"]));
    let unit = multi(Semantics::SingleUnit, vec![plain(), html()]);
    is(&unit, &unknown("text/plain"));
    let unit = multi(Semantics::SingleUnit, vec![markdown(), markdown()]);
    is(&unit, &text("*b*\n\n*b*", TextFormat::Markdown, &[]));
    let none = multi(Semantics::ProcessAll, vec![html(), html()]);
    is(&none, &unknown("text/html"));
}
