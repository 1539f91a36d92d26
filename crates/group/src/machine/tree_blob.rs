//! A ratchet tree that is too large for its Welcomes travels apart, encrypted; the Welcome states where it is and how
//! to decrypt it, where the service can't read it.

use bytes::Bytes;
use conclave_record::TreeBlob;
use mls_rs::error::{IntoAnyError, MlsError};
use mls_rs::{CipherSuiteProvider, CryptoProvider, ExtensionList};
use mls_rs_codec::{MlsDecode, MlsEncode, MlsSize};
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::extension::{Extension, ExtensionType};
use zeroize::Zeroize;

use super::Env;
use crate::credential::HandleCrypto;
use crate::parameters::TREE_BLOB_EXTENSION;

/// Where an encrypted tree is and how to decrypt it.
#[derive(Clone, PartialEq, Eq, MlsSize, MlsEncode, MlsDecode)]
pub struct TreeRef {
    id: [u8; 16],
    #[mls_codec(with = "mls_rs_codec::byte_vec")]
    key: Vec<u8>,
}

impl std::fmt::Debug for TreeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TreeRef")
    }
}

impl Drop for TreeRef {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl TreeRef {
    /// The blob to fetch from the service.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// A new one. Both parts are secrets and come from the system's random source.
    pub(super) fn generate(env: &Env, suite: CipherSuite) -> Result<Self, MlsError> {
        let crypto = suite_of(env, suite)?;
        let mut id = [0; 16];
        crypto.random_bytes(&mut id).map_err(crypto_error)?;
        let key = crypto.random_bytes_vec(crypto.aead_key_size()).map_err(crypto_error)?;
        Ok(Self { id, key })
    }

    /// The GroupInfo extensions that state it.
    pub(super) fn extensions(&self) -> Result<ExtensionList, MlsError> {
        let mut list = ExtensionList::new();
        list.set(Extension::new(ExtensionType::new(TREE_BLOB_EXTENSION), self.mls_encode_to_vec()?));
        Ok(list)
    }

    /// Finds it among GroupInfo extensions.
    pub(super) fn of(extensions: &ExtensionList) -> Result<Option<Self>, MlsError> {
        let Some(found) = extensions.get(ExtensionType::new(TREE_BLOB_EXTENSION)) else { return Ok(None) };
        Ok(Some(Self::mls_decode(&mut found.extension_data())?))
    }

    /// Encrypts a tree: a nonce, then the ciphertext.
    pub(super) fn seal(&self, env: &Env, suite: CipherSuite, tree: &[u8]) -> Result<TreeBlob, MlsError> {
        let crypto = suite_of(env, suite)?;
        let nonce = crypto.random_bytes_vec(crypto.aead_nonce_size()).map_err(crypto_error)?;
        let sealed = crypto.aead_seal(&self.key, tree, Some(&self.id), &nonce).map_err(crypto_error)?;
        Ok(TreeBlob { id: self.id, data: Bytes::from([nonce, sealed].concat()) })
    }

    /// Decrypts a blob.
    pub(super) fn open(&self, env: &Env, suite: CipherSuite, blob: &[u8]) -> Result<Vec<u8>, MlsError> {
        let crypto = suite_of(env, suite)?;
        let (nonce, sealed) =
            blob.split_at_checked(crypto.aead_nonce_size()).ok_or(MlsError::RatchetTreeNotFound)?;
        let tree = crypto.aead_open(&self.key, sealed, Some(&self.id), nonce).map_err(crypto_error)?;
        Ok(tree.to_vec())
    }
}

fn suite_of(env: &Env, suite: CipherSuite) -> Result<crate::credential::HandleSuite, MlsError> {
    let crypto = HandleCrypto::new(env.signer.clone());
    crypto.cipher_suite_provider(suite).ok_or(MlsError::UnsupportedCipherSuite(suite))
}

fn crypto_error(error: impl IntoAnyError) -> MlsError {
    MlsError::CryptoProviderError(error.into_any_error())
}
