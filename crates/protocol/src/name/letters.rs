//! The characters that a name can't contain. Listed explicitly, so that all members judge alike, whatever their Unicode
//! version.

use std::ops::RangeInclusive;

/// Controls, direction marks, invisible and blank characters, and those without a meaning of their own; sorted.
const HIDDEN: &[RangeInclusive<u32>] = &[
    0x00..=0x08,
    0x0E..=0x1F,
    0x7F..=0x84,
    0x86..=0x9F,
    0xAD..=0xAD,         // soft hyphen
    0x034F..=0x034F,     // combining grapheme joiner
    0x061C..=0x061C,     // Arabic letter mark
    0x115F..=0x1160,     // Hangul fillers
    0x17B4..=0x17B5,     // invisible Khmer vowels
    0x180E..=0x180E,     // Mongolian vowel separator
    0x200B..=0x200B,     // zero width space
    0x200E..=0x200F,     // direction marks
    0x202A..=0x202E,     // embeddings and overrides
    0x2060..=0x206F,     // word joiner, invisible operators, isolates
    0x2800..=0x2800,     // blank Braille pattern
    0x3164..=0x3164,     // Hangul filler
    0xE000..=0xF8FF,     // private use
    0xFDD0..=0xFDEF,     // not characters
    0xFEFF..=0xFEFF,     // byte order mark
    0xFFA0..=0xFFA0,     // half-width Hangul filler
    0xFFF0..=0xFFFF,     // specials
    0x1_3430..=0x1_345F, // controls of hieroglyphs
    0x1_BCA0..=0x1_BCA3, // controls of shorthand
    0x1_D173..=0x1_D17A, // controls of musical notation
    0xE_0000..=0xE_00FF, // tags
    0xE_01F0..=0xE_0FFF,
    0xF_0000..=0x10_FFFF, // private use
];

/// Whether a character is never part of a name. White space is not among them: it becomes a space.
pub(super) fn is_hidden(c: char) -> bool {
    let c = u32::from(c);
    let place = HIDDEN.partition_point(|range| *range.end() < c);
    HIDDEN.get(place).is_some_and(|range| range.contains(&c))
}

/// Joins or separates two letters: needed by Persian and Indic scripts, and by emoji sequences.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Selects a form of the character before it: of an emoji, or of a Han character in a family name.
pub(super) fn is_selector(c: char) -> bool {
    matches!(c, '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        let apart = |pair: &[RangeInclusive<u32>]| pair[0].end() < pair[1].start();
        assert!(HIDDEN.windows(2).all(apart));
        assert!(HIDDEN.iter().all(|range| range.start() <= range.end()));
    }

    #[test]
    fn what_is_white_space_is_not_hidden_and_every_control_is_one_of_them() {
        for c in char::MIN..=char::MAX {
            assert!(!(c.is_whitespace() && is_hidden(c)), "{c:?}");
            assert!(!c.is_control() || c.is_whitespace() || is_hidden(c), "{c:?}");
        }
    }
}
