//! Encryption of the vault file. The passphrase unwraps a data key, and the data key decrypts the items, so that a
//! wrong passphrase and a damaged body are different errors, and key derivation runs once per opening.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::format::{Head, VaultFile};
use crate::secret::fill_random;
use crate::{Secret, VaultError};

const WRAP_LABEL: &[u8] = b"conclave vault data key v1";

/// The cost of trying a passphrase (argon2id, RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
}

impl Cost {
    /// One lane, since the implementation computes lanes sequentially.
    pub(super) const LANES: u32 = 1;
    /// For tests: argon2id's minimum. Protects nothing.
    pub const MINIMAL: Self = Self { memory_kib: 8, passes: 1 };

    /// A cost of `memory_kib` KiB (8 to 1 GiB) and `passes` (1 to 16).
    ///
    /// # Errors
    /// [`VaultError::Damaged`] outside these bounds: only a damaged or hostile file has such a cost.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Self, VaultError> {
        if (8..=1 << 20).contains(&memory_kib) && (1..=16).contains(&passes) {
            Ok(Self { memory_kib, passes })
        } else {
            Err(VaultError::damaged("the cost is out of bounds"))
        }
    }
}

impl Default for Cost {
    /// 64 MiB and three passes, RFC 9106 §4's second recommendation.
    fn default() -> Self {
        Self { memory_kib: 64 << 10, passes: 3 }
    }
}

type Key = Zeroizing<[u8; 32]>;

/// An opened data key, and the head of the file that wraps it.
pub(super) struct Lock {
    head: Head,
    data_key: Key,
}

impl Lock {
    /// A new data key under a passphrase.
    pub(super) fn new(passphrase: &Secret, cost: Cost) -> Result<Self, VaultError> {
        let mut data_key: Key = Zeroizing::new([0; 32]);
        let (mut salt, mut wrap_nonce) = ([0; 16], [0; 24]);
        for bytes in [data_key.as_mut_slice(), &mut salt, &mut wrap_nonce] {
            fill_random(bytes)?;
        }
        let wrapped = cipher(&stretch(passphrase, &salt, cost)?)
            .encrypt(XNonce::from_slice(&wrap_nonce), Payload { msg: data_key.as_slice(), aad: WRAP_LABEL })
            .expect("32 bytes are within the cipher's limit");
        let wrapped_key = wrapped.try_into().expect("a key of 32 bytes and a tag of 16");
        Ok(Self { head: Head { cost, salt, wrap_nonce, wrapped_key }, data_key })
    }

    /// Unwraps the data key of a file.
    pub(super) fn open(file: &VaultFile<'_>, passphrase: &Secret) -> Result<Self, VaultError> {
        let head = file.head.clone();
        let unwrapped = cipher(&stretch(passphrase, &head.salt, head.cost)?)
            .decrypt(
                XNonce::from_slice(&head.wrap_nonce),
                Payload { msg: &head.wrapped_key, aad: WRAP_LABEL },
            )
            .map(Zeroizing::new)
            .map_err(|_| VaultError::WrongPassphrase)?;
        let mut data_key: Key = Zeroizing::new([0; 32]);
        data_key.copy_from_slice(&unwrapped);
        Ok(Self { head, data_key })
    }

    pub(super) fn cost(&self) -> Cost {
        self.head.cost
    }

    pub(super) fn open_body(&self, file: &VaultFile<'_>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let payload = Payload { msg: file.sealed_body, aad: file.head_bytes };
        cipher(&self.data_key)
            .decrypt(XNonce::from_slice(&file.body_nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::damaged("the items were changed or cut short"))
    }

    /// The whole file with `body`, under a fresh nonce.
    pub(super) fn seal(&self, body: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; 24];
        fill_random(&mut nonce)?;
        let mut file = self.head.encode();
        let sealed = cipher(&self.data_key)
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: body, aad: &file })
            .expect("a vault is far below the cipher's limit");
        file.extend_from_slice(&nonce);
        file.extend_from_slice(&sealed);
        Ok(file)
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.as_slice().into())
}

fn stretch(passphrase: &Secret, salt: &[u8], cost: Cost) -> Result<Key, VaultError> {
    let params = Params::new(cost.memory_kib, cost.passes, Cost::LANES, Some(32))
        .expect("a Cost is within argon2's bounds");
    let mut key: Key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose(), salt, key.as_mut_slice())
        .map_err(VaultError::damaged)?;
    Ok(key)
}
