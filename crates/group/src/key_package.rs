//! Makes the key packages that a client leaves with the service, so that others can add it while it is offline.

use bytes::Bytes;
use conclave_protocol::{ClientUri, Timestamp};
use conclave_record::{KeyHandle, KeyPackageRow};
use mls_rs::error::MlsError;
use mls_rs::extension::recommended::LastResortKeyPackageExt;
use mls_rs_codec::MlsEncode;
use mls_rs_core::crypto::CipherSuite;
use mls_rs_core::extension::{ExtensionList, MlsExtension};

use crate::credential::CIPHER_SUITES;
use crate::machine::mls::{Parts, mls_time};
use crate::machine::{Env, SignerMismatch, identity_of};
use crate::parameters;

/// A key package to make.
#[derive(Debug, Clone)]
pub struct NewKeyPackage {
    /// This client.
    pub client: ClientUri,
    /// Its signature key in the vault, a separate one for each key package.
    pub handle: KeyHandle,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
    /// One of [`CIPHER_SUITES`].
    pub suite: u16,
    /// Until when others may use it; not beyond the leaf certificate.
    pub not_after: Timestamp,
    /// Whether it may be handed out more than once, when no other is left.
    pub last_resort: bool,
}

/// Why a key package was not made.
#[derive(Debug, thiserror::Error)]
pub enum KeyPackageError {
    /// The signature key can't be used with that chain.
    #[error("the signature key can't be used: {0}")]
    BadSigner(#[from] SignerMismatch),
    /// Not a cipher suite that is used here.
    #[error("cipher suite {0} is not offered")]
    BadSuite(u16),
    /// An internal error.
    #[error(transparent)]
    Failed(#[from] MlsError),
}

/// Makes a key package. `now` is the service's time as well as it is known; the lifetime begins a day before it.
pub fn generate(env: &Env, new: NewKeyPackage, now: Timestamp) -> Result<KeyPackageRow, KeyPackageError> {
    let suite = CipherSuite::from(new.suite);
    if !CIPHER_SUITES.contains(&suite) {
        return Err(KeyPackageError::BadSuite(new.suite));
    }
    let identity = identity_of(env, &new.handle, &new.chain, &new.client)?;
    let from = Timestamp(now.0.saturating_sub(parameters::KEY_PACKAGE_BACKDATE_S * 1000));
    let lifetime_s = new.not_after.seconds().saturating_sub(from.seconds());
    let parts = Parts::new(env);
    let client = parts.signing_client(env, identity, &new.handle, suite, lifetime_s);
    let mut extensions = ExtensionList::new();
    if new.last_resort {
        extensions.set(LastResortKeyPackageExt.into_extension().map_err(MlsError::from)?);
    }
    let message =
        client.generate_key_package_message(extensions, ExtensionList::new(), Some(mls_time(from)))?;
    let (reference, data) = parts.key_package.take().ok_or(MlsError::WelcomeKeyPackageNotFound)?;
    Ok(KeyPackageRow {
        reference: Bytes::from(reference),
        handle: new.handle,
        last_resort: new.last_resort,
        cipher_suite: new.suite,
        not_after: new.not_after,
        data: data.mls_encode_to_vec().map_err(MlsError::from)?.into(),
        public: Bytes::from(message.to_bytes()?),
        chain: new.chain,
        published: false,
        used: false,
    })
}
