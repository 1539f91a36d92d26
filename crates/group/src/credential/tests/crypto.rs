//! Signing by handle.

use mls_rs_core::crypto::{CipherSuite, CipherSuiteProvider, CryptoProvider, SignatureSecretKey};

use super::*;
use crate::signer::SignerError;
use crate::signer::to_mls;

#[test]
fn signing_goes_through_the_signer_and_verifies() {
    let signer = Arc::new(MemorySigner::default());
    let handle = KeyHandle::new("a key");
    let public = signer.generate(handle.clone());
    let crypto = HandleCrypto::new(signer.clone());
    assert_eq!(crypto.supported_cipher_suites(), CIPHER_SUITES);
    for suite in CIPHER_SUITES {
        let suite = crypto.cipher_suite_provider(suite).unwrap();
        let signature = suite.sign(&to_mls(&handle), b"data").unwrap();
        let public_key = suite.signature_key_derive_public(&to_mls(&handle)).unwrap();
        assert_eq!(public_key.as_bytes(), public);
        suite.verify(&public_key, &signature, b"data").unwrap();
        assert!(suite.verify(&public_key, &signature, b"date").is_err());
    }
    assert!(crypto.cipher_suite_provider(CipherSuite::P256_AES128).is_none());
}

#[test]
fn each_offered_suite_has_its_registered_name() {
    let names = CIPHER_SUITES.map(|suite| suite_name(suite.into()).unwrap());
    assert_eq!(
        names,
        [
            "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
            "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"
        ]
    );
    assert_eq!(suite_name(0xf0f0), None);
}

#[test]
fn no_key_is_made_or_taken_from_elsewhere() {
    let crypto = HandleCrypto::new(Arc::new(MemorySigner::default()));
    let suite = crypto.cipher_suite_provider(CIPHER_SUITES[0]).unwrap();
    assert!(matches!(suite.signature_key_generate(), Err(CryptoError::KeyGeneration)));
    let unknown = to_mls(&KeyHandle::new("not loaded"));
    assert!(matches!(suite.sign(&unknown, b""), Err(CryptoError::Signer(SignerError::NotLoaded))));
    let raw = SignatureSecretKey::new(vec![0xff; 64]);
    assert!(matches!(suite.sign(&raw, b""), Err(CryptoError::NotAHandle)));
}
