//! Content-defined chunks, and bytes packed by naming those of their chunks that are already stored.
//!
//! Staged commits are packed: mls-rs puts the ratchet tree into each one twice, as it was and as it will be, and of a
//! tree of a thousand clients all but a few chunks are in the store.

use std::collections::BTreeSet;

use fastcdc::v2020::FastCDC;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::Error;

/// Bytes of a chunk: small enough that the nodes of a path cost little, large enough that a tree of a thousand clients
/// is a few hundred rows.
const CHUNK_MIN: usize = 1024;
const CHUNK_AVERAGE: usize = 4096;
const CHUNK_MAX: usize = 16 * 1024;

pub(crate) type ChunkHash = [u8; 32];

/// Packed: first, the total length, as u64be.
type Length = [u8; 8];
/// Packed: a literal, its length as u32be before it.
const LITERAL: u8 = 0;
/// Packed: the hash of a stored chunk.
const STORED: u8 = 1;

/// The chunks of some bytes, in order.
pub(crate) fn chunks(bytes: &[u8]) -> impl Iterator<Item = (ChunkHash, &[u8])> {
    FastCDC::new(bytes, CHUNK_MIN, CHUNK_AVERAGE, CHUNK_MAX).map(move |chunk| {
        let bytes = &bytes[chunk.offset..chunk.offset + chunk.length];
        (Sha256::digest(bytes).into(), bytes)
    })
}

/// The bytes with hashes in place of the chunks that are stored.
pub(crate) fn pack(bytes: &[u8], stored: &BTreeSet<ChunkHash>) -> Zeroizing<Vec<u8>> {
    // Never moved while it grows: what is left behind would not be zeroized.
    let room = bytes.len() + (bytes.len() / CHUNK_MIN + 2) * 8;
    let mut packed = Zeroizing::new(Vec::with_capacity(room));
    packed.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    for (hash, chunk) in chunks(bytes) {
        if stored.contains(&hash) {
            packed.push(STORED);
            packed.extend_from_slice(&hash);
        } else {
            let length = u32::try_from(chunk.len()).expect("a chunk has at most CHUNK_MAX bytes");
            packed.push(LITERAL);
            packed.extend_from_slice(&length.to_be_bytes());
            packed.extend_from_slice(chunk);
        }
    }
    packed
}

/// Unpacks. `find` appends the stored chunk of a hash.
///
/// # Errors
/// [`Error::Corrupt`] if it does not have this form; what `find` returns.
pub(crate) fn unpack(
    packed: &[u8],
    what: &'static str,
    mut find: impl FnMut(&[u8], &mut Vec<u8>) -> Result<(), Error>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let corrupt = || Error::Corrupt { what };
    let (length, mut packed) = packed.split_first_chunk::<{ size_of::<Length>() }>().ok_or_else(corrupt)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| corrupt())?;
    if length > packed.len() + packed.len() / size_of::<ChunkHash>() * CHUNK_MAX {
        return Err(corrupt());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + CHUNK_MAX));
    while bytes.len() <= length
        && let Some((tag, rest)) = packed.split_first()
    {
        match *tag {
            STORED => {
                let (hash, rest) = rest.split_at_checked(size_of::<ChunkHash>()).ok_or_else(corrupt)?;
                find(hash, &mut bytes)?;
                packed = rest;
            }
            LITERAL => {
                let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(corrupt)?;
                let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| corrupt())?;
                let (literal, rest) = rest.split_at_checked(length).ok_or_else(corrupt)?;
                bytes.extend_from_slice(literal);
                packed = rest;
            }
            _ => return Err(corrupt()),
        }
    }
    if bytes.len() == length { Ok(bytes) } else { Err(corrupt()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(mut state: u64, length: usize) -> Vec<u8> {
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..length).map(next).collect()
    }

    #[test]
    fn what_is_stored_is_named_and_found_again() {
        let tree = noise(1, 300_000);
        let stored: BTreeSet<ChunkHash> = chunks(&tree).map(|(hash, _)| hash).collect();
        let mut changed = tree.clone();
        changed[150_000] ^= 1;
        let bytes = [noise(2, 500), tree.clone(), noise(3, 100), changed, noise(4, 70)].concat();
        let packed = pack(&bytes, &stored);
        assert!(packed.len() < bytes.len() / 6, "{} of {}", packed.len(), bytes.len());
        let find = |hash: &[u8], out: &mut Vec<u8>| {
            let (_, chunk) = chunks(&tree).find(|(h, _)| h == hash).ok_or(Error::Corrupt { what: "test" })?;
            out.extend_from_slice(chunk);
            Ok(())
        };
        assert_eq!(*unpack(&packed, "test", find).expect("it was packed"), bytes);
        assert_eq!(*unpack(&pack(&bytes, &BTreeSet::new()), "test", find).expect("it was packed"), bytes);
        assert!(unpack(&pack(b"", &stored), "test", find).expect("it was packed").is_empty());
    }

    #[test]
    fn what_was_never_packed_is_corrupt() {
        let find = |_: &[u8], _: &mut Vec<u8>| Ok(());
        let ends: [&[u8]; 6] = [
            &[2],
            &[STORED],
            &[STORED, 1, 2],
            &[LITERAL, 0, 0],
            &[LITERAL, 0, 0, 0, 2, 7],
            &[LITERAL, 0, 0, 0, 1, 7],
        ];
        for bad in ends.map(|end| [&[0, 0, 0, 0, 0, 0, 0, 2], end].concat()) {
            assert!(matches!(unpack(&bad, "test", find), Err(Error::Corrupt { what: "test" })), "{bad:?}");
        }
        for bad in [&[0_u8; 7][..], &[0, 0, 0, 0, 0, 0, 0, 1], &[255; 9]] {
            assert!(unpack(bad, "test", find).is_err(), "{bad:?}");
        }
    }
}
