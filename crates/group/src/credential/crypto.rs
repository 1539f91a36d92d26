//! The cryptography for mls-rs: RustCrypto's, except that signing goes through the [`Signer`] and signature keys are
//! never generated here.

use std::fmt;
use std::sync::Arc;

use mls_rs_core::crypto::{
    CipherSuite, CipherSuiteProvider, CryptoProvider, HpkeCiphertext, HpkePsk, HpkePublicKey, HpkeSecretKey,
    SignaturePublicKey, SignatureSecretKey,
};
use mls_rs_core::error::{AnyError, IntoAnyError};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use zeroize::Zeroizing;

use super::is_public_key;
use super::last_opened::LastOpened;
use crate::signer::from_mls;
use crate::signer::{Signer, SignerError};

type Inner = <RustCryptoProvider as CryptoProvider>::CipherSuiteProvider;
type Opened = Zeroizing<Vec<u8>>;
type Result<T> = std::result::Result<T, CryptoError>;

/// The cipher suites offered, best first (RFC 9420 §17.1).
pub const CIPHER_SUITES: [CipherSuite; 2] = [CipherSuite::CURVE25519_AES128, CipherSuite::CURVE25519_CHACHA];

/// The cipher suite of new groups and key packages: the first of [`CIPHER_SUITES`].
pub const CIPHER_SUITE: u16 = CIPHER_SUITES[0].raw_value();

/// The registered name of a cipher suite that is offered (RFC 9420 §17.1); none for others.
#[must_use]
pub fn suite_name(suite: u16) -> Option<&'static str> {
    match CipherSuite::new(suite) {
        CipherSuite::CURVE25519_AES128 => Some("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"),
        CipherSuite::CURVE25519_CHACHA => Some("MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"),
        _ => None,
    }
}

/// Why a cryptographic operation failed.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// The signature key can't be used.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The stored key is not a handle: this client did not write the state.
    #[error("the stored signature key is not a handle")]
    NotAHandle,
    /// Signature keys are generated in the vault only.
    #[error("signature keys are only made in the vault")]
    KeyGeneration,
    /// Not a public key that can be encrypted to.
    #[error("the bytes are not a public key")]
    NotAPublicKey,
    /// The operation itself failed.
    #[error("cryptography failed: {0}")]
    Failed(AnyError),
}

impl IntoAnyError for CryptoError {
    fn into_dyn_error(self) -> std::result::Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(self.into())
    }
}

fn failed(error: impl IntoAnyError) -> CryptoError {
    CryptoError::Failed(error.into_any_error())
}

/// The crypto provider of all groups of an account.
#[derive(Debug, Clone)]
pub struct HandleCrypto {
    inner: RustCryptoProvider,
    signer: Arc<dyn Signer>,
    last_opened: LastOpened,
}

impl HandleCrypto {
    /// Signs with this signer.
    #[must_use]
    pub fn new(signer: Arc<dyn Signer>) -> Self {
        Self::recording_to(LastOpened::default(), signer)
    }

    /// The same, and `last_opened` records what it decrypts.
    pub(crate) fn recording_to(last_opened: LastOpened, signer: Arc<dyn Signer>) -> Self {
        let inner = RustCryptoProvider::with_enabled_cipher_suites(CIPHER_SUITES.to_vec());
        Self { inner, signer, last_opened }
    }
}

impl CryptoProvider for HandleCrypto {
    type CipherSuiteProvider = HandleSuite;

    fn supported_cipher_suites(&self) -> Vec<CipherSuite> {
        CIPHER_SUITES.to_vec()
    }

    fn cipher_suite_provider(&self, cipher_suite: CipherSuite) -> Option<HandleSuite> {
        let inner = self.inner.cipher_suite_provider(cipher_suite)?;
        Some(HandleSuite { inner, signer: self.signer.clone(), last_opened: self.last_opened.clone() })
    }
}

/// One cipher suite of [`HandleCrypto`].
#[derive(Clone)]
pub struct HandleSuite {
    inner: Inner,
    signer: Arc<dyn Signer>,
    last_opened: LastOpened,
}

impl fmt::Debug for HandleSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandleSuite({:?})", self.inner.cipher_suite())
    }
}

impl CipherSuiteProvider for HandleSuite {
    type Error = CryptoError;
    type HpkeContextS = <Inner as CipherSuiteProvider>::HpkeContextS;
    type HpkeContextR = <Inner as CipherSuiteProvider>::HpkeContextR;

    fn sign(&self, secret_key: &SignatureSecretKey, data: &[u8]) -> Result<Vec<u8>> {
        let handle = from_mls(secret_key).ok_or(CryptoError::NotAHandle)?;
        Ok(self.signer.sign(&handle, data)?.to_vec())
    }

    fn signature_key_derive_public(&self, secret_key: &SignatureSecretKey) -> Result<SignaturePublicKey> {
        let handle = from_mls(secret_key).ok_or(CryptoError::NotAHandle)?;
        let public = self.signer.public_key(&handle).ok_or(SignerError::NotLoaded)?;
        Ok(SignaturePublicKey::new_slice(&public))
    }

    fn signature_key_generate(&self) -> Result<(SignatureSecretKey, SignaturePublicKey)> {
        Err(CryptoError::KeyGeneration)
    }

    fn verify(&self, public_key: &SignaturePublicKey, signature: &[u8], data: &[u8]) -> Result<()> {
        self.inner.verify(public_key, signature, data).map_err(failed)
    }

    fn cipher_suite(&self) -> CipherSuite {
        self.inner.cipher_suite()
    }

    fn hash(&self, data: &[u8]) -> Result<Vec<u8>> {
        self.inner.hash(data).map_err(failed)
    }

    fn mac(&self, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        self.inner.mac(key, data).map_err(failed)
    }

    fn aead_seal(&self, key: &[u8], data: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Result<Vec<u8>> {
        self.inner.aead_seal(key, data, aad, nonce).map_err(failed)
    }

    fn aead_open(&self, key: &[u8], ciphertext: &[u8], aad: Option<&[u8]>, nonce: &[u8]) -> Result<Opened> {
        let plaintext = self.inner.aead_open(key, ciphertext, aad, nonce).map_err(failed)?;
        self.last_opened.opened(&plaintext);
        Ok(plaintext)
    }

    fn aead_key_size(&self) -> usize {
        self.inner.aead_key_size()
    }

    fn aead_nonce_size(&self) -> usize {
        self.inner.aead_nonce_size()
    }

    fn kdf_extract(&self, salt: &[u8], ikm: &[u8]) -> Result<Opened> {
        self.inner.kdf_extract(salt, ikm).map_err(failed)
    }

    fn kdf_expand(&self, prk: &[u8], info: &[u8], len: usize) -> Result<Opened> {
        self.inner.kdf_expand(prk, info, len).map_err(failed)
    }

    fn kdf_extract_size(&self) -> usize {
        self.inner.kdf_extract_size()
    }

    fn hpke_seal(
        &self,
        remote_key: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        pt: &[u8],
    ) -> Result<HpkeCiphertext> {
        self.inner.hpke_seal(remote_key, info, aad, pt).map_err(failed)
    }

    fn hpke_seal_psk(
        &self,
        remote_key: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        pt: &[u8],
        psk: HpkePsk<'_>,
    ) -> Result<HpkeCiphertext> {
        self.inner.hpke_seal_psk(remote_key, info, aad, pt, psk).map_err(failed)
    }

    fn hpke_open(
        &self,
        ciphertext: &HpkeCiphertext,
        local_secret: &HpkeSecretKey,
        local_public: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
    ) -> Result<Opened> {
        self.inner.hpke_open(ciphertext, local_secret, local_public, info, aad).map_err(failed)
    }

    fn hpke_open_psk(
        &self,
        ciphertext: &HpkeCiphertext,
        local_secret: &HpkeSecretKey,
        local_public: &HpkePublicKey,
        info: &[u8],
        aad: Option<&[u8]>,
        psk: HpkePsk<'_>,
    ) -> Result<Opened> {
        self.inner.hpke_open_psk(ciphertext, local_secret, local_public, info, aad, psk).map_err(failed)
    }

    fn hpke_setup_s(&self, remote_key: &HpkePublicKey, info: &[u8]) -> Result<(Vec<u8>, Self::HpkeContextS)> {
        self.inner.hpke_setup_s(remote_key, info).map_err(failed)
    }

    fn hpke_setup_r(
        &self,
        kem_output: &[u8],
        local_secret: &HpkeSecretKey,
        local_public: &HpkePublicKey,
        info: &[u8],
    ) -> Result<Self::HpkeContextR> {
        self.inner.hpke_setup_r(kem_output, local_secret, local_public, info).map_err(failed)
    }

    fn kem_derive(&self, ikm: &[u8]) -> Result<(HpkeSecretKey, HpkePublicKey)> {
        let made = self.inner.kem_derive(ikm).map_err(failed)?;
        #[cfg(test)]
        let made = falsified::instead_of(made);
        Ok(made)
    }

    fn kem_generate(&self) -> Result<(HpkeSecretKey, HpkePublicKey)> {
        let made = self.inner.kem_generate().map_err(failed)?;
        #[cfg(test)]
        let made = falsified::instead_of(made);
        Ok(made)
    }

    fn kem_public_key_validate(&self, key: &HpkePublicKey) -> Result<()> {
        self.inner.kem_public_key_validate(key).map_err(failed)?;
        if is_public_key(key) { Ok(()) } else { Err(CryptoError::NotAPublicKey) }
    }

    fn random_bytes(&self, out: &mut [u8]) -> Result<()> {
        CipherSuiteProvider::random_bytes(&self.inner, out).map_err(failed)
    }
}

/// Key pairs with an invalid public key, as an attacker could make them.
#[cfg(test)]
pub(crate) mod falsified {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use super::{HpkePublicKey, HpkeSecretKey};

    thread_local! {
        static NEXT: RefCell<VecDeque<Option<Vec<u8>>>> = const { RefCell::new(VecDeque::new()) };
    }

    /// For the key pairs that this thread generates next: what replaces the public key, if anything.
    pub(crate) fn next(keys: impl IntoIterator<Item = Option<Vec<u8>>>) {
        NEXT.with_borrow_mut(|next| *next = keys.into_iter().collect());
    }

    pub(super) fn instead_of(made: (HpkeSecretKey, HpkePublicKey)) -> (HpkeSecretKey, HpkePublicKey) {
        match NEXT.with_borrow_mut(VecDeque::pop_front).flatten() {
            Some(public) => (made.0, HpkePublicKey::from(public)),
            None => made,
        }
    }
}
