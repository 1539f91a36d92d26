//! The vault file's bytes, version 1, all numbers little-endian:
//!
//! ```text
//! magic "conclave-vault\n" 15 · version u8 · memory_kib u32 · passes u32 · lanes u32 · salt 16
//! · wrap nonce 24 · wrapped data key 48 · SHA-256 of all before 32 · body nonce 24 · sealed body
//! body: count u32 · count × (name length u8 · name · secret length u16 · secret)
//! ```
//! The digest distinguishes a damaged head from a wrong passphrase; it protects nothing. The head, digest included, is
//! the body's associated data.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::seal::Cost;
use crate::{ITEMS_MAX, ItemName, SECRET_BYTES_MAX, Secret, VaultError};

const MAGIC: &[u8; 15] = b"conclave-vault\n";
const VERSION: u8 = 1;
const DIGEST_BYTES: usize = 32;
/// Length of the head, digest included.
pub(super) const HEAD_BYTES: usize = 15 + 1 + 12 + 16 + 24 + 48 + DIGEST_BYTES;
/// Largest vault file; a larger one is damaged.
pub(super) const FILE_BYTES_MAX: u64 = 16 << 20;

/// What is needed to unwrap the data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) cost: Cost,
    pub(super) salt: [u8; 16],
    pub(super) wrap_nonce: [u8; 24],
    pub(super) wrapped_key: [u8; 48],
}

/// A parsed vault file, not decrypted yet.
#[derive(Debug)]
pub(super) struct VaultFile<'a> {
    pub(super) head: Head,
    pub(super) head_bytes: &'a [u8],
    pub(super) body_nonce: [u8; 24],
    pub(super) sealed_body: &'a [u8],
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD_BYTES);
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        for number in [self.cost.memory_kib, self.cost.passes, Cost::LANES] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.wrap_nonce);
        out.extend_from_slice(&self.wrapped_key);
        let digest = Sha256::digest(&out);
        out.extend_from_slice(&digest);
        out
    }
}

impl<'a> VaultFile<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, VaultError> {
        let cut = || VaultError::damaged("the file is cut short");
        let (head_bytes, body) = bytes.split_at_checked(HEAD_BYTES).ok_or_else(cut)?;
        let (covered, digest) = head_bytes.split_at(HEAD_BYTES - DIGEST_BYTES);
        if !covered.starts_with(MAGIC) {
            return Err(VaultError::damaged("the file is not a vault"));
        }
        if Sha256::digest(covered).as_slice() != digest {
            return Err(VaultError::damaged("the head of the file was changed"));
        }
        let mut rest = Reader(&covered[MAGIC.len()..]);
        let version = rest.array::<1>()?[0];
        if version != VERSION {
            return Err(VaultError::damaged(format_args!("version {version} is not known")));
        }
        let (memory_kib, passes, lanes) = (rest.u32()?, rest.u32()?, rest.u32()?);
        if lanes != Cost::LANES {
            return Err(VaultError::damaged("the cost is out of bounds"));
        }
        let head = Head {
            cost: Cost::new(memory_kib, passes)?,
            salt: rest.array()?,
            wrap_nonce: rest.array()?,
            wrapped_key: rest.array()?,
        };
        let mut body = Reader(body);
        Ok(Self { head, head_bytes, body_nonce: body.array()?, sealed_body: body.0 })
    }
}

/// The items as the plain text of the body.
pub(super) fn encode_items(items: &BTreeMap<ItemName, Secret>) -> Zeroizing<Vec<u8>> {
    // Allocated in advance: a growing vector leaves unwiped copies behind.
    let size: usize = items.iter().map(|(n, s)| 3 + n.as_str().len() + s.expose().len()).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(4 + size));
    let count = u32::try_from(items.len()).expect("at most ITEMS_MAX items are admitted");
    out.extend_from_slice(&count.to_le_bytes());
    for (name, secret) in items {
        let name = name.as_str().as_bytes();
        out.push(u8::try_from(name.len()).expect("a name has at most 128 bytes"));
        out.extend_from_slice(name);
        let length = u16::try_from(secret.expose().len()).expect("at most SECRET_BYTES_MAX are admitted");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(secret.expose());
    }
    out
}

/// The items from the plain text of the body.
pub(super) fn parse_items(body: &[u8]) -> Result<BTreeMap<ItemName, Secret>, VaultError> {
    let mut rest = Reader(body);
    let count = rest.u32()? as usize;
    if count > ITEMS_MAX {
        return Err(VaultError::damaged("there are more items than a vault takes"));
    }
    let mut items = BTreeMap::new();
    for _ in 0..count {
        let length = usize::from(rest.array::<1>()?[0]);
        let name = std::str::from_utf8(rest.bytes(length)?).map_err(VaultError::damaged)?;
        let name = ItemName::new(name).map_err(VaultError::damaged)?;
        let length = usize::from(u16::from_le_bytes(rest.array()?));
        if length > SECRET_BYTES_MAX {
            return Err(VaultError::damaged("an item is larger than a vault takes"));
        }
        items.insert(name, Secret::new(rest.bytes(length)?.to_vec()));
    }
    if items.len() != count || !rest.0.is_empty() {
        return Err(VaultError::damaged("the items do not add up"));
    }
    Ok(items)
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], VaultError> {
        let cut = || VaultError::damaged("the file is cut short");
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(cut)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], VaultError> {
        Ok(self.bytes(N)?.try_into().expect("bytes() returns as many as were asked for"))
    }

    fn u32(&mut self) -> Result<u32, VaultError> {
        Ok(u32::from_le_bytes(self.array()?))
    }
}
