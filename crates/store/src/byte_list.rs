//! A list of byte strings in one column: each with its length as four bytes, big-endian, before it.

use bytes::Bytes;

use crate::error::Error;

/// No stored list is longer: 100 key packages, or three certificates.
const ITEMS_MAX: usize = 1024;

pub(crate) fn encode(items: &[Bytes]) -> Result<Vec<u8>, Error> {
    let too_long = Error::OutOfRange { what: "a list" };
    if items.len() > ITEMS_MAX {
        return Err(too_long);
    }
    let mut out = Vec::with_capacity(items.iter().map(|item| 4 + item.len()).sum());
    for item in items {
        let length = u32::try_from(item.len()).map_err(|_| too_long.clone())?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(item);
    }
    Ok(out)
}

pub(crate) fn decode(mut bytes: &[u8]) -> Result<Vec<Bytes>, Error> {
    let damaged = Error::Corrupt { what: "a list" };
    let mut items = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| damaged.clone())?;
        let (item, rest) = rest.split_at_checked(length).ok_or_else(|| damaged.clone())?;
        if items.len() == ITEMS_MAX {
            return Err(damaged);
        }
        items.push(Bytes::copy_from_slice(item));
        bytes = rest;
    }
    if bytes.is_empty() { Ok(items) } else { Err(damaged) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_held_fast() {
        let items = vec![Bytes::from_static(b"ab"), Bytes::new(), Bytes::from_static(b"c")];
        let encoded = encode(&items).expect("a short list");
        assert_eq!(hex::encode(&encoded), "0000000261620000000000000001".to_owned() + "63");
        assert_eq!(decode(&encoded), Ok(items));
        assert_eq!(decode(&[]), Ok(Vec::new()));
    }

    #[test]
    fn damage_is_an_error() {
        for bad in [&[0_u8][..], &[0, 0, 0, 1], &[0, 0, 0, 2, 1], &[255, 255, 255, 255, 0]] {
            assert_eq!(decode(bad), Err(Error::Corrupt { what: "a list" }));
        }
    }
}
