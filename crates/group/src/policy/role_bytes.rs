//! How a role is encoded in the policy extension: one byte, its stored integer.

use conclave_record::{Code, Role};
use mls_rs_codec::{Error, MlsDecode, MlsEncode, MlsSize};

fn byte(role: Role) -> u8 {
    role as u8
}

/// For `#[mls_codec(with)]`.
pub(super) fn mls_encoded_len(role: &Role) -> usize {
    byte(*role).mls_encoded_len()
}

/// For `#[mls_codec(with)]`.
pub(super) fn mls_encode(role: &Role, writer: &mut Vec<u8>) -> Result<(), Error> {
    byte(*role).mls_encode(writer)
}

/// For `#[mls_codec(with)]`.
pub(super) fn mls_decode(reader: &mut &[u8]) -> Result<Role, Error> {
    Role::from_stored(u8::mls_decode(reader)?.into()).ok_or(Error::UnsupportedEnumDiscriminant)
}
