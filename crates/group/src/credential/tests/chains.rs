//! What [`Identities`] accepts, refuses and remembers.

use conclave_protocol::certificate::CertificateError;
use mls_rs_core::extension::ExtensionList;
use mls_rs_core::identity::{BasicCredential, IdentityProvider, MemberValidationContext};

use super::*;
use crate::credential::remembered::Remembered;

fn identity(identities: &Identities, of: &SigningIdentity) -> Result<Vec<u8>, CredentialError> {
    identities.identity(of, &ExtensionList::new())
}

fn succeeds(identities: &Identities, before: &SigningIdentity, after: &SigningIdentity) -> bool {
    identities.valid_successor(before, after, &ExtensionList::new()).unwrap()
}

#[test]
fn a_good_chain_says_who_it_is() {
    let world = World::new();
    let alice = world.device("alice", 1);
    let (handle, leaf) = world.leaf(&alice, "1", fresh());
    let identities = world.identities();
    let found = identities.client_of(&leaf).unwrap();
    assert_eq!(found.client, alice.client);
    assert_eq!(found.identity_key, *alice.identity.public_key());
    assert_eq!(found.device_key, *alice.device.public_key());
    assert_eq!(found.validity, fresh());
    assert_eq!(world.signer.public_key(&handle).unwrap(), leaf.signature_key.as_bytes());
    assert_eq!(identity(&identities, &leaf).unwrap().len(), 16);
}

#[test]
fn the_same_client_is_the_same_device_id() {
    let world = World::new();
    let identities = world.identities();
    let (phone, laptop) = (world.device("alice", 1), world.device("alice", 2));
    let (_, first) = world.leaf(&phone, "1", fresh());
    let (_, second) = world.leaf(&phone, "2", fresh());
    let (_, other) = world.leaf(&laptop, "1", fresh());
    assert_eq!(identity(&identities, &first), identity(&identities, &second));
    assert_ne!(identity(&identities, &first), identity(&identities, &other));
    assert!(succeeds(&identities, &first, &second));
    assert!(!succeeds(&identities, &first, &other));
}

#[test]
fn a_new_identity_key_is_no_successor() {
    let world = World::new();
    let identities = world.identities();
    let (_, before) = world.leaf(&world.device("alice", 1), "1", fresh());
    let (_, after) = world.leaf(&world.device_of("alice again", "alice", 1), "2", fresh());
    assert_eq!(identity(&identities, &before), identity(&identities, &after));
    assert!(!succeeds(&identities, &before, &after));
}

#[test]
fn what_is_not_such_a_chain_is_refused() {
    let world = World::new();
    let identities = world.identities();
    let alice = world.device("alice", 1);
    let (_, good) = world.leaf(&alice, "1", fresh());
    let key = good.signature_key.clone();
    let refused = |identity: &SigningIdentity| identities.client_of(identity).unwrap_err();

    let basic = Credential::Basic(BasicCredential::new(b"alice".to_vec()));
    assert_eq!(refused(&SigningIdentity::new(basic, key.clone())), CredentialError::NotX509);
    let other_key = SigningIdentity::new(good.credential.clone(), SignaturePublicKey::new_slice(&[7; 32]));
    assert_eq!(refused(&other_key), CredentialError::OtherKey);
    let odd_key = SigningIdentity::new(good.credential.clone(), SignaturePublicKey::new_slice(&[7; 31]));
    assert_eq!(refused(&odd_key), CredentialError::OtherKey);

    let Credential::X509(chain) = &good.credential else { panic!("an X.509 chain") };
    let reordered = |order: &[usize]| {
        let certificates: Vec<_> = order.iter().map(|&i| chain[i].clone()).collect();
        SigningIdentity::new(Credential::X509(CertificateChain::from(certificates)), key.clone())
    };
    for order in [&[][..], &[0], &[0, 1], &[0, 2, 1], &[1, 1, 2], &[0, 1, 2, 2]] {
        assert_eq!(refused(&reordered(order)), CredentialError::Chain(CertificateError::Parent));
    }
    let bobs = world.over(&world.device("bob", 1), key.as_bytes().try_into().unwrap(), fresh());
    let Credential::X509(bobs) = &bobs.credential else { panic!("an X.509 chain") };
    let mixed = CertificateChain::from(vec![bobs[0].clone(), chain[1].clone(), chain[2].clone()]);
    let mixed = SigningIdentity::new(Credential::X509(mixed), key);
    // Both leaves name device 1: their users differ.
    assert_eq!(refused(&mixed), CredentialError::Chain(CertificateError::Parent));
    assert_eq!(identities.client_of(&good).unwrap().client, alice.client);
}

#[test]
fn another_authority_or_domain_is_refused() {
    let (world, other) = (World::new(), World::new());
    let (_, leaf) = world.leaf(&world.device("alice", 1), "1", fresh());
    let refused = other.identities().client_of(&leaf).unwrap_err();
    assert_eq!(refused, CredentialError::Chain(CertificateError::Signature));
    let elsewhere = Identities::new(world.anchor, "other.example".to_owned());
    let refused = elsewhere.client_of(&leaf).unwrap_err();
    assert_eq!(refused, CredentialError::Chain(CertificateError::Domain));
}

/// Anyone can issue a certificate for someone else's public key. Having been verified must not make the key theirs.
#[test]
fn a_chain_over_a_foreign_key_takes_nothing_over() {
    let world = World::new();
    let (alice, mallory) = (world.device("alice", 1), world.device("mallory", 1));
    let (_, hers) = world.leaf(&alice, "1", fresh());
    let key = hers.signature_key.as_bytes().try_into().unwrap();
    let claimed = world.over(&mallory, key, fresh());
    let identities = world.identities();
    for _ in 0..2 {
        assert_eq!(identities.client_of(&claimed).unwrap().client, mallory.client);
        assert_eq!(identities.client_of(&hers).unwrap().client, alice.client);
        assert_ne!(identity(&identities, &claimed), identity(&identities, &hers));
    }
    // A remembered chain does not cover one with a byte changed, wherever it is.
    let Credential::X509(chain) = &hers.credential else { panic!("an X.509 chain") };
    for i in 0..3 {
        let mut changed: Vec<_> = chain.iter().map(|der| der.to_vec()).collect();
        *changed[i].last_mut().unwrap() ^= 1;
        let changed: Vec<_> = changed.into_iter().map(DerCertificate::new).collect();
        let credential = Credential::X509(CertificateChain::from(changed));
        let changed = SigningIdentity::new(credential, hers.signature_key.clone());
        let refused = identities.client_of(&changed).unwrap_err();
        assert_eq!(refused, CredentialError::Chain(CertificateError::Signature));
    }
}

#[test]
fn validity_is_judged_by_the_given_time_only() {
    let world = World::new();
    let identities = world.identities();
    let (_, leaf) = world.leaf(&world.device("alice", 1), "1", fresh());
    let validate = |at_s: Option<u64>| {
        identities.validate_member(&leaf, at_s.map(Into::into), MemberValidationContext::None)
    };
    assert_eq!(validate(Some(AT_S + LEAF_LIFETIME_S)), Ok(()));
    let expired = Err(CredentialError::Chain(CertificateError::Expired));
    assert_eq!(validate(Some(AT_S + LEAF_LIFETIME_S + 1)), expired);
    assert_eq!(validate(Some(AT_S - VALIDITY_SLACK_S)), Ok(()));
    let too_early = Err(CredentialError::Chain(CertificateError::NotYetValid));
    assert_eq!(validate(Some(AT_S - VALIDITY_SLACK_S - 1)), too_early);
    assert_eq!(validate(None), Ok(()));
}

#[test]
fn many_are_verified_together() {
    let world = World::new();
    let identities = world.identities();
    let mut leaves: Vec<_> =
        (0..20).map(|i| world.leaf(&world.device(&format!("user{i}"), 1), "1", fresh()).1).collect();
    assert_eq!(identities.verify_all(&leaves), Ok(()));
    leaves[7].signature_key = SignaturePublicKey::new_slice(&[7; 32]);
    assert_eq!(identities.verify_all(&leaves), Err(CredentialError::OtherKey));
}

#[test]
fn external_senders_are_refused() {
    let world = World::new();
    let (_, leaf) = world.leaf(&world.device("alice", 1), "1", fresh());
    let refused = world.identities().validate_external_sender(&leaf, None, None);
    assert_eq!(refused, Err(CredentialError::ExternalSender));
}

#[test]
fn memory_is_bounded_and_keeps_what_is_in_use() {
    let key = |i: u32| {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&i.to_le_bytes());
        key
    };
    let mut memory = Remembered::new(8);
    for i in 0..1000 {
        memory.insert(key(i), i);
        assert!(memory.len() <= 16);
        assert_eq!(memory.get(&key(i)), Some((&i, false)));
        // Looked up now and then, and inserted again when it is among the old ones.
        let (value, old) = memory.get(&key(0)).expect("it is in use");
        assert_eq!(*value, 0);
        if old {
            memory.insert(key(0), 0);
        }
    }
    assert!(memory.get(&key(500)).is_none());
}
