//! Three certificates as one statement: the authority certifies that this key belongs to this client of this user.

use super::{Certificate, CertificateError, Subject};
use crate::uri::{ClientUri, UserUri};

/// Leaf, device and identity certificates whose names match. Creating one verifies no signature: see [`Chain::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    identity: Certificate,
    device: Certificate,
    leaf: Certificate,
    client: ClientUri,
}

impl Chain {
    /// Certificates in the order of a leaf node's credential (RFC 9420 §5.3): leaf first. Each child's name extends its
    /// parent's.
    pub fn new(
        leaf: Certificate,
        device: Certificate,
        identity: Certificate,
    ) -> Result<Self, CertificateError> {
        let user = names_user(&identity)?;
        let client = names_device(&device, user)?.clone();
        match leaf.subject() {
            Subject::Leaf(named) if *named == client => Ok(Self { identity, device, leaf, client }),
            _ => Err(CertificateError::Parent),
        }
    }

    /// Parses exactly three certificates, leaf first.
    pub fn parse(certificates: &[&[u8]]) -> Result<Self, CertificateError> {
        let [leaf, device, identity] = certificates else { return Err(CertificateError::Parent) };
        Self::new(Certificate::parse(leaf)?, Certificate::parse(device)?, Certificate::parse(identity)?)
    }

    /// Verifies the three signatures up to the authority's key, and that the user is in its domain. If a time is given,
    /// all three must be valid then.
    pub fn verify(&self, anchor: &[u8; 32], domain: &str, at_s: Option<u64>) -> Result<(), CertificateError> {
        if self.client.user().domain() != domain {
            return Err(CertificateError::Domain);
        }
        self.leaf.verify_issued_by(self.device.public_key())?;
        self.device.verify_issued_by(self.identity.public_key())?;
        self.identity.verify_issued_by(anchor)?;
        at_s.map_or(Ok(()), |at_s| self.check_time(at_s))
    }

    /// Whether all three are valid at that second.
    pub fn check_time(&self, at_s: u64) -> Result<(), CertificateError> {
        [&self.leaf, &self.device, &self.identity].into_iter().try_for_each(|c| c.validity().check(at_s))
    }

    /// The client it certifies.
    #[must_use]
    pub fn client(&self) -> &ClientUri {
        &self.client
    }

    /// The leaf certificate.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The device certificate.
    #[must_use]
    pub fn device(&self) -> &Certificate {
        &self.device
    }

    /// The identity certificate.
    #[must_use]
    pub fn identity(&self) -> &Certificate {
        &self.identity
    }
}

fn names_user(identity: &Certificate) -> Result<&UserUri, CertificateError> {
    match identity.subject() {
        Subject::Identity(user) => Ok(user),
        Subject::Device(_) | Subject::Leaf(_) => Err(CertificateError::Parent),
    }
}

fn names_device<'a>(device: &'a Certificate, user: &UserUri) -> Result<&'a ClientUri, CertificateError> {
    match device.subject() {
        Subject::Device(client) if client.user() == user => Ok(client),
        _ => Err(CertificateError::Parent),
    }
}

/// What a user verifies of an identity certificate from the Authentication Service: its signature, its domain and its
/// validity at that second. Returns its user; the caller compares the certified key.
pub fn verify_identity(
    anchor: &[u8; 32],
    domain: &str,
    identity: &Certificate,
    at_s: u64,
) -> Result<UserUri, CertificateError> {
    let user = names_user(identity)?;
    if user.domain() != domain {
        return Err(CertificateError::Domain);
    }
    identity.verify_issued_by(anchor)?;
    identity.validity().check(at_s)?;
    Ok(user.clone())
}

/// What a service verifies when a client authenticates with its device key: both certificates up to the authority's
/// key, and their validity at that second. Returns the client.
pub fn verify_device(
    anchor: &[u8; 32],
    domain: &str,
    identity_der: &[u8],
    device_der: &[u8],
    at_s: u64,
) -> Result<ClientUri, CertificateError> {
    let identity = Certificate::parse(identity_der)?;
    let device = Certificate::parse(device_der)?;
    let user = verify_identity(anchor, domain, &identity, at_s)?;
    let client = names_device(&device, &user)?;
    device.verify_issued_by(identity.public_key())?;
    device.validity().check(at_s)?;
    Ok(client.clone())
}
