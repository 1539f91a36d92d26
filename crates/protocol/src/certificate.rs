//! The three short X.509 certificates of a client: identity, device, leaf.
//!
//! Both sides need them: the Authentication Service issues the first, the client issues the other two, and everyone
//! verifies all three. Only this one profile is read and written, so that a certificate means the same to everyone:
//! X.509 v3, Ed25519, one SAN URI, constraints as in [`Subject`].
//!
//! Key identifiers (RFC 5280 §4.2.1.1 and §4.2.1.2) are left out: a leaf node carries its whole chain in order, and
//! a certificate chain travels with each member of a group.

mod chain;
mod issue;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::uri::{ClientUri, UserUri};

pub use chain::{Chain, verify_device, verify_identity};
pub use issue::{IssueError, issue};

/// Largest certificate: a domain may take 253 bytes, all the rest takes about 300.
pub const CERTIFICATE_BYTES_MAX: usize = 1024;

/// Why a certificate or a chain is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Larger than [`CERTIFICATE_BYTES_MAX`].
    #[error("the certificate is too large")]
    TooLarge,
    /// Not DER, not X.509 v3, trailing bytes, or a repeated extension.
    #[error("not a certificate of this profile")]
    Malformed,
    /// A key or signature with another algorithm than Ed25519.
    #[error("a certificate may use Ed25519 only")]
    Algorithm,
    /// Not exactly one SAN, or not the URI of a user or client, or a subject or issuer that does not match it.
    #[error("the certificate names no user or client")]
    Name,
    /// CA flag, path length or key usage that do not match the named subject.
    #[error("the certificate's constraints are wrong")]
    Constraints,
    /// An unknown critical extension.
    #[error("the certificate has an unknown critical extension")]
    UnknownCritical,
    /// A validity that ends before it begins, or that X.509 can't express.
    #[error("the certificate's validity is wrong")]
    Validity,
    /// The issuer's key did not sign it.
    #[error("the certificate's signature does not verify")]
    Signature,
    /// The name does not extend its parent's, or the certificates are not in the order leaf, device, identity.
    #[error("the certificates do not form a chain")]
    Parent,
    /// The user belongs to another domain than the pinned service's.
    #[error("the certificate is for another domain")]
    Domain,
    /// Not valid yet at that time.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// No longer valid at that time.
    #[error("the certificate has expired")]
    Expired,
}

/// The subject of a certificate; its kind decides the constraints.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A user. Issued by the Authentication Service; may issue devices (CA, path length 1).
    Identity(UserUri),
    /// A client. Issued by the user's identity key; may issue leaves (CA, path length 0).
    Device(ClientUri),
    /// One signature key of a client in one group. Issued by the device key; issues nothing.
    Leaf(ClientUri),
}

impl Subject {
    /// The user it belongs to.
    #[must_use]
    pub fn user(&self) -> &UserUri {
        match self {
            Self::Identity(user) => user,
            Self::Device(client) | Self::Leaf(client) => client.user(),
        }
    }

    /// The path length of a CA (RFC 5280 §4.2.1.9); none for a leaf.
    fn path_len(&self) -> Option<u8> {
        match self {
            Self::Identity(_) => Some(1),
            Self::Device(_) => Some(0),
            Self::Leaf(_) => None,
        }
    }
}

/// A validity period in seconds since the Unix epoch, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Validity {
    /// First second.
    pub not_before_s: u64,
    /// Last second.
    pub not_after_s: u64,
}

impl Validity {
    /// Whether that second is within it.
    #[must_use]
    pub const fn contains(&self, at_s: u64) -> bool {
        self.not_before_s <= at_s && at_s <= self.not_after_s
    }

    /// The intersection; empty if its end is before its start.
    #[must_use]
    pub const fn within(&self, other: Self) -> Self {
        let later = self.not_before_s > other.not_before_s;
        let earlier = self.not_after_s < other.not_after_s;
        Self {
            not_before_s: if later { self.not_before_s } else { other.not_before_s },
            not_after_s: if earlier { self.not_after_s } else { other.not_after_s },
        }
    }

    /// An error if the time is outside.
    pub const fn check(&self, at_s: u64) -> Result<(), CertificateError> {
        if at_s < self.not_before_s {
            return Err(CertificateError::NotYetValid);
        }
        if at_s > self.not_after_s {
            return Err(CertificateError::Expired);
        }
        Ok(())
    }
}

/// One parsed certificate of the profile. Parsing does *not* verify its signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate(Arc<Parsed>);

#[derive(PartialEq, Eq)]
struct Parsed {
    der: Box<[u8]>,
    /// The range of the signed part in `der`.
    signed: Range<usize>,
    signature: [u8; 64],
    public_key: [u8; 32],
    subject: Subject,
    validity: Validity,
}

impl Certificate {
    /// Parses one DER certificate; refuses anything outside the profile. Safe for untrusted input.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        parse::parse(der).map(|parsed| Self(Arc::new(parsed)))
    }

    /// The bytes it was parsed from.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The Ed25519 key it certifies.
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.0.public_key
    }

    /// The issuer's Ed25519 signature over it.
    #[must_use]
    pub fn signature(&self) -> &[u8; 64] {
        &self.0.signature
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// Its validity period.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.0.validity
    }

    /// SHA-256 over its DER bytes.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.0.der).into()
    }

    /// Whether this key signed it, by strict rules (RFC 8032 §5.1.7, without small-order keys).
    pub fn verify_issued_by(&self, issuer_key: &[u8; 32]) -> Result<(), CertificateError> {
        let key = VerifyingKey::from_bytes(issuer_key).map_err(|_| CertificateError::Signature)?;
        let signed = &self.0.der[self.0.signed.clone()];
        key.verify_strict(signed, &Signature::from_bytes(&self.0.signature))
            .map_err(|_| CertificateError::Signature)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.0.subject)
            .field("validity", &self.0.validity)
            .finish_non_exhaustive()
    }
}
