//! Checks that an extension's value is deterministic CBOR (RFC 8949 §4.2.1) within the draft's data model (§6.1 to
//! §6.3). Extensions are kept as bytes, so nothing else would notice.

use minicbor::{Decoder, Encoder};

use super::ContentError;

/// Levels of arrays, maps and tags within a value: 4 with the extensions map itself (draft §6.3).
const LEVELS_MAX: usize = 3;
/// Tags of integers beyond 64 bits (RFC 8949 §3.4.3).
const BIGNUMS: [u64; 2] = [2, 3];

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// Checks the value at the start of these bytes and returns its length.
pub(super) fn check_value(bytes: &[u8]) -> Result<usize, ContentError> {
    let mut reader = Reader { bytes, at: 0 };
    reader.value(LEVELS_MAX)?;
    Ok(reader.at)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The start of a value: its major type and argument (RFC 8949 §3).
#[derive(Clone, Copy)]
struct Head {
    major: u8,
    info: u8,
    argument: u64,
}

impl<'a> Reader<'a> {
    fn value(&mut self, levels: usize) -> Result<Head, ContentError> {
        let start = self.at;
        let head = self.head()?;
        match head.major {
            UNSIGNED | NEGATIVE => {}
            BYTES => {
                self.take(head.argument)?;
            }
            TEXT => {
                std::str::from_utf8(self.take(head.argument)?).map_err(|_| ContentError::Malformed)?;
            }
            ARRAY => {
                let inner = levels.checked_sub(1).ok_or(ContentError::TooDeep)?;
                for _ in 0..head.argument {
                    self.value(inner)?;
                }
            }
            MAP => self.map(head.argument, levels.checked_sub(1).ok_or(ContentError::TooDeep)?)?,
            TAG => self.tagged(head.argument, levels.checked_sub(1).ok_or(ContentError::TooDeep)?)?,
            _ => simple_or_float(head, &self.bytes[start..self.at])?,
        }
        Ok(head)
    }

    /// Reads a head; refuses indefinite lengths and any but the shortest form.
    fn head(&mut self) -> Result<Head, ContentError> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        let len = match info {
            0..=23 => return Ok(Head { major, info, argument: u64::from(info) }),
            24..=27 => 1 << (info - 24),
            _ => return Err(ContentError::NotDeterministic),
        };
        let argument = self.take(len)?.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        let least = [24, 1 << 8, 1 << 16, 1 << 32][usize::from(info - 24)];
        // The argument of major type 7 is a simple value or the bits of a float: checked there.
        if major < 7 && argument < least {
            return Err(ContentError::NotDeterministic);
        }
        Ok(Head { major, info, argument })
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], ContentError> {
        let rest = &self.bytes[self.at..];
        let len =
            usize::try_from(len).ok().filter(|len| *len <= rest.len()).ok_or(ContentError::Malformed)?;
        self.at += len;
        Ok(&rest[..len])
    }

    fn map(&mut self, pairs: u64, levels: usize) -> Result<(), ContentError> {
        let mut before: Option<&[u8]> = None;
        for _ in 0..pairs {
            let start = self.at;
            if self.value(levels)?.major > TEXT {
                return Err(ContentError::Malformed);
            }
            let key = &self.bytes[start..self.at];
            if before.is_some_and(|before| before >= key) {
                return Err(ContentError::NotDeterministic);
            }
            before = Some(key);
            self.value(levels)?;
        }
        Ok(())
    }

    fn tagged(&mut self, tag: u64, levels: usize) -> Result<(), ContentError> {
        let head = self.value(levels)?;
        if BIGNUMS.contains(&tag) {
            if head.major != BYTES {
                return Err(ContentError::Malformed);
            }
            // Up to 8 bytes it fits an integer; a leading zero can be left out.
            let long = usize::try_from(head.argument).ok().filter(|len| *len > 8);
            if long.is_none_or(|len| self.bytes[self.at - len] == 0) {
                return Err(ContentError::NotDeterministic);
            }
        }
        Ok(())
    }
}

/// Simple values and floats must have the shortest form; the only NaN is the half-width quiet one.
fn simple_or_float(head: Head, encoded: &[u8]) -> Result<(), ContentError> {
    let mut float = Decoder::new(encoded);
    let shortest = match head.info {
        // false, true, null, undefined
        20..=23 => true,
        0..=19 => return Err(ContentError::Malformed),
        24 => head.argument >= 32,
        25 => !float.f16().is_ok_and(f32::is_nan) || head.argument == 0x7e00,
        26 => float.f32().is_ok_and(|value| !value.is_nan() && !fits_f16(value)),
        _ => float.f64().is_ok_and(|value| !value.is_nan() && !fits_f32(value)),
    };
    if shortest { Ok(()) } else { Err(ContentError::NotDeterministic) }
}

fn fits_f16(value: f32) -> bool {
    let mut half = Encoder::new(Vec::with_capacity(3));
    half.f16(value).expect("writing to a vector can't fail");
    Decoder::new(half.writer()).f16().is_ok_and(|back| back.to_bits() == value.to_bits())
}

fn fits_f32(value: f64) -> bool {
    f64::from(value as f32).to_bits() == value.to_bits()
}
