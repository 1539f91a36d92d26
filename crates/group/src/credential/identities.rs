//! The identity provider of mls-rs: verifies chains up to the pinned authority, and remembers the results.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use conclave_protocol::ClientUri;
use conclave_protocol::certificate::{Certificate, CertificateError, Chain, Validity};
use mls_rs_core::extension::ExtensionList;
use mls_rs_core::identity::{
    CertificateChain, Credential, CredentialType, IdentityProvider, MemberValidationContext, SigningIdentity,
};
use mls_rs_core::time::MlsTime;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::remembered::Remembered;
use super::{ClientIdentity, CredentialError};

/// Minimum number of leaves remembered: more than the clients of the largest group, since joining asks for all of them
/// in turn. About 400 bytes each, and as much again for its device.
const LEAVES_MAX: usize = 12_288;
/// Minimum number of devices remembered.
const DEVICES_MAX: usize = 12_288;

/// What identifies a client inside mls-rs: SHA-256 over its URI, first 16 bytes. Two leaves with the same value are
/// the same client.
pub type ShortId = [u8; 16];

/// Verifies and remembers leaf credentials. One for all groups of an account; clones share their memory.
#[derive(Clone)]
pub struct Identities(Arc<Inner>);

struct Inner {
    anchor: [u8; 32],
    domain: String,
    /// By signature key.
    leaves: RwLock<Remembered<Arc<Leaf>>>,
    /// By signature key: all that [`Identities::identity`] needs, in one or two cache lines.
    short: RwLock<Remembered<Short>>,
    /// By SHA-256 over device and identity certificate.
    devices: RwLock<Remembered<Arc<Device>>>,
    /// Verified identity certificates, by fingerprint.
    users: RwLock<Remembered<()>>,
}

/// A device that is verified up to the authority.
struct Device {
    certificate: Certificate,
    identity: Certificate,
    client: ClientUri,
    short: ShortId,
}

/// The short id of a verified leaf.
#[derive(Clone, Copy)]
struct Short {
    /// The signature of the leaf certificate.
    signature: [u8; 64],
    id: ShortId,
}

impl Short {
    /// Whether this is the credential's leaf, by its certificate's signature alone. A chain that verifies and has this
    /// signature has exactly this leaf certificate, which names the client; one that does not verify is refused by
    /// `validate_member`, and so never gets into a group.
    fn is(&self, chain: &CertificateChain) -> bool {
        chain.first().and_then(|leaf| leaf.last_chunk()) == Some(&self.signature)
    }
}

/// A leaf that is verified up to its device.
struct Leaf {
    certificate: Certificate,
    device: Arc<Device>,
}

impl Leaf {
    /// Whether a credential is byte for byte the verified one. The signature key alone does not tell: anybody can
    /// issue a certificate for someone else's key.
    fn is(&self, chain: &CertificateChain) -> bool {
        let [leaf, device, identity] = chain.as_slice() else { return false };
        **leaf == *self.certificate.der()
            && **device == *self.device.certificate.der()
            && **identity == *self.device.identity.der()
    }

    /// While all three certificates are valid.
    fn validity(&self) -> Validity {
        let [leaf, device, identity] =
            [&self.certificate, &self.device.certificate, &self.device.identity].map(Certificate::validity);
        leaf.within(device).within(identity)
    }

    fn check_time(&self, at_s: u64) -> Result<(), CertificateError> {
        let chain = [&self.certificate, &self.device.certificate, &self.device.identity];
        chain.into_iter().try_for_each(|certificate| certificate.validity().check(at_s))
    }
}

impl Identities {
    /// Accepts chains that end at this authority's key (Ed25519) and name users of this domain.
    #[must_use]
    pub fn new(anchor: [u8; 32], domain: String) -> Self {
        Self(Arc::new(Inner {
            anchor,
            domain,
            leaves: RwLock::new(Remembered::new(LEAVES_MAX)),
            short: RwLock::new(Remembered::new(LEAVES_MAX)),
            devices: RwLock::new(Remembered::new(DEVICES_MAX)),
            users: RwLock::new(Remembered::new(DEVICES_MAX)),
        }))
    }

    /// Whom a leaf belongs to. Verified the first time, ignoring its validity period; remembered after that.
    pub fn client_of(&self, identity: &SigningIdentity) -> Result<ClientIdentity, CredentialError> {
        let leaf = self.leaf(identity)?;
        Ok(ClientIdentity {
            client: leaf.device.client.clone(),
            identity_key: *leaf.device.identity.public_key(),
            device_key: *leaf.device.certificate.public_key(),
            validity: leaf.validity(),
        })
    }

    /// Verifies many leaves on all cores, so that a join finds them remembered. Returns the first refusal found; the
    /// join would hit it too.
    pub fn verify_all(&self, identities: &[SigningIdentity]) -> Result<(), CredentialError> {
        identities.par_iter().try_for_each(|identity| self.leaf(identity).map(|_| ()))
    }

    fn leaf(&self, identity: &SigningIdentity) -> Result<Arc<Leaf>, CredentialError> {
        let (chain, key) = parts(identity)?;
        if let Some(leaf) = recall(&self.0.leaves, key, |leaf| leaf.is(chain)) {
            return Ok(leaf);
        }
        let leaf = Arc::new(self.verify(chain, key)?);
        write(&self.0.leaves).insert(*key, leaf.clone());
        Ok(leaf)
    }

    fn short_id(&self, identity: &SigningIdentity) -> Result<ShortId, CredentialError> {
        let (chain, key) = parts(identity)?;
        if let Some(short) = recall(&self.0.short, key, |short| short.is(chain)) {
            return Ok(short.id);
        }
        let leaf = self.leaf(identity)?;
        let signature = leaf.certificate.signature();
        let short = Short { signature: *signature, id: leaf.device.short };
        write(&self.0.short).insert(*key, short);
        Ok(short.id)
    }

    fn verify(&self, chain: &CertificateChain, key: &[u8; 32]) -> Result<Leaf, CredentialError> {
        let ders: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        let chain = Chain::parse(&ders)?;
        if chain.leaf().public_key() != key {
            return Err(CredentialError::OtherKey);
        }
        let device = self.device(&chain)?;
        chain.leaf().verify_issued_by(device.certificate.public_key())?;
        Ok(Leaf { certificate: chain.leaf().clone(), device })
    }

    /// Verifies device and identity certificates, unless they are remembered.
    fn device(&self, chain: &Chain) -> Result<Arc<Device>, CredentialError> {
        let (certificate, identity) = (chain.device(), chain.identity());
        let both =
            Sha256::new().chain_update(certificate.der()).chain_update(identity.der()).finalize().into();
        if let Some(device) = recall(&self.0.devices, &both, |_| true) {
            return Ok(device);
        }
        if chain.client().user().domain() != self.0.domain {
            return Err(CertificateError::Domain.into());
        }
        let user = identity.fingerprint();
        if recall(&self.0.users, &user, |()| true).is_none() {
            identity.verify_issued_by(&self.0.anchor)?;
            write(&self.0.users).insert(user, ());
        }
        certificate.verify_issued_by(identity.public_key())?;
        let device = Arc::new(Device {
            certificate: certificate.clone(),
            identity: identity.clone(),
            client: chain.client().clone(),
            short: short_id(chain.client()),
        });
        write(&self.0.devices).insert(both, device.clone());
        Ok(device)
    }
}

/// The chain and the signature key of a leaf of our kind.
fn parts(identity: &SigningIdentity) -> Result<(&CertificateChain, &[u8; 32]), CredentialError> {
    let Credential::X509(chain) = &identity.credential else { return Err(CredentialError::NotX509) };
    let key = identity.signature_key.as_bytes().try_into().map_err(|_| CredentialError::OtherKey)?;
    Ok((chain, key))
}

fn short_id(client: &ClientUri) -> ShortId {
    let hash = Sha256::digest(client.to_string());
    *hash.first_chunk().expect("SHA-256 has 32 bytes")
}

fn write<V>(map: &RwLock<Remembered<V>>) -> std::sync::RwLockWriteGuard<'_, Remembered<V>> {
    // A panic between two insertions leaves the map valid.
    map.write().unwrap_or_else(PoisonError::into_inner)
}

/// Looks an entry up, and keeps it from being evicted.
fn recall<V: Clone>(map: &RwLock<Remembered<V>>, key: &[u8; 32], is: impl Fn(&V) -> bool) -> Option<V> {
    let (found, old) = {
        let map = map.read().unwrap_or_else(PoisonError::into_inner);
        let (found, old) = map.get(key).filter(|(found, _)| is(found))?;
        (found.clone(), old)
    };
    if old {
        write(map).insert(*key, found.clone());
    }
    Some(found)
}

impl IdentityProvider for Identities {
    type Error = CredentialError;

    /// Joining does not check the validity period of existing leaves: one idle laptop would block every join. New
    /// leaves are checked, against the log's time.
    fn validate_member(
        &self,
        signing_identity: &SigningIdentity,
        timestamp: Option<MlsTime>,
        context: MemberValidationContext<'_>,
    ) -> Result<(), CredentialError> {
        let leaf = self.leaf(signing_identity)?;
        match (timestamp, context) {
            (None, _) | (_, MemberValidationContext::ForNewGroup { .. }) => Ok(()),
            (Some(at), _) => Ok(leaf.check_time(at.seconds_since_epoch())?),
        }
    }

    fn validate_external_sender(
        &self,
        _: &SigningIdentity,
        _: Option<MlsTime>,
        _: Option<&ExtensionList>,
    ) -> Result<(), CredentialError> {
        Err(CredentialError::ExternalSender)
    }

    fn identity(
        &self,
        signing_identity: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<Vec<u8>, CredentialError> {
        Ok(self.short_id(signing_identity)?.to_vec())
    }

    /// Another leaf of the same client whose user still has the same identity key. A new identity key is a matter of
    /// trust between people: it enters a group visibly, by being added.
    fn valid_successor(
        &self,
        predecessor: &SigningIdentity,
        successor: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<bool, CredentialError> {
        let (before, after) = (self.leaf(predecessor)?, self.leaf(successor)?);
        let same_user = before.device.identity.public_key() == after.device.identity.public_key();
        Ok(same_user && before.device.client == after.device.client)
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        vec![CredentialType::X509]
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({})", self.0.domain)
    }
}
