//! An auditor's tool: the decrypted pages of a store's file and write-ahead log, free pages included, read without
//! SQLite. It can tell whether something that was deleted is gone from the disk.
//!
//! The format is SQLCipher 4's with a raw key: pages of 4096 bytes, each ending in a 16-byte IV and an HMAC-SHA512 over
//! content, IV and page number; content is AES-256-CBC; the first 16 bytes of the file are the salt of the HMAC key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use sha2::{Digest, Sha512};

use crate::key::StoreKey;

const PAGE: usize = 4096;
const IV: usize = 16;
const MAC: usize = 64;
const SALT: usize = 16;
const WAL_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// SQLCipher's salt mask and rounds for the HMAC key.
const MAC_SALT_MASK: u8 = 0x3a;

/// All pages of the database at `path` and all frames of its write-ahead log, decrypted, one after the other. A page
/// whose HMAC does not verify is an error: its content is unknown.
///
/// # Errors
/// `InvalidData` for a page that this key does not authenticate; else what the file system says.
pub fn decrypted_pages(path: &Path, key: &StoreKey) -> io::Result<Vec<u8>> {
    let file = fs::read(path)?;
    let Some(reader) = PageReader::new(&file, key) else { return Ok(Vec::new()) };
    let mut out = Vec::with_capacity(file.len());
    for (index, page) in file.chunks(PAGE).enumerate() {
        out.extend(reader.decrypt(page, index + 1)?);
    }
    let wal = match fs::read(wal_path(path)) {
        Ok(wal) => wal,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    for frame in wal.get(WAL_HEADER..).unwrap_or(&[]).chunks(FRAME_HEADER + PAGE) {
        let Some((header, page)) = frame.split_first_chunk::<FRAME_HEADER>() else { break };
        let number = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        out.extend(reader.decrypt(page, number as usize)?);
    }
    Ok(out)
}

/// The path of this database's write-ahead log.
#[must_use]
pub fn wal_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Whether this key authenticates any of the first pages: then it is the right one, and the file is damaged elsewhere.
pub(crate) fn authenticates_any(file: &[u8], key: &StoreKey) -> bool {
    /// Enough to tell; the file is not ours to read through.
    const PAGES_MAX: usize = 64;
    PageReader::new(file, key).is_some_and(|reader| {
        file.chunks_exact(PAGE)
            .take(PAGES_MAX)
            .enumerate()
            .any(|(index, page)| reader.verifies(page, index + 1))
    })
}

struct PageReader {
    cipher: Aes256,
    mac_key: [u8; 32],
}

impl PageReader {
    fn new(file: &[u8], key: &StoreKey) -> Option<Self> {
        let mut salt: [u8; SALT] = *file.first_chunk()?;
        salt.iter_mut().for_each(|byte| *byte ^= MAC_SALT_MASK);
        let cipher = Aes256::new(&Array::from(*key.bytes()));
        Some(Self { cipher, mac_key: mac_key(key, &salt) })
    }

    fn start(number: usize) -> usize {
        if number == 1 { SALT } else { 0 }
    }

    fn verifies(&self, page: &[u8], number: usize) -> bool {
        let Ok(number32) = u32::try_from(number) else { return false };
        let Some((covered, mac)) = page.split_at_checked(PAGE - MAC) else { return false };
        // SQLCipher hashes the page number little-endian, on every machine.
        hmac_sha512(&self.mac_key, &[&covered[Self::start(number)..], &number32.to_le_bytes()]) == *mac
    }

    fn decrypt(&self, page: &[u8], number: usize) -> io::Result<Vec<u8>> {
        if page.len() != PAGE || !self.verifies(page, number) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("page {number} is not authentic"),
            ));
        }
        let (content, tail) = page.split_at(PAGE - IV - MAC);
        let mut previous: [u8; IV] = *tail.first_chunk().expect("a page ends in IV and HMAC");
        let mut plain = Vec::with_capacity(content.len());
        for block in content[Self::start(number)..].chunks_exact(IV) {
            let sealed: [u8; IV] = *block.first_chunk().expect("exact chunks of 16");
            let mut open = Array::from(sealed);
            self.cipher.decrypt_block(&mut open);
            plain.extend(open.iter().zip(previous).map(|(byte, mask)| byte ^ mask));
            previous = sealed;
        }
        Ok(plain)
    }
}

/// PBKDF2-HMAC-SHA512 with two rounds, as SQLCipher derives the HMAC key; the first 32 bytes of one block.
fn mac_key(key: &StoreKey, salt: &[u8]) -> [u8; 32] {
    let first = hmac_sha512(key.bytes(), &[salt, &1_u32.to_be_bytes()]);
    let second = hmac_sha512(key.bytes(), &[&first]);
    let mut out = [0; 32];
    out.iter_mut().zip(first.iter().zip(second)).for_each(|(byte, (a, b))| *byte = a ^ b);
    out
}

/// RFC 2104, for keys of 32 bytes.
fn hmac_sha512(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 64] {
    let padded = |mask: u8| {
        let mut block = [mask; 128];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = parts.iter().fold(Sha512::new().chain_update(padded(0x36)), Digest::chain_update);
    Sha512::new().chain_update(padded(0x5c)).chain_update(inner.finalize()).finalize().into()
}
