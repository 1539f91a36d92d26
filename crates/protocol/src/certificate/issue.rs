//! Issues certificates: the caller holds the issuer's key and signs the bytes.

use std::time::Duration;

use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::CertificateInner;
use x509_cert::der::asn1::{
    Any, BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString, SetOfVec, UtcTime,
};
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{self, Encode, Tag};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, SubjectAltName};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity as X509Validity};
use x509_cert::{TbsCertificate, Version};

use super::{Certificate, CertificateError, Subject, Validity};

/// id-Ed25519 (RFC 8410 §3).
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// id-at-commonName (RFC 5280 Appendix A.1).
pub(super) const CN: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Issuer name in an identity certificate. Readers accept any: the pinned key identifies the authority.
const AUTHORITY_NAME: &str = "Conclave";
/// Subject name of every leaf.
const LEAF_NAME: &str = "leaf";

/// Why no certificate was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError<E> {
    /// The issuer's key could not be used.
    #[error("the issuer's key did not sign")]
    Sign(#[source] E),
    /// The request is outside the profile.
    #[error(transparent)]
    Certificate(CertificateError),
}

/// Issues a certificate over `public_key` for `subject`. `serial` is 16 random bytes (RFC 5280 §4.1.2.2: unique for
/// the issuer); `sign` signs the given bytes with the issuer's Ed25519 key: the Authentication Service's for an
/// identity, the identity's for a device, the device's for a leaf.
pub fn issue<E>(
    subject: &Subject,
    public_key: &[u8; 32],
    validity: Validity,
    serial: [u8; 16],
    sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
) -> Result<Certificate, IssueError<E>> {
    let malformed = |_| IssueError::Certificate(CertificateError::Malformed);
    let tbs_certificate = body(subject, public_key, validity, serial).map_err(IssueError::Certificate)?;
    let signed = tbs_certificate.to_der().map_err(malformed)?;
    let signature = sign(&signed).map_err(IssueError::Sign)?;
    let whole = CertificateInner {
        tbs_certificate,
        signature_algorithm: algorithm(),
        signature: BitString::from_bytes(&signature).map_err(malformed)?,
    };
    // Parsed again strictly, so that nothing is issued that others refuse.
    Certificate::parse(&whole.to_der().map_err(malformed)?).map_err(IssueError::Certificate)
}

fn body(
    subject: &Subject,
    public_key: &[u8; 32],
    validity: Validity,
    mut serial: [u8; 16],
) -> Result<TbsCertificate, CertificateError> {
    let malformed = |_: der::Error| CertificateError::Malformed;
    // Positive and of constant length, whatever the random bytes.
    serial[0] = (serial[0] & 0x3f) | 0x40;
    let issuer = issuer_name(subject);
    Ok(TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial).map_err(malformed)?,
        signature: algorithm(),
        issuer: common_name(issuer.as_deref().unwrap_or(AUTHORITY_NAME)).map_err(malformed)?,
        validity: X509Validity {
            not_before: time(validity.not_before_s)?,
            not_after: time(validity.not_after_s)?,
        },
        subject: common_name(&subject_name(subject)).map_err(malformed)?,
        subject_public_key_info: SubjectPublicKeyInfoOwned {
            algorithm: algorithm(),
            subject_public_key: BitString::from_bytes(public_key).map_err(malformed)?,
        },
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions(subject).map_err(malformed)?),
    })
}

fn extensions(subject: &Subject) -> der::Result<Vec<Extension>> {
    let uri = match subject {
        Subject::Identity(user) => user.to_string(),
        Subject::Device(client) | Subject::Leaf(client) => client.to_string(),
    };
    let name = GeneralName::UniformResourceIdentifier(Ia5String::new(&uri)?);
    let mut all = vec![extension(&SubjectAltName(vec![name]), false)?, extension(&key_usage(subject), true)?];
    if let Some(len) = subject.path_len() {
        all.push(extension(&BasicConstraints { ca: true, path_len_constraint: Some(len) }, true)?);
    }
    Ok(all)
}

fn extension<T: AssociatedOid + Encode>(value: &T, critical: bool) -> der::Result<Extension> {
    Ok(Extension { extn_id: T::OID, critical, extn_value: OctetString::new(value.to_der()?)? })
}

/// Identity and device keys sign certificates and their own statements to the service; a leaf key signs for MLS.
pub(super) fn key_usage(subject: &Subject) -> KeyUsage {
    match subject {
        Subject::Identity(_) | Subject::Device(_) => {
            KeyUsage(KeyUsages::DigitalSignature | KeyUsages::KeyCertSign)
        }
        Subject::Leaf(_) => KeyUsage(KeyUsages::DigitalSignature.into()),
    }
}

/// The issuer's common name; none if it is the Authentication Service's.
pub(super) fn issuer_name(subject: &Subject) -> Option<String> {
    match subject {
        Subject::Identity(_) => None,
        Subject::Device(client) => Some(client.user().handle().to_owned()),
        Subject::Leaf(client) => Some(client.device().to_string()),
    }
}

pub(super) fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Identity(user) => user.handle().to_owned(),
        Subject::Device(client) => client.device().to_string(),
        Subject::Leaf(_) => LEAF_NAME.to_owned(),
    }
}

fn common_name(text: &str) -> der::Result<Name> {
    let value = Any::new(Tag::Utf8String, text.as_bytes())?;
    let rdn = SetOfVec::try_from(vec![AttributeTypeAndValue { oid: CN, value }])?;
    Ok(RdnSequence(vec![RelativeDistinguishedName(rdn)]))
}

fn algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: ED25519, parameters: None }
}

/// UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5).
fn time(at_s: u64) -> Result<Time, CertificateError> {
    let at = Duration::from_secs(at_s);
    if let Ok(time) = UtcTime::from_unix_duration(at) {
        return Ok(Time::UtcTime(time));
    }
    GeneralizedTime::from_unix_duration(at).map(Time::GeneralTime).map_err(|_| CertificateError::Validity)
}
