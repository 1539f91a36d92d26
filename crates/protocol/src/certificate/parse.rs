//! Parses a certificate: whatever is not explicitly allowed is refused.

use std::ops::Range;

use x509_cert::der::asn1::{AnyRef, BitStringRef, Ia5String, Utf8StringRef};
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, SubjectAltName};
use x509_cert::name::Name;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::{Time, Validity as X509Validity};
use x509_cert::{TbsCertificate, Version};

use super::issue::{CN, ED25519, issuer_name, key_usage, subject_name};
use super::{CERTIFICATE_BYTES_MAX, CertificateError, Parsed, Subject, Validity};

/// The profile has three; an Authentication Service may add a few non-critical ones.
const EXTENSIONS_MAX: usize = 8;

pub(super) fn parse(der: &[u8]) -> Result<Parsed, CertificateError> {
    if der.len() > CERTIFICATE_BYTES_MAX {
        return Err(CertificateError::TooLarge);
    }
    let outer = Outer::read(der)?;
    let tbs =
        TbsCertificate::from_der(&der[outer.signed.clone()]).map_err(|_| CertificateError::Malformed)?;
    let unique_ids = tbs.issuer_unique_id.is_some() || tbs.subject_unique_id.is_some();
    if tbs.version != Version::V3 || unique_ids {
        return Err(CertificateError::Malformed);
    }
    let public_key = public_key(&tbs, &outer.algorithm)?;
    let subject = subject(tbs.extensions.as_deref().unwrap_or(&[]))?;
    check_names(&tbs, &subject)?;
    Ok(Parsed {
        signed: outer.signed,
        signature: outer.signature,
        public_key,
        subject,
        validity: validity(&tbs.validity)?,
        der: der.into(),
    })
}

/// `SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }` with the first kept as received: a signature
/// covers the received bytes, not a re-encoding of them.
struct Outer {
    signed: Range<usize>,
    algorithm: AlgorithmIdentifierOwned,
    signature: [u8; 64],
}

impl Outer {
    fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |_| CertificateError::Malformed;
        let mut reader = SliceReader::new(der).map_err(malformed)?;
        let (signed, algorithm, bits) = reader
            .sequence(|r| {
                let start = usize::try_from(r.offset())?;
                let signed = start..start + r.tlv_bytes()?.len();
                let algorithm = AlgorithmIdentifierOwned::decode(r)?;
                let bits = BitStringRef::decode(r)?;
                Ok((signed, algorithm, bits))
            })
            .map_err(malformed)?;
        reader.finish(()).map_err(malformed)?;
        let signature = bits.as_bytes().and_then(|b| b.try_into().ok()).ok_or(CertificateError::Algorithm)?;
        Ok(Self { signed, algorithm, signature })
    }
}

fn public_key(
    tbs: &TbsCertificate,
    signature_algorithm: &AlgorithmIdentifierOwned,
) -> Result<[u8; 32], CertificateError> {
    let spki = &tbs.subject_public_key_info;
    // RFC 8410 §3: parameters must be absent; RFC 5280 §4.1.1.2: both algorithm fields must be equal.
    let ed25519 = |a: &AlgorithmIdentifierOwned| a.oid == ED25519 && a.parameters.is_none();
    if ![&tbs.signature, signature_algorithm, &spki.algorithm].into_iter().all(ed25519) {
        return Err(CertificateError::Algorithm);
    }
    let bytes = spki.subject_public_key.as_bytes().ok_or(CertificateError::Algorithm)?;
    bytes.try_into().map_err(|_| CertificateError::Algorithm)
}

/// Reads the extensions, and from them the subject.
fn subject(extensions: &[Extension]) -> Result<Subject, CertificateError> {
    if extensions.len() > EXTENSIONS_MAX {
        return Err(CertificateError::Malformed);
    }
    for (i, extension) in extensions.iter().enumerate() {
        if extensions[..i].iter().any(|before| before.extn_id == extension.extn_id) {
            return Err(CertificateError::Malformed);
        }
        let known = [SubjectAltName::OID, BasicConstraints::OID, KeyUsage::OID].contains(&extension.extn_id);
        if extension.critical && !known {
            return Err(CertificateError::UnknownCritical);
        }
    }
    let uri = alternative_name(extensions)?;
    let constraints = find::<BasicConstraints>(extensions)?;
    let path_len = match constraints {
        None => None,
        // A CA's constraints must be critical (RFC 5280 §4.2.1.9); one without a path length could issue anything.
        Some((BasicConstraints { ca: true, path_len_constraint: Some(len) }, true)) => Some(len),
        Some(_) => return Err(CertificateError::Constraints),
    };
    let subject = named(uri.as_str(), path_len)?;
    let (usage, critical) = find::<KeyUsage>(extensions)?.ok_or(CertificateError::Constraints)?;
    if !critical || usage != key_usage(&subject) {
        return Err(CertificateError::Constraints);
    }
    Ok(subject)
}

fn find<'a, T: Decode<'a> + AssociatedOid>(
    extensions: &'a [Extension],
) -> Result<Option<(T, bool)>, CertificateError> {
    let Some(found) = extensions.iter().find(|e| e.extn_id == T::OID) else { return Ok(None) };
    let value = T::from_der(found.extn_value.as_bytes()).map_err(|_| CertificateError::Malformed)?;
    Ok(Some((value, found.critical)))
}

fn alternative_name(extensions: &[Extension]) -> Result<Ia5String, CertificateError> {
    let (SubjectAltName(mut names), _) = find(extensions)?.ok_or(CertificateError::Name)?;
    match (names.pop(), names.is_empty()) {
        (Some(GeneralName::UniformResourceIdentifier(uri)), true) => Ok(uri),
        _ => Err(CertificateError::Name),
    }
}

/// A user's URI belongs to a CA that may issue CAs; a client's to a CA that may issue leaves, or to a leaf.
fn named(uri: &str, path_len: Option<u8>) -> Result<Subject, CertificateError> {
    if let Ok(user) = uri.parse() {
        let subject = Subject::Identity(user);
        return if subject.path_len() == path_len { Ok(subject) } else { Err(CertificateError::Constraints) };
    }
    let client = uri.parse().map_err(|_| CertificateError::Name)?;
    match path_len {
        None => Ok(Subject::Leaf(client)),
        Some(0) => Ok(Subject::Device(client)),
        Some(_) => Err(CertificateError::Constraints),
    }
}

/// Subject and issuer names follow from the subject (so RFC 5280 §6.1.3 (a)(4) holds for every chain); only the
/// Authentication Service's own name is free.
fn check_names(tbs: &TbsCertificate, subject: &Subject) -> Result<(), CertificateError> {
    let issuer = match issuer_name(subject) {
        Some(name) => is_common_name(&tbs.issuer, name.as_str()),
        None => true,
    };
    if issuer && is_common_name(&tbs.subject, subject_name(subject).as_str()) {
        return Ok(());
    }
    Err(CertificateError::Name)
}

fn is_common_name(name: &Name, text: &str) -> bool {
    let [rdn] = name.0.as_slice() else { return false };
    let [attribute] = rdn.0.as_slice() else { return false };
    let value = AnyRef::from(&attribute.value);
    attribute.oid == CN && value.decode_as::<Utf8StringRef<'_>>().is_ok_and(|found| found.as_str() == text)
}

fn validity(found: &X509Validity) -> Result<Validity, CertificateError> {
    let seconds = |t: &Time| t.to_unix_duration().as_secs();
    let validity =
        Validity { not_before_s: seconds(&found.not_before), not_after_s: seconds(&found.not_after) };
    if validity.not_before_s > validity.not_after_s {
        return Err(CertificateError::Validity);
    }
    Ok(validity)
}
