//! Who a leaf belongs to: X.509 chains (leaf, device, identity), issued by handle, verified up to the pinned
//! authority, and remembered, because mls-rs asks for a leaf's identity about N² times when it joins a group of N
//! clients.

mod crypto;
mod hpke_key;
mod identities;
mod issue;
mod last_opened;
mod remembered;
#[cfg(test)]
mod tests;

use conclave_protocol::ClientUri;
use conclave_protocol::certificate::{CertificateError, Chain, Validity};
use mls_rs_core::crypto::SignaturePublicKey;
use mls_rs_core::error::IntoAnyError;
use mls_rs_core::identity::{CertificateChain, Credential, DerCertificate, SigningIdentity};

#[cfg(test)]
pub(crate) use crypto::falsified;
pub use crypto::{CIPHER_SUITE, CIPHER_SUITES, CryptoError, HandleCrypto, HandleSuite, suite_name};
pub use hpke_key::is_public_key;
pub use identities::{Identities, ShortId};
pub use issue::{
    DEVICE_LIFETIME_S, LEAF_LIFETIME_S, VALIDITY_SLACK_S, issue_device, issue_leaf, validity_from,
};
pub(crate) use last_opened::LastOpened;

/// Why a leaf's credential is refused. The same for every member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not an X.509 credential.
    #[error("the credential is not an X.509 chain")]
    NotX509,
    /// The leaf certificate is for another key than the leaf's signature key.
    #[error("the credential is for another key")]
    OtherKey,
    /// A certificate of the chain, or how they fit together.
    #[error(transparent)]
    Chain(#[from] CertificateError),
    /// Nobody outside a group may send to it.
    #[error("external senders are not allowed")]
    ExternalSender,
}

impl IntoAnyError for CredentialError {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(self.into())
    }
}

/// Whom a leaf belongs to, according to its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The client.
    pub client: ClientUri,
    /// Its user's identity key (Ed25519): trust in a person is trust in this key.
    pub identity_key: [u8; 32],
    /// Its device key (Ed25519).
    pub device_key: [u8; 32],
    /// While leaf, device and identity certificate are valid.
    pub validity: Validity,
}

/// What a leaf shows: the credential of this chain and the key it is about (RFC 9420 §5.3, leaf first).
#[must_use]
pub fn signing_identity(chain: &Chain) -> SigningIdentity {
    let der = [chain.leaf(), chain.device(), chain.identity()].map(|c| DerCertificate::new(c.der().to_vec()));
    let credential = Credential::X509(CertificateChain::from(der.to_vec()));
    SigningIdentity::new(credential, SignaturePublicKey::new_slice(chain.leaf().public_key()))
}
