//! Validates HPKE public keys. mls-rs checks only the init key of a key package, and accepts any 32 bytes as an X25519
//! key. An invalid key would get into the tree, and nobody could encrypt to it.

use mls_rs_core::crypto::HpkePublicKey;
use x25519_dalek::x25519;

/// Whether these bytes are a public key that can be encrypted to: an X25519 key, as all offered suites use
/// ([`CIPHER_SUITES`](super::CIPHER_SUITES)), and not of small order. With a key of small order the shared secret is
/// zero, whatever the other key is: everybody knows it, and a peer that follows RFC 9180 (§7.1.4) refuses it.
#[must_use]
pub fn is_public_key(key: &HpkePublicKey) -> bool {
    let Ok(point) = <[u8; 32]>::try_from(key.as_ref()) else { return false };
    // Scalars are multiples of the cofactor, so exactly the points of small order give zero.
    x25519([0; 32], point) != [0; 32]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use mls_rs_core::crypto::{CipherSuiteProvider as _, CryptoProvider as _};

    use super::*;
    use crate::credential::{CIPHER_SUITES, HandleCrypto};
    use crate::signer::MemorySigner;

    fn is(bytes: &[u8]) -> bool {
        is_public_key(&HpkePublicKey::from(bytes.to_vec()))
    }

    #[test]
    fn keys_that_are_made_are_keys_in_each_suite() {
        let crypto = HandleCrypto::new(std::sync::Arc::<MemorySigner>::default());
        for suite in CIPHER_SUITES {
            let suite = crypto.cipher_suite_provider(suite).unwrap();
            for _ in 0..16 {
                let (_, public) = suite.kem_generate().unwrap();
                assert!(is_public_key(&public));
                suite.kem_public_key_validate(&public).unwrap();
            }
            assert!(suite.kem_public_key_validate(&HpkePublicKey::from(vec![0; 32])).is_err());
        }
    }

    #[test]
    fn other_lengths_are_no_keys() {
        for len in [0, 1, 5, 31, 33, 64, 65] {
            assert!(!is(&vec![7; len]), "{len}");
        }
    }

    /// The points of order 1, 2, 4 and 8 of Curve25519 and its twist in all their encodings.
    #[test]
    fn points_of_small_order_are_no_keys() {
        let small = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        for point in small {
            let mut point = hex::decode(point).unwrap();
            assert!(!is(&point), "{}", hex::encode(&point));
            // X25519 ignores the highest bit (RFC 7748 §5).
            point[31] ^= 0x80;
            assert!(!is(&point), "{}", hex::encode(&point));
        }
        let mut base = [0; 32];
        base[0] = 9;
        assert!(is(&base));
    }
}
