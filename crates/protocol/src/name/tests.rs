#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn person(text: &str) -> Result<String, BadName> {
    PersonName::clean(text).map(String::from)
}

fn cleaned(text: &str) -> String {
    person(text).unwrap()
}

#[test]
fn names_of_all_scripts_stay_as_they_are_written() {
    for name in [
        "Ana Lebedeva",
        "Анна-Мария Лебедева",
        "أحمد بن محمد",
        "דָּוִד בֶּן־גּוּרִיוֹן",
        "王小明",
        "田中 さくら",
        "김민준",
        "श्रीनिवास रामानुजन्",
        "ශ්‍රී ලාල්",
        "علی\u{200C}رضا",
        "ประยุทธ์",
        "བསྟན་འཛིན་རྒྱ་མཚོ།",
        "O’Neill, Zoë (she)",
        "葛\u{E0100}城",
        "👩\u{200D}🚀 Mia ❤\u{FE0F}",
        "Nguyễn Thị Ánh",
    ] {
        assert_eq!(cleaned(name), name);
    }
}

#[test]
fn what_can_not_be_seen_goes() {
    assert_eq!(cleaned("x \u{202E}y"), "x y");
    assert_eq!(cleaned("\u{2066}Bob\u{2069}\u{200F}"), "Bob");
    assert_eq!(cleaned("B\u{200B}o\u{2060}b\u{FEFF}\u{AD}"), "Bob");
    assert_eq!(cleaned("Bob\u{0}\u{7}\u{1b}[31m"), "Bob[31m");
    assert_eq!(cleaned("\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}"), "\u{1F3F4}", "tags");
    assert_eq!(cleaned("a\u{3164}b\u{2800}c\u{FFA0}d"), "abcd");
}

#[test]
fn white_space_is_single_and_within() {
    assert_eq!(cleaned("  Ana\t\n\u{2028} \u{3000}Lebedeva\u{A0} "), "Ana Lebedeva");
}

#[test]
fn a_name_is_composed_whatever_stood_between() {
    assert_eq!(cleaned("Zoe\u{308}"), "Zoë");
    assert_eq!(cleaned("Zoe\u{200B}\u{308}"), "Zoë");
}

#[test]
fn joiners_and_marks_belong_to_letters() {
    assert_eq!(cleaned("\u{200D}Bob\u{200D}"), "Bob");
    assert_eq!(cleaned("B\u{200C}\u{200C}\u{200D}ob \u{200D} x"), "B\u{200C}ob x");
    assert_eq!(cleaned("\u{301}Bob \u{301}x"), "Bob x");
    assert_eq!(cleaned("\u{FE0F}Bob"), "Bob");
    assert_eq!(
        cleaned(&format!("Z{}", "\u{323}".repeat(500))).chars().count(),
        1 + MARKS_MAX,
        "the first one is part of the letter"
    );
}

#[test]
fn nothing_visible_is_no_name() {
    for text in [
        "",
        "   ",
        "\u{200B}",
        "\u{2060}",
        "\u{3164}",
        "\u{2800}",
        "\u{202E}\u{202C}",
        "\u{200D}",
        "\u{301}",
        "\u{FE0F}",
        "\u{E0041}",
        "\u{0}",
    ] {
        assert_eq!(person(text), Err(BadName::Empty), "{text:?}");
    }
}

#[test]
fn letters_are_counted_as_a_reader_counts_them() {
    let family = "👨\u{200D}👩\u{200D}👧\u{200D}👦";
    for letter in ["a", "ж", "王", "e\u{302}\u{323}"] {
        assert!(person(&letter.repeat(64)).is_ok(), "{letter}");
        assert_eq!(person(&letter.repeat(65)), Err(BadName::TooLong { max: 64 }), "{letter}");
    }
    assert!(person(&family.repeat(20)).is_ok(), "20 families are 20 letters");
    assert!(GroupName::clean(&"ж".repeat(100)).is_ok());
    assert_eq!(GroupName::clean(&"ж".repeat(101)), Err(BadName::TooLong { max: 100 }));
}

#[test]
fn heaps_of_marks_and_endless_texts_are_too_long() {
    let heap = "Z\u{335}\u{321}\u{325}\u{32D}\u{489}\u{360}\u{346}".repeat(60);
    assert_eq!(person(&heap), Err(BadName::TooLong { max: 64 }));
    assert_eq!(person(&"\u{200B}".repeat(1 << 20)), Err(BadName::TooLong { max: 64 }));
}

#[test]
fn members_take_only_what_is_clean() {
    for text in [
        "",
        " a",
        "a ",
        "a\tb",
        "a\u{A0}b",
        "x\u{202E}y",
        "\u{3164}",
        "\u{200D}",
        "a\u{0}",
        &"a".repeat(1025),
    ] {
        assert!(!GroupName::is_taken(text), "{text:?}");
    }
    assert!(GroupName::is_taken(&"ж".repeat(512)), "only the author of a name counts letters");
    assert!(GroupName::is_taken("علی\u{200C}رضا"));
}

#[test]
fn names_that_look_alike_have_one_key() {
    for (one, other) in [
        ("Alice", "alice"),
        ("Alice", "АӀісе"),
        ("Alice", "Ａｌｉｃｅ"),
        ("Alice", "Al ice"),
        ("Alice", "AIice"),
        ("Alice", "𝐀𝐥𝐢𝐜𝐞 🌸"),
        ("Zoë", "zoe"),
        ("Tim", "Tirn"),
        ("Bill 10", "BiIl l0"),
        ("🦊", "🦊"),
    ] {
        assert_eq!(alike_key(one), alike_key(other), "{one} {other}");
    }
    for (one, other) in [("Alice", "Alina"), ("王小明", "王大明"), ("🦊", "🐻"), ("Bob", "Rob")] {
        assert_ne!(alike_key(one), alike_key(other), "{one} {other}");
    }
}

#[test]
fn a_name_is_not_printed() {
    assert_eq!(format!("{:?}", PersonName::clean("Ana").unwrap()), "Name(3 bytes)");
}

proptest! {
    /// A cleaned name is clean: for this client, when cleaned again, and for all members.
    #[test]
    fn cleaning_ends(text in "\\PC{0,40}|[\u{200b}-\u{2070}a\u{300}-\u{304} \u{fe0f}]{0,30}|.{0,30}") {
        if let Ok(name) = GroupName::clean(&text) {
            prop_assert_eq!(GroupName::clean(name.as_str()), Ok(name.clone()));
            prop_assert!(GroupName::is_taken(name.as_str()));
        }
    }
}
