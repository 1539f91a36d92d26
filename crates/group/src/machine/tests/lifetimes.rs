//! Key packages, and leaves that came with them, have a maximum lifetime (RFC 9420 §7.2).

use conclave_record::*;
use mls_rs::MlsMessage;
use mls_rs::group::proposal::{AddProposal, Proposal};

use super::world::World;
use crate::parameters::{DAY_S, KEY_PACKAGE_BACKDATE_S, LIFETIME_S_MAX};
use crate::*;

/// A new key package of mallory's whose lifetime exceeds the maximum by this many seconds.
fn key_package(world: &mut World, over_s: u64) -> PersonKeyPackages {
    let now = world.now;
    let not_after = now.plus_ms((LIFETIME_S_MAX - KEY_PACKAGE_BACKDATE_S + over_s) * 1000);
    let mallory = world.client("mallory");
    let made = mallory.key_package(now, not_after, false);
    PersonKeyPackages { user: mallory.uri.user().clone(), key_packages: vec![made] }
}

fn add(people: &PersonKeyPackages) -> Proposal {
    let message = MlsMessage::from_bytes(&people.key_packages[0]).unwrap();
    Proposal::Add(Box::new(AddProposal::try_from(message).unwrap()))
}

#[test]
fn a_key_package_that_lasts_too_long_is_not_used() {
    for over_s in [1, DAY_S, 30 * DAY_S] {
        let mut world = World::new(&["alice", "bob", "mallory"]);
        world.create("alice", &["bob"]);
        let people = vec![key_package(&mut world, over_s)];
        let mallory = people[0].user.clone();
        let id = world.client("alice").want(IntentKind::Add { people });
        let event = Event::ClaimAgain { intent: id, people: vec![mallory] };
        assert!(world.client("alice").events.contains(&event), "{over_s}");
    }
}

#[test]
fn the_longest_lifetime_is_taken() {
    let mut world = World::new(&["alice", "bob", "mallory"]);
    world.create("alice", &["bob"]);
    let people = vec![key_package(&mut world, 0)];
    world.client("alice").want(IntentKind::Add { people });
    world.settle();
    world.assert_agreed(&["alice", "bob", "mallory"]);
}

#[test]
fn a_commit_that_adds_one_that_lasts_too_long_is_refused_by_all() {
    let mut world = World::new(&["alice", "bob", "mallory"]);
    world.create("alice", &["bob"]);
    let people = key_package(&mut world, 1);
    let bundle = world.client("alice").forge(vec![add(&people)], None);
    world.appends(&bundle);
    world.settle();
    assert_eq!(world.client("bob").causes(), [UnreadableCause::RefusedChange]);
    world.send("bob", "still here");
    world.assert_agreed(&["alice", "bob"]);
}

#[test]
fn a_tree_with_a_leaf_that_lasts_too_long_is_not_joined_by() {
    let mut world = World::new(&["alice", "bob", "mallory"]);
    world.create("alice", &["bob"]);
    let people = key_package(&mut world, 1);
    let welcome = world.client("alice").forge_welcome(vec![add(&people)]);
    let now = Now { local: world.now };
    let mallory = world.client("mallory");
    let known = mallory.key_packages[0].clone();
    let error = Machine::join(mallory.env(), &welcome, &known, None, now).unwrap_err();
    assert!(matches!(error, JoinError::LifetimeTooLong) && error.is_final(), "{error}");
}
