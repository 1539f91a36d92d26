//! The plaintext part of MLS messages (RFC 9420 §6), which must match the log, the bundle and the kind.
//!
//! A PublicMessage would reveal its content and its sender's certificates to the service and to anyone who reads its
//! disk, so none is stored.

use conclave_protocol::wire::EntryKind;
use conclave_protocol::{Epoch, GroupId};

use crate::refusal::Refusal;

/// `mls10` and `mls_private_message`.
const PRIVATE_MESSAGE: [u8; 4] = [0, 1, 0, 2];
/// `mls10` and `mls_key_package`.
const KEY_PACKAGE: [u8; 4] = [0, 1, 0, 5];

/// Checks that these bytes are exactly one `MLSMessage(PrivateMessage)` of this log, epoch and kind.
///
/// # Errors
/// `MALFORMED` with the name of the request field that held them.
pub(super) fn private_message(
    bytes: &[u8],
    log: &GroupId,
    epoch: Epoch,
    kind: EntryKind,
    field: &'static str,
) -> Result<(), Refusal> {
    let agrees = || {
        let rest = bytes.strip_prefix(&PRIVATE_MESSAGE)?;
        let (group_id, rest) = vector(rest)?;
        let (in_epoch, rest) = rest.split_first_chunk::<8>()?;
        let (content_type, rest) = rest.split_first()?;
        let (_authenticated_data, rest) = vector(rest)?;
        let (sender_data, rest) = vector(rest)?;
        let (ciphertext, rest) = vector(rest)?;
        let agrees = group_id == log.as_bytes()
            && u64::from_be_bytes(*in_epoch) == epoch.0
            && Some(*content_type) == content_type_of(kind)
            && !sender_data.is_empty()
            && !ciphertext.is_empty()
            && rest.is_empty();
        agrees.then_some(())
    };
    agrees().ok_or(Refusal::Malformed(field))
}

/// `ContentType` of RFC 9420 §6.
fn content_type_of(kind: EntryKind) -> Option<u8> {
    match kind {
        EntryKind::Application => Some(1),
        EntryKind::Proposal => Some(2),
        EntryKind::Commit => Some(3),
        EntryKind::Unspecified => None,
    }
}

/// Whether these bytes start like an `MLSMessage(KeyPackage)`. The claimer verifies the rest.
pub(super) fn is_key_package(bytes: &[u8]) -> bool {
    bytes.starts_with(&KEY_PACKAGE)
}

/// A variable-size vector (RFC 9420 §2.1.2): a length in 1, 2 or 4 bytes, minimally encoded, then the content.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *bytes.first()?;
    let (of_length, least) = match first >> 6 {
        0 => (1, 0),
        1 => (2, 1 << 6),
        2 => (4, 1 << 14),
        _ => return None,
    };
    let (prefix, rest) = bytes.split_at_checked(of_length)?;
    let length = prefix[1..].iter().fold(usize::from(first & 0x3f), |n, byte| (n << 8) | usize::from(*byte));
    if length < least { None } else { rest.split_at_checked(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(group: &[u8], epoch: u64, content_type: u8) -> Vec<u8> {
        let length = u8::try_from(group.len()).unwrap_or(u8::MAX);
        let mut bytes = [&PRIVATE_MESSAGE, [length].as_slice(), group, &epoch.to_be_bytes()].concat();
        bytes.extend([content_type, 0, 1, 7, 0x40, 0x41]);
        bytes.extend([9; 0x41]);
        bytes
    }

    #[test]
    fn the_plain_part_must_agree_with_what_it_is_sent_as() {
        let log = GroupId::new([1; 16]);
        let check = |bytes: &[u8], kind| private_message(bytes, &log, Epoch(3), kind, "message");
        let kinds = [(EntryKind::Application, 1), (EntryKind::Proposal, 2), (EntryKind::Commit, 3)];
        for (kind, content_type) in kinds {
            for said in 0..=4 {
                let agrees = check(&message(&[1; 16], 3, said), kind).is_ok();
                assert_eq!(agrees, said == content_type, "{kind:?} as {said}");
            }
            assert_eq!(check(&message(&[2; 16], 3, content_type), kind), Err(Refusal::Malformed("message")));
            assert!(check(&message(&[1; 15], 3, content_type), kind).is_err());
            assert!(check(&message(&[1; 16], 4, content_type), kind).is_err());
        }
    }

    #[test]
    fn nothing_but_one_whole_private_message_will_do() {
        let log = GroupId::new([1; 16]);
        let check =
            |bytes: &[u8]| private_message(bytes, &log, Epoch(3), EntryKind::Commit, "commit").is_ok();
        let whole = message(&[1; 16], 3, 3);
        assert!(check(&whole));
        for upto in 0..whole.len() {
            assert!(!check(&whole[..upto]), "{upto}");
        }
        assert!(!check(&[whole.as_slice(), &[0]].concat()));
        // PublicMessage, Welcome, GroupInfo, KeyPackage, another version.
        for (place, value) in [(3, 1), (3, 3), (3, 4), (3, 5), (1, 2)] {
            let mut other = whole.clone();
            other[place] = value;
            assert!(!check(&other), "{place} {value}");
        }
        // A length that is not minimally encoded, and an invalid one.
        let ends = whole.len() - 0x43;
        for prefix in [&[0x40, 0x01, 7][..], &[0xc0, 0, 0, 1, 7]] {
            let padded = [&whole[..ends - 2], prefix, &whole[ends..]].concat();
            assert!(!check(&padded), "{prefix:?}");
        }
    }
}
