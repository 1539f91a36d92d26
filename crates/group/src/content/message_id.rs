//! The id by which messages refer to each other (draft §3.3).

use conclave_protocol::{MessageId, UserUri};
use sha2::{Digest, Sha256};

/// SHA-256 in the IANA named information hash registry.
const SHA256: u8 = 0x01;

/// A message's id: hashes its encoded bytes exactly as sent, its salt, the user who sent it and the room.
#[must_use]
pub fn message_id(sender: &UserUri, room_uri: &str, encoded: &[u8], salt: &[u8; 16]) -> MessageId {
    let hash = Sha256::new()
        .chain_update(length(sender.as_str()))
        .chain_update(sender.as_str())
        .chain_update(length(room_uri))
        .chain_update(room_uri)
        .chain_update(encoded)
        .chain_update(salt)
        .finalize();
    let mut id = [SHA256; MessageId::LEN];
    id[1..].copy_from_slice(&hash[..MessageId::LEN - 1]);
    MessageId::new(id)
}

/// A URI's length as hashed. Both kinds are bounded far below 64 KiB where they are parsed.
fn length(uri: &str) -> [u8; 2] {
    u16::try_from(uri.len()).unwrap_or(u16::MAX).to_be_bytes()
}
