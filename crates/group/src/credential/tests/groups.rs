//! Credentials and signing within real groups.

use std::time::Duration;

use mls_rs::client_builder::MlsConfig;
use mls_rs::error::MlsError;
use mls_rs::group::ReceivedMessage;
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules};
use mls_rs::storage_provider::in_memory::InMemoryGroupStateStorage;
use mls_rs::{Client, Group, MlsMessage};
use mls_rs_core::group::GroupStateStorage;
use mls_rs_core::time::MlsTime;

use super::*;
use crate::signer::to_mls;

fn client(
    world: &World,
    leaf: (KeyHandle, SigningIdentity),
    identities: Identities,
    storage: InMemoryGroupStateStorage,
) -> Client<impl MlsConfig> {
    let (handle, identity) = leaf;
    Client::builder()
        .crypto_provider(HandleCrypto::new(world.signer.clone()))
        .identity_provider(identities)
        .group_state_storage(storage)
        .mls_rules(DefaultMlsRules::new().with_commit_options(CommitOptions::new().with_path_required(true)))
        .key_package_lifetime(Duration::from_secs(LEAF_LIFETIME_S))
        .signing_identity(identity, to_mls(&handle), CIPHER_SUITES[0])
        .build()
}

fn new_client(world: &World, user: &str, validity: Validity) -> Client<impl MlsConfig> {
    let leaf = world.leaf(&world.device(user, 1), "1", validity);
    client(world, leaf, world.identities(), InMemoryGroupStateStorage::new())
}

fn time(at_s: u64) -> MlsTime {
    MlsTime::from(at_s)
}

fn key_package(of: &Client<impl MlsConfig>, at_s: u64) -> MlsMessage {
    of.generate_key_package_message(Default::default(), Default::default(), Some(time(at_s))).unwrap()
}

fn add(to: &mut Group<impl MlsConfig>, joiner: MlsMessage, at_s: u64) -> Result<MlsMessage, String> {
    let builder =
        to.commit_builder().commit_time(time(at_s)).add_member(joiner).map_err(|e| e.to_string())?;
    let output = builder.build().map_err(|e| e.to_string())?;
    to.apply_pending_commit().unwrap();
    Ok(output.welcome_messages[0].clone())
}

#[test]
fn a_group_works_on_handles_and_stores_no_key() {
    let world = World::new();
    let storage = InMemoryGroupStateStorage::new();
    let leaf = world.leaf(&world.device("alice", 1), "1", fresh());
    let (seed_handle, device) = (KeyHandle::new("rotated"), world.device("alice", 1));
    let alice = client(&world, leaf, world.identities(), storage.clone());
    let bob = new_client(&world, "bob", fresh());
    let mut hers = alice.create_group(Default::default(), Default::default(), Some(time(AT_S))).unwrap();
    let welcome = add(&mut hers, key_package(&bob, AT_S), AT_S).unwrap();
    let (mut his, _) = bob.join_group(None, &welcome, None).unwrap();

    // A rotation to a key with a known seed, so that the stored state can be searched for it.
    let seed = [0x5e; 32];
    let public = world.signer.insert(seed_handle.clone(), seed);
    let identity = world.over(&device, &public, fresh());
    let rotated = hers
        .commit_builder()
        .commit_time(time(AT_S))
        .set_new_signing_identity(to_mls(&seed_handle), identity)
        .build()
        .unwrap();
    hers.write_to_storage().unwrap();
    let pending = storage.state(hers.group_id()).unwrap().unwrap();
    hers.apply_pending_commit().unwrap();
    his.process_incoming_message_with_time(rotated.commit_message, time(AT_S)).unwrap();

    let message = hers.encrypt_application_message(b"hello", Vec::new()).unwrap();
    let ReceivedMessage::ApplicationMessage(read) = his.process_incoming_message(message).unwrap() else {
        panic!("an application message");
    };
    assert_eq!(read.data(), b"hello");
    hers.write_to_storage().unwrap();
    let applied = storage.state(hers.group_id()).unwrap().unwrap();
    for stored in [pending, applied] {
        assert!(stored.windows(32).all(|window| window != seed));
        assert!(stored.windows(7).any(|window| window == b"rotated"));
    }
}

#[test]
fn a_successor_must_be_the_same_client_with_the_same_identity() {
    let world = World::new();
    let bob = new_client(&world, "bob", fresh());
    for wrong in [world.device("alice", 2), world.device_of("alice again", "alice", 1)] {
        let alice = new_client(&world, "alice", fresh());
        let mut hers = alice.create_group(Default::default(), Default::default(), Some(time(AT_S))).unwrap();
        let welcome = add(&mut hers, key_package(&bob, AT_S), AT_S).unwrap();
        let (mut his, _) = bob.join_group(None, &welcome, None).unwrap();
        let (handle, identity) = world.leaf(&wrong, "2", fresh());
        let commit =
            hers.commit_builder().set_new_signing_identity(to_mls(&handle), identity).build().unwrap();
        let refused = his.process_incoming_message(commit.commit_message).unwrap_err();
        assert!(matches!(refused, MlsError::InvalidSuccessor), "{refused}");
    }
}

#[test]
fn expiry_keeps_new_leaves_out_and_blocks_no_join() {
    let world = World::new();
    let short = validity_from(AT_S, 3600);
    let alice = new_client(&world, "alice", short);
    let mut hers = alice.create_group(Default::default(), Default::default(), Some(time(AT_S))).unwrap();

    // A year on, alice's own leaf has long expired: bob joins all the same, carol's expired one is kept out.
    let later = AT_S + 365 * 24 * 3600;
    let carol = new_client(&world, "carol", short);
    let refused = add(&mut hers, key_package(&carol, later), later).unwrap_err();
    assert!(refused.contains("expired"), "{refused}");
    hers.clear_pending_commit();
    let bob = new_client(&world, "bob", validity_from(later, LEAF_LIFETIME_S));
    let welcome = add(&mut hers, key_package(&bob, later), later).unwrap();
    let (his, _) = bob.join_group(None, &welcome, None).unwrap();
    assert_eq!(his.roster().members().len(), 2);
    let again = new_client(&world, "dave", validity_from(later, LEAF_LIFETIME_S));
    let welcome = add(&mut hers, key_package(&again, later), later).unwrap();
    let (its, _) = again.join_group(None, &welcome, None).unwrap();
    assert_eq!(its.roster().members().len(), 3);
}
