//! Checks that a signature key is this client's: mls-rs would take any, and others would refuse every message.

use bytes::Bytes;
use conclave_protocol::ClientUri;
use conclave_protocol::certificate::{CertificateError, Chain};
use conclave_record::KeyHandle;
use mls_rs_core::identity::SigningIdentity;

use super::Env;
use crate::credential::signing_identity;

/// Why a signature key can't be used with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignerMismatch {
    /// It is not loaded: unlock the vault.
    #[error("it is not loaded")]
    NotLoaded,
    /// The chain does not parse or fit together.
    #[error(transparent)]
    Chain(#[from] CertificateError),
    /// The leaf certificate expires too soon.
    #[error("the certificate is about to expire")]
    Expired,
    /// The chain is for another key or client.
    #[error("the certificate is for another key or client")]
    Other,
}

/// A signature key with its chain, as mls-rs takes it, checked to be this client's.
pub(crate) fn identity_of(
    env: &Env,
    handle: &KeyHandle,
    chain: &[Bytes],
    client: &ClientUri,
) -> Result<SigningIdentity, SignerMismatch> {
    let ders: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
    let chain = Chain::parse(&ders)?;
    let key = env.signer.public_key(handle).ok_or(SignerMismatch::NotLoaded)?;
    if chain.leaf().public_key() != &key || chain.client() != client {
        return Err(SignerMismatch::Other);
    }
    Ok(signing_identity(&chain))
}
