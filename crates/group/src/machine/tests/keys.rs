//! Keys that nobody can encrypt to: none gets into a group, and none breaks one.

use conclave_record::*;
use mls_rs::MlsMessage;
use mls_rs::group::proposal::{AddProposal, Proposal};

use super::world::World;
use crate::credential::falsified;
use crate::policy::Grounds;
use crate::*;

const DAY_MS: u64 = 86_400_000;

/// Bytes that are not a key: too short, and of small order.
fn unsound() -> [Vec<u8>; 2] {
    [vec![7; 5], vec![0; 32]]
}

/// Everybody continues: reads, renews keys when it is time, and sends.
fn all_continue(world: &mut World, names: &[&str]) {
    world.pass(8 * DAY_MS);
    world.check_timers();
    world.wake_all();
    for name in names {
        assert_eq!(world.client(name).status(), GroupStatus::Active, "{name}");
        let sent = world.client(name).store.sent.len();
        world.send(name, "still here");
        assert_eq!(world.client(name).store.sent.len(), sent + 1, "{name}");
    }
}

#[test]
fn a_key_package_with_a_key_that_is_none_is_not_used() {
    for (which, bad) in [0, 1].into_iter().flat_map(|which| unsound().map(|bad| (which, bad))) {
        let mut world = World::new(&["alice", "bob", "mallory"]);
        world.create("alice", &["bob"]);
        world.wake_all();
        let mut keys = [None, None];
        keys[which] = Some(bad);
        falsified::next(keys);
        let people = world.claim(&["mallory"]);
        let mallory = people[0].user.clone();
        let id = world.client("alice").want(IntentKind::Add { people });
        let event = Event::ClaimAgain { intent: id, people: vec![mallory] };
        assert!(world.client("alice").events.contains(&event));
        all_continue(&mut world, &["alice", "bob"]);
        world.assert_agreed(&["alice", "bob"]);
    }
}

/// A member that does not check it before using it is refused by everybody.
#[test]
fn a_commit_that_adds_a_key_that_is_none_is_refused_by_all() {
    let mut world = World::new(&["alice", "bob", "mallory"]);
    world.create("alice", &["bob"]);
    world.wake_all();
    falsified::next([None, Some(vec![7; 5])]);
    let people = world.claim(&["mallory"]);
    let message = MlsMessage::from_bytes(&people[0].key_packages[0]).unwrap();
    let add = Proposal::Add(Box::new(AddProposal::try_from(message).unwrap()));
    let bundle = world.client("alice").forge(vec![add], None);
    world.appends(&bundle);
    world.settle();
    assert_eq!(world.client("bob").causes(), [UnreadableCause::RefusedChange]);
    all_continue(&mut world, &["alice", "bob"]);
    world.assert_agreed(&["alice", "bob"]);
}

/// Some members get a secret that does not fit the node's key, others don't check that node: all refuse alike.
#[test]
fn a_path_with_a_key_that_is_none_is_refused_by_all() {
    let names = ["alice", "bob", "carol", "mallory"];
    // Mallory's path: the node above carol and mallory, the root, and the leaf.
    for (which, bad) in [0, 1, 2].into_iter().flat_map(|which| unsound().map(|bad| (which, bad))) {
        let mut world = World::new(&names);
        world.create("alice", &["bob", "carol", "mallory"]);
        world.wake_all();
        world.assert_agreed(&names);
        let before = world.service.epoch;
        let mut keys = [None, None, None];
        keys[which] = Some(bad);
        falsified::next(keys);
        world.client("mallory").want(IntentKind::Update { signer: None });
        falsified::next([]);
        world.settle();
        assert_eq!(world.service.epoch, before.next(), "the service can't know");
        world.client("mallory").online = false;
        // The service is at the next epoch now; the members are not, and show it.
        for name in ["alice", "bob", "carol"] {
            let client = world.client(name);
            assert_eq!(client.causes(), [UnreadableCause::RefusedChange], "{name} {which}");
            assert_eq!(client.status(), GroupStatus::Active, "{name} {which}");
        }
        // It accepts the next commit of their epoch in place of the one that they refused.
        world.service.epoch = before;
        all_continue(&mut world, &["alice", "bob", "carol"]);
    }
}

/// The path of a commit that removes a client is checked by that client too.
#[test]
fn a_removal_with_a_key_that_is_none_removes_nobody() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.wake_all();
    falsified::next([Some(vec![7; 5])]);
    let people = vec![world.user("carol")];
    world.client("alice").want(IntentKind::Remove { people });
    falsified::next([]);
    world.client("alice").online = false;
    world.overtaken_by_copy("alice", |_| ());
    world.settle();
    for name in ["bob", "carol"] {
        let client = world.client(name);
        assert_eq!(client.causes(), [UnreadableCause::RefusedChange], "{name}");
        assert_eq!(client.status(), GroupStatus::Active, "{name}");
    }
    all_continue(&mut world, &["bob", "carol"]);
}

#[test]
fn a_group_with_a_key_that_is_none_is_not_joined() {
    for bad in unsound() {
        let mut world = World::new(&["mallory", "bob"]);
        world.client("bob").online = false;
        let people = world.claim(&["bob"]);
        let now = world.now;
        // Mallory's leaf; then, in the commit, the root and the leaf.
        falsified::next([None, Some(bad)]);
        world.client("mallory").create("Club", people, now);
        falsified::next([]);
        world.settle();
        let inbox = world.client("bob").uri.inbox();
        let welcome = world.service.inboxes[&inbox][0].clone();
        let bob = world.client("bob");
        let known = bob.key_packages[0].clone();
        let joined = Machine::join(bob.env(), &welcome, &known, None, Now { local: now });
        let error = joined.unwrap_err();
        assert!(matches!(error, JoinError::UnsoundKey) && error.is_final(), "{error}");
    }
}

/// Nobody accepts a policy with a value that would keep everybody busy.
#[test]
fn a_policy_out_of_bounds_is_refused_by_all() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.wake_all();
    let before = world.service.epoch;
    let machine = world.client("alice").machine.as_ref().unwrap();
    let policy = crate::policy::GroupPolicy { update_interval_s: 0, ..machine.policy().clone() };
    let mut extensions = machine.group.context().extensions.clone();
    extensions.set(policy.extension());
    let bundle = world.client("alice").forge(vec![Proposal::GroupContextExtensions(extensions)], None);
    world.appends(&bundle);
    world.settle();
    for name in ["bob", "carol"] {
        assert_eq!(world.client(name).causes(), [UnreadableCause::RefusedChange], "{name}");
    }
    for _ in 0..100 {
        for i in 0..3 {
            world.serve(i);
        }
    }
    assert_eq!(world.service.epoch, before);
    all_continue(&mut world, &["alice", "bob", "carol"]);
}

/// mls-rs builds none while another one is pending, which only this test does.
#[test]
fn a_commit_that_can_not_be_built_fails_alone() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    let before = world.service.epoch;
    let grounds = Grounds { stated: world.now }.proposal();
    let machine = world.client("bob").machine.as_mut().unwrap();
    machine.group.commit_builder().custom_proposal(grounds).build().unwrap();
    let update = world.client("bob").want(IntentKind::Update { signer: None });
    assert_eq!(world.client("bob").state(update), IntentChange::Failed(FailReason::NotBuilt));
    // The due renewal isn't built either, and new entries are read all the same.
    world.pass(8 * DAY_MS);
    world.client("alice").write("read anyway");
    world.settle();
    assert_eq!(world.client("bob").texts(), ["read anyway"]);
    // Alice's renewal ends the epoch, and with it the cause.
    world.check_timers();
    assert!(world.service.epoch > before);
    let update = world.client("bob").want(IntentKind::Update { signer: None });
    world.settle();
    assert_eq!(world.client("bob").state(update), IntentChange::Done);
    world.assert_agreed(&["alice", "bob"]);
}
