#![allow(clippy::unwrap_used)]

use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use x509_cert::der::asn1::{Any, BitString, Ia5String, OctetString};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, SubjectAltName};
use x509_cert::{TbsCertificate, Version};

use super::*;
use crate::uri::{DeviceId, Handle};

const DOMAIN: &str = "chat.example";
const VALIDITY: Validity = Validity { not_before_s: 1_700_000_000, not_after_s: 1_800_000_000 };
const WITHIN_S: u64 = 1_750_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

fn issued(subject: &Subject, about: &SigningKey, by: &SigningKey, validity: Validity) -> Certificate {
    let sign = |bytes: &[u8]| Ok::<_, ()>(by.sign(bytes).to_bytes());
    issue(subject, &public(about), validity, [0xee; 16], sign).expect("the profile allows it")
}

fn user(name: &str) -> UserUri {
    UserUri::new(DOMAIN, &name.parse::<Handle>().unwrap()).unwrap()
}

fn client(name: &str, device: u8) -> ClientUri {
    user(name).client(DeviceId([device; 8]))
}

/// Authority, identity, device and leaf have the keys 1, 2, 3, 4.
struct Alice {
    identity: Certificate,
    device: Certificate,
    leaf: Certificate,
}

fn alice() -> Alice {
    Alice {
        identity: issued(&Subject::Identity(user("alice")), &key(2), &key(1), VALIDITY),
        device: issued(&Subject::Device(client("alice", 7)), &key(3), &key(2), VALIDITY),
        leaf: issued(&Subject::Leaf(client("alice", 7)), &key(4), &key(3), VALIDITY),
    }
}

fn chain(of: &Alice) -> Chain {
    Chain::new(of.leaf.clone(), of.device.clone(), of.identity.clone()).unwrap()
}

/// Changes the signed part of a certificate and signs it again with the issuer's key.
fn forged(of: &Certificate, by: &SigningKey, change: impl FnOnce(&mut TbsCertificate)) -> Vec<u8> {
    let mut whole = x509_cert::Certificate::from_der(of.der()).unwrap();
    change(&mut whole.tbs_certificate);
    let signature = by.sign(&whole.tbs_certificate.to_der().unwrap()).to_bytes();
    whole.signature = BitString::from_bytes(&signature).unwrap();
    whole.to_der().unwrap()
}

/// Replaces, adds (if absent) or removes (`None`) one extension.
fn with<T: x509_cert::der::oid::AssociatedOid + Encode>(
    tbs: &mut TbsCertificate,
    value: Option<&T>,
    critical: bool,
) {
    let all = tbs.extensions.get_or_insert_default();
    all.retain(|e| e.extn_id != T::OID);
    if let Some(value) = value {
        let extn_value = OctetString::new(value.to_der().unwrap()).unwrap();
        all.push(Extension { extn_id: T::OID, critical, extn_value });
    }
}

fn uri(text: &str) -> GeneralName {
    GeneralName::UniformResourceIdentifier(Ia5String::new(text).unwrap())
}

fn refused(der: &[u8], why: CertificateError) {
    assert_eq!(Certificate::parse(der).expect_err("must be refused"), why);
}

#[test]
fn what_is_issued_reads_back_and_verifies() {
    let alice = alice();
    for certificate in [&alice.identity, &alice.device, &alice.leaf] {
        let again = Certificate::parse(certificate.der()).unwrap();
        assert_eq!(&again, certificate);
        assert_eq!(again.validity(), VALIDITY);
        assert!((230..=350).contains(&certificate.der().len()), "{} bytes", certificate.der().len());
    }
    assert_eq!(alice.identity.subject(), &Subject::Identity(user("alice")));
    assert_eq!(alice.device.subject(), &Subject::Device(client("alice", 7)));
    assert_eq!(alice.leaf.subject(), &Subject::Leaf(client("alice", 7)));
    assert_eq!(alice.leaf.public_key(), &public(&key(4)));
    assert_ne!(alice.leaf.fingerprint(), alice.device.fingerprint());

    let chain = chain(&alice);
    assert_eq!(chain.client(), &client("alice", 7));
    chain.verify(&public(&key(1)), DOMAIN, Some(WITHIN_S)).unwrap();
    let ders = [alice.leaf.der(), alice.device.der(), alice.identity.der()];
    assert_eq!(Chain::parse(&ders).unwrap(), chain);
    let found = verify_device(&public(&key(1)), DOMAIN, alice.identity.der(), alice.device.der(), WITHIN_S);
    assert_eq!(found, Ok(client("alice", 7)));
}

#[test]
fn times_up_to_and_beyond_2050_survive() {
    for not_after_s in [2_524_607_999, 2_524_608_000, 253_402_300_799] {
        let validity = Validity { not_before_s: 0, not_after_s };
        let made = issued(&Subject::Leaf(client("alice", 7)), &key(4), &key(3), validity);
        assert_eq!(made.validity(), validity);
    }
    let sign = |bytes: &[u8]| Ok::<_, ()>(key(3).sign(bytes).to_bytes());
    let beyond = Validity { not_before_s: 0, not_after_s: u64::MAX };
    let leaf = Subject::Leaf(client("alice", 7));
    let refused = issue(&leaf, &public(&key(4)), beyond, [0; 16], sign);
    assert_eq!(refused, Err(IssueError::Certificate(CertificateError::Validity)));
    let backwards = Validity { not_before_s: 2, not_after_s: 1 };
    let refused = issue(&leaf, &public(&key(4)), backwards, [0; 16], sign);
    assert_eq!(refused, Err(IssueError::Certificate(CertificateError::Validity)));
}

#[test]
fn a_signer_that_fails_is_told() {
    let leaf = Subject::Leaf(client("alice", 7));
    let refused = issue(&leaf, &public(&key(4)), VALIDITY, [0; 16], |_| Err("locked"));
    assert_eq!(refused, Err(IssueError::Sign("locked")));
}

#[test]
fn a_wrong_key_at_any_link_is_refused() {
    let good = alice();
    let anchor = public(&key(1));
    let verify = |of: &Alice| chain(of).verify(&anchor, DOMAIN, None);
    let other_anchor = chain(&good).verify(&public(&key(9)), DOMAIN, None);
    assert_eq!(other_anchor, Err(CertificateError::Signature));
    let identity = issued(good.identity.subject(), &key(2), &key(9), VALIDITY);
    assert_eq!(verify(&Alice { identity, ..alice() }), Err(CertificateError::Signature));
    let device = issued(good.device.subject(), &key(3), &key(9), VALIDITY);
    assert_eq!(verify(&Alice { device, ..alice() }), Err(CertificateError::Signature));
    let leaf = issued(good.leaf.subject(), &key(4), &key(9), VALIDITY);
    assert_eq!(verify(&Alice { leaf, ..alice() }), Err(CertificateError::Signature));
    // Zero is a point of small order: with lax rules it verifies signatures of anything.
    assert_eq!(good.leaf.verify_issued_by(&[0; 32]), Err(CertificateError::Signature));
}

#[test]
fn a_name_that_does_not_extend_the_parents_is_refused() {
    let good = alice();
    let link = |leaf: &Certificate, device: &Certificate| {
        Chain::new(leaf.clone(), device.clone(), good.identity.clone()).err()
    };
    let bobs = issued(&Subject::Device(client("bob", 7)), &key(3), &key(2), VALIDITY);
    assert_eq!(link(&good.leaf, &bobs), Some(CertificateError::Parent));
    let other_device = issued(&Subject::Leaf(client("alice", 8)), &key(4), &key(3), VALIDITY);
    assert_eq!(link(&other_device, &good.device), Some(CertificateError::Parent));
    // A device key that tries to act as an identity key, and a leaf key that tries to act as a device key.
    assert_eq!(link(&good.leaf, &good.leaf), Some(CertificateError::Parent));
    assert_eq!(link(&good.device, &good.device), Some(CertificateError::Parent));
    let as_identity = Chain::new(good.leaf.clone(), good.device.clone(), good.device.clone());
    assert_eq!(as_identity.err(), Some(CertificateError::Parent));
    let two = Chain::parse(&[good.leaf.der(), good.device.der()]);
    assert_eq!(two.err(), Some(CertificateError::Parent));
}

#[test]
fn another_domain_is_refused() {
    let alice = alice();
    let refused = chain(&alice).verify(&public(&key(1)), "other.example", None);
    assert_eq!(refused, Err(CertificateError::Domain));
    let refused =
        verify_device(&public(&key(1)), "other.example", alice.identity.der(), alice.device.der(), WITHIN_S);
    assert_eq!(refused, Err(CertificateError::Domain));
}

#[test]
fn each_certificate_is_held_to_its_validity() {
    let short = Validity { not_before_s: WITHIN_S - 10, not_after_s: WITHIN_S };
    let identity = issued(&Subject::Identity(user("alice")), &key(2), &key(1), short);
    let device = issued(&Subject::Device(client("alice", 7)), &key(3), &key(2), short);
    let leaf = issued(&Subject::Leaf(client("alice", 7)), &key(4), &key(3), short);
    for one in [Alice { identity, ..alice() }, Alice { device, ..alice() }, Alice { leaf, ..alice() }] {
        let verify = |at_s| chain(&one).verify(&public(&key(1)), DOMAIN, at_s);
        assert_eq!(verify(Some(WITHIN_S - 11)), Err(CertificateError::NotYetValid));
        assert_eq!(verify(Some(WITHIN_S - 10)), Ok(()));
        assert_eq!(verify(Some(WITHIN_S)), Ok(()));
        assert_eq!(verify(Some(WITHIN_S + 1)), Err(CertificateError::Expired));
        assert_eq!(verify(None), Ok(()));
    }
}

#[test]
fn a_name_that_is_not_one_uri_of_the_right_form_is_refused() {
    let identity = alice().identity;
    let named =
        |names: Option<SubjectAltName>| forged(&identity, &key(1), |tbs| with(tbs, names.as_ref(), false));
    let alice = || uri("mimi://chat.example/u/alice");
    refused(&named(None), CertificateError::Name);
    refused(&named(Some(SubjectAltName(vec![]))), CertificateError::Name);
    refused(&named(Some(SubjectAltName(vec![alice(), alice()]))), CertificateError::Name);
    let dns = GeneralName::DnsName(Ia5String::new("chat.example").unwrap());
    refused(&named(Some(SubjectAltName(vec![dns]))), CertificateError::Name);
    for text in ["https://chat.example/u/alice", "mimi://chat.example/u/Alice", "mimi://chat.example/u/", ""]
    {
        refused(&named(Some(SubjectAltName(vec![uri(text)]))), CertificateError::Name);
    }
    // The subject must be the same user, and the URI's kind must match the constraints.
    let bob = SubjectAltName(vec![uri("mimi://chat.example/u/bob")]);
    refused(&named(Some(bob)), CertificateError::Name);
    let device = SubjectAltName(vec![uri("mimi://chat.example/u/alice/d/0707070707070707")]);
    refused(&named(Some(device)), CertificateError::Constraints);
    assert!(Certificate::parse(&named(Some(SubjectAltName(vec![alice()])))).is_ok());
}

#[test]
fn wrong_ca_flag_path_length_or_key_usage_is_refused() {
    let alice = alice();
    let constrained = |of: &Certificate, value: Option<(bool, Option<u8>)>, critical: bool| {
        let value = value.map(|(ca, path_len_constraint)| BasicConstraints { ca, path_len_constraint });
        forged(of, &key(1), |tbs| with(tbs, value.as_ref(), critical))
    };
    let wrong = [None, Some((false, None)), Some((true, None)), Some((true, Some(0))), Some((true, Some(2)))];
    for value in wrong {
        refused(&constrained(&alice.identity, value, true), CertificateError::Constraints);
    }
    refused(&constrained(&alice.identity, Some((true, Some(1))), false), CertificateError::Constraints);
    for value in [Some((true, None)), Some((true, Some(1))), Some((false, None))] {
        refused(&constrained(&alice.device, value, true), CertificateError::Constraints);
        refused(&constrained(&alice.leaf, value, true), CertificateError::Constraints);
    }
    let used = |of: &Certificate, value: Option<KeyUsage>, critical| {
        forged(of, &key(1), |tbs| with(tbs, value.as_ref(), critical))
    };
    let sign_only = KeyUsage(KeyUsages::DigitalSignature.into());
    let both = KeyUsage(KeyUsages::DigitalSignature | KeyUsages::KeyCertSign);
    refused(&used(&alice.identity, None, true), CertificateError::Constraints);
    refused(&used(&alice.identity, Some(both), false), CertificateError::Constraints);
    refused(&used(&alice.device, Some(sign_only), true), CertificateError::Constraints);
    refused(&used(&alice.leaf, Some(both), true), CertificateError::Constraints);
}

/// A leaf with a device's constraints parses as a device: the issuer's signature prevents that, and the device's path
/// length of 0 and the order of the chain prevent a device from issuing one.
#[test]
fn a_device_can_issue_no_device() {
    let alice = alice();
    let rogue = issued(&Subject::Device(client("alice", 7)), &key(5), &key(3), VALIDITY);
    let leaf = issued(&Subject::Leaf(client("alice", 7)), &key(4), &key(5), VALIDITY);
    let chain = Chain::new(leaf, rogue, alice.identity).unwrap();
    assert_eq!(chain.verify(&public(&key(1)), DOMAIN, None), Err(CertificateError::Signature));
}

#[test]
fn other_algorithms_are_refused() {
    let leaf = alice().leaf;
    let ecdsa = "1.2.840.10045.4.3.2".parse().unwrap();
    let signature = forged(&leaf, &key(3), |tbs| tbs.signature.oid = ecdsa);
    refused(&signature, CertificateError::Algorithm);
    let public = forged(&leaf, &key(3), |tbs| tbs.subject_public_key_info.algorithm.oid = ecdsa);
    refused(&public, CertificateError::Algorithm);
    let parameters = forged(&leaf, &key(3), |tbs| tbs.signature.parameters = Some(Any::null()));
    refused(&parameters, CertificateError::Algorithm);
    let short = forged(&leaf, &key(3), |tbs| {
        tbs.subject_public_key_info.subject_public_key = BitString::from_bytes(&[1; 31]).unwrap();
    });
    refused(&short, CertificateError::Algorithm);
    let mut outer = x509_cert::Certificate::from_der(leaf.der()).unwrap();
    outer.signature_algorithm.oid = ecdsa;
    refused(&outer.to_der().unwrap(), CertificateError::Algorithm);
}

#[test]
fn unknown_extensions_are_refused_only_when_critical() {
    let leaf = alice().leaf;
    let unknown = |critical| Extension {
        extn_id: "1.3.6.1.4.1.99999.1".parse().unwrap(),
        critical,
        extn_value: OctetString::new([5, 0]).unwrap(),
    };
    let add = |critical, times| {
        forged(&leaf, &key(3), |tbs| {
            tbs.extensions.get_or_insert_default().extend(vec![unknown(critical); times]);
        })
    };
    refused(&add(true, 1), CertificateError::UnknownCritical);
    refused(&add(false, 2), CertificateError::Malformed);
    let noted = Certificate::parse(&add(false, 1)).unwrap();
    assert_eq!(noted.verify_issued_by(&public(&key(3))), Ok(()));
}

#[test]
fn other_versions_trailing_bytes_and_size_are_refused() {
    let leaf = alice().leaf;
    refused(&forged(&leaf, &key(3), |tbs| tbs.version = Version::V2), CertificateError::Malformed);
    refused(&[leaf.der(), &[0]].concat(), CertificateError::Malformed);
    refused(&[0; CERTIFICATE_BYTES_MAX + 1], CertificateError::TooLarge);
    refused(&[], CertificateError::Malformed);
    for len in 0..leaf.der().len() {
        refused(&leaf.der()[..len], CertificateError::Malformed);
    }
}

#[test]
fn a_long_domain_fits() {
    let domain = "a".repeat(253);
    let client = UserUri::new(&domain, &"a".repeat(32).parse().unwrap()).unwrap().client(DeviceId([1; 8]));
    let made = issued(&Subject::Device(client), &key(3), &key(2), VALIDITY);
    assert!(made.der().len() < CERTIFICATE_BYTES_MAX);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Certificate::parse(&bytes).is_err());
    }

    /// One changed byte anywhere: either parsing or verification fails.
    #[test]
    fn a_changed_byte_never_verifies(at in any::<prop::sample::Index>(), flip in 1..=255u8) {
        let leaf = alice().leaf;
        let mut der = leaf.der().to_vec();
        let at = at.index(der.len());
        der[at] ^= flip;
        if let Ok(read) = Certificate::parse(&der) {
            prop_assert_eq!(read.verify_issued_by(&public(&key(3))), Err(CertificateError::Signature));
        }
    }

    /// Several bytes removed or inserted.
    #[test]
    fn a_spliced_certificate_never_verifies(
        at in any::<prop::sample::Index>(),
        cut in 0..40usize,
        insert in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let leaf = alice().leaf;
        let mut der = leaf.der().to_vec();
        let at = at.index(der.len());
        let end = (at + cut).min(der.len());
        der.splice(at..end, insert);
        if der != leaf.der() && let Ok(read) = Certificate::parse(&der) {
            prop_assert_eq!(read.verify_issued_by(&public(&key(3))), Err(CertificateError::Signature));
        }
    }
}
