//! Commits that wait between being built and entering the log: all judge one alike, by the time it states.

use conclave_protocol::limits::STATED_AHEAD_MS_MAX;
use conclave_protocol::{CommitHash, Epoch, Timestamp, wire};
use conclave_record::*;
use prost::Message as _;
use wire::EntryKind;

use super::world::{START, World};
use crate::credential::LEAF_LIFETIME_S;
use crate::*;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn name_at(world: &mut World, name: &str) -> String {
    world.client(name).machine.as_ref().unwrap().head().name.clone()
}

#[test]
fn an_addition_that_waited_past_its_key_package_is_taken_by_all() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    world.wake_all();
    let now = world.now;
    let user = world.user("carol");
    let key_package = world.client("carol").key_package(now, now.plus_ms(2 * HOUR), false);
    let people = vec![PersonKeyPackages { user, key_packages: vec![key_package] }];
    world.client("alice").online = false;
    world.client("alice").want(IntentKind::Add { people });
    assert_eq!(world.client("alice").outbox.len(), 1, "it is built");
    world.pass(3 * HOUR);
    world.client("alice").online = true;
    world.settle();
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.settle();
    for name in ["alice", "bob", "carol"] {
        world.send(name, &format!("from {name}"));
    }
    world.wake_all();
    assert_eq!(name_at(&mut world, "bob"), "Choir");
    assert_eq!(world.client("bob").texts(), ["from alice", "from carol"]);
    world.assert_agreed(&["alice", "bob", "carol"]);
}

/// Until a signature key is due, and a little longer: an offline member changes the group under the old one.
#[test]
fn a_change_that_waited_past_the_leaf_certificate_is_taken_by_all() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    world.pass(LEAF_LIFETIME_S * 1000 - 2 * HOUR);
    world.client("alice").online = false;
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    assert_eq!(world.client("alice").outbox.len(), 1, "it is built");
    world.pass(3 * HOUR);
    world.client("alice").online = true;
    world.settle();
    for name in ["alice", "bob"] {
        let now = world.now;
        let signer = world.client(name).signer(now);
        world.client(name).want(IntentKind::Update { signer: Some(signer) });
        world.settle();
    }
    world.send("bob", "from bob");
    assert_eq!(name_at(&mut world, "bob"), "Choir");
    assert_eq!(world.client("alice").texts(), ["from bob"]);
    world.assert_agreed(&["alice", "bob"]);
}

#[test]
fn a_commit_states_no_time_before_the_one_before_it() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    world.pass(DAY);
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.settle();
    let stated = |world: &mut World, name: &str| world.client(name).machine.as_ref().unwrap().head().stated;
    let before = stated(&mut world, "bob");
    assert_eq!(before, world.now);
    // Bob's clock is a week behind.
    let behind = Timestamp(world.now.0 - 7 * DAY);
    world.client("bob").now = behind;
    world.client("bob").want(IntentKind::Update { signer: None });
    world.settle();
    assert!(stated(&mut world, "alice") >= before);
    world.assert_agreed(&["alice", "bob"]);
}

/// Bob, who just joined, has the time from the signed bundle, not from the member who added him.
#[test]
fn who_joined_knows_what_time_the_group_is_at() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    world.wake_all();
    world.add("alice", &["carol"]);
    let head = |world: &mut World, name: &str| world.client(name).machine.as_ref().unwrap().head().stated;
    assert_eq!(head(&mut world, "carol"), head(&mut world, "alice"));
    assert!(head(&mut world, "carol") > START || world.now == START);
    world.client("carol").reload();
    assert_eq!(head(&mut world, "carol"), head(&mut world, "alice"));
}

fn last_bundle(world: &World) -> wire::CommitBundle {
    let last = world.service.entries.iter().rfind(|entry| entry.kind() == EntryKind::Commit).unwrap();
    wire::CommitBundle::decode(last.body.clone()).unwrap()
}

/// The bundle stated another time to the service than to the members: refused by all, also by its maker.
#[test]
fn a_bundle_that_states_another_time_than_its_commit_is_refused_by_all() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.wake_all();
    let forged = {
        let mut bundle = world.client("bob").forge_update(None);
        bundle.stated_ms += 1;
        bundle
    };
    world.appends(&forged);
    world.settle();
    for name in ["alice", "carol"] {
        assert_eq!(world.client(name).causes(), [UnreadableCause::RefusedChange], "{name}");
    }
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.settle();
    world.assert_agreed(&["alice", "carol", "bob"]);
}

#[test]
fn a_time_far_ahead_of_the_log_is_refused_by_all() {
    for (ahead, taken) in [(STATED_AHEAD_MS_MAX, true), (STATED_AHEAD_MS_MAX + 1, false)] {
        let mut world = World::in_a_group(&["alice", "bob"]);
        world.wake_all();
        let before = world.client("alice").machine.as_ref().unwrap().epoch();
        let stated = world.now.plus_ms(ahead);
        let bundle = world.client("bob").forge_update(Some(stated));
        assert_eq!(bundle.epoch, before.0);
        world.appends(&bundle);
        world.settle();
        let after = world.client("alice").machine.as_ref().unwrap().epoch();
        let expected = if taken { before.next() } else { before };
        assert_eq!(after, expected, "{ahead} ms ahead");
        assert_eq!(world.client("alice").causes().is_empty(), taken, "{ahead} ms ahead");
    }
}

/// The service declines a stated time far ahead of its own, and the change is made again at the right time.
#[test]
fn a_clock_that_was_set_right_meanwhile_loses_nothing() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    world.client("alice").online = false;
    let right = world.now;
    world.client("alice").now = right.plus_ms(30 * DAY);
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    assert_eq!(world.client("alice").outbox.len(), 1, "it is built");
    world.client("alice").now = right;
    world.client("alice").online = true;
    world.settle();
    assert_eq!(name_at(&mut world, "bob"), "Choir");
    assert_eq!(last_bundle(&world).stated_ms, right.0);
    world.assert_agreed(&["alice", "bob"]);
}

/// The parent of the newest commit, which is signed with the time.
#[test]
fn the_signature_of_the_next_epoch_covers_the_time() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    let bundle = last_bundle(&world);
    let machine = world.client("bob").machine.as_ref().unwrap();
    let seed = machine.access_seed(Epoch(1)).unwrap();
    let hash = CommitHash::of(&bundle.commit);
    let signed = |at: u64| sign_commit(seed, machine.group(), Timestamp(at), &hash).to_vec();
    assert_eq!(signed(bundle.stated_ms), bundle.next_access_signature);
    assert_ne!(signed(bundle.stated_ms + 1), bundle.next_access_signature);
}

fn waits(world: &mut World, name: &str) -> Option<Waits> {
    world.client(name).machine.as_ref().unwrap().waits()
}

fn rename(world: &mut World, name: &str) -> IntentId {
    world.client("alice").want(IntentKind::Rename { name: name.to_owned() })
}

#[test]
fn a_change_waits_for_its_turn_and_after_a_restart_for_the_log() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    assert_eq!(waits(&mut world, "alice"), None);
    world.client("alice").online = false;
    world.client("alice").write("a message is no change");
    let now = world.now;
    let signer = world.client("alice").signer(now);
    world.client("alice").want(IntentKind::Update { signer: Some(signer) });
    assert_eq!(waits(&mut world, "alice"), None, "nobody requested it");
    rename(&mut world, "Choir");
    assert_eq!(waits(&mut world, "alice"), Some(Waits::Turn), "another commit is under way");
    world.client("alice").reload();
    world.client("alice").again(now);
    assert_eq!(waits(&mut world, "alice"), Some(Waits::Log));
    world.client("alice").online = true;
    world.settle();
    assert_eq!(waits(&mut world, "alice"), None);
    assert_eq!(name_at(&mut world, "bob"), "Choir");
}

/// As where the device's certificate ends before a new leaf's would.
#[test]
fn a_change_waits_for_a_new_signature_key_and_says_when_none_is_taken() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    world.pass(LEAF_LIFETIME_S * 1000);
    let intent = rename(&mut world, "Choir");
    assert_eq!(world.client("alice").state(intent), IntentChange::Queued { attempts: 0 });
    assert_eq!(waits(&mut world, "alice"), Some(Waits::Turn), "a new key is requested");
    for _ in 0..parameters::REFUSALS_MAX {
        assert!(std::mem::take(&mut world.client("alice").events).contains(&Event::NeedsNewSigner));
        let ended = Timestamp(START.0 + DAY);
        let signer = world.client("alice").signer(Timestamp(ended.0 - LEAF_LIFETIME_S * 1000));
        world.client("alice").want(IntentKind::Update { signer: Some(signer) });
    }
    assert_eq!(waits(&mut world, "alice"), Some(Waits::SignerRefused));
    assert_eq!(world.client("alice").state(intent), IntentChange::Queued { attempts: 0 });
}
