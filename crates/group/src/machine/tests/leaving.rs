//! Leaving: a member, the last owner, the last member.

use conclave_record::Role;
use conclave_record::*;

use super::races::make_admin;
use super::world::World;
use crate::parameters::{HOUSEKEEPING_AGAIN_AFTER_MS, REFUSALS_MAX};
use crate::*;

fn left(world: &mut World, name: &str) {
    let client = world.client(name);
    assert_eq!(client.status(), GroupStatus::Left, "{name}");
    assert!(client.store.forgotten);
}

#[test]
fn a_member_leaves() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.client("bob").want(IntentKind::Leave);
    assert_eq!(world.client("bob").status(), GroupStatus::Leaving);
    world.settle();
    left(&mut world, "bob");
    world.assert_agreed(&["alice", "carol"]);
    for name in ["alice", "bob", "carol"] {
        let bob = world.client("bob").uri.clone();
        let row = world.client(name).store.log.last().unwrap();
        assert_eq!(row.kind, MembershipKind::Left);
        assert_eq!((row.actor.as_ref(), row.target.as_ref()), (Some(&bob), Some(bob.user())));
    }
    let id = world.client("bob").intents.keys().next().copied().unwrap();
    assert_eq!(world.client("bob").state(id), IntentChange::Done);
}

/// Carol wants to leave while alice, whose turn it is to commit that, is offline.
fn carol_leaves_without_alice() -> World {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.wake_all();
    world.client("alice").online = false;
    world.client("carol").want(IntentKind::Leave);
    world.settle();
    world
}

/// Carol has left, which alice learns now.
fn alice_comes_back_to_carol_gone(world: &mut World) {
    left(world, "carol");
    world.client("alice").online = true;
    world.settle();
    world.assert_agreed(&["alice", "bob"]);
}

/// The member whose turn it is to commit it is offline: the next one does, after a delay.
#[test]
fn the_next_member_carries_it_out() {
    let mut world = carol_leaves_without_alice();
    assert_eq!(world.client("carol").status(), GroupStatus::Leaving);
    let turn = world.now.plus_ms(parameters::LEAVE_STEP_MS);
    assert_eq!(world.client("bob").wake_at, Some(turn));
    world.wake_all();
    alice_comes_back_to_carol_gone(&mut world);
}

/// Nobody may send before the proposal is committed, so a member that wants to send commits it at once.
#[test]
fn a_waiting_message_carries_it_out_at_once() {
    let mut world = carol_leaves_without_alice();
    world.send("bob", "bye carol");
    alice_comes_back_to_carol_gone(&mut world);
    assert_eq!(world.client("alice").texts(), ["bye carol"]);
}

#[test]
fn the_request_is_repeated_in_each_epoch() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.client("carol").online = false;
    world.client("carol").want(IntentKind::Leave);
    // Two epochs pass before any of it arrives.
    for name in ["one", "two"] {
        world.client("alice").want(IntentKind::Rename { name: name.to_owned() });
        world.settle();
    }
    world.client("carol").online = true;
    world.settle();
    left(&mut world, "carol");
    world.assert_agreed(&["alice", "bob"]);
}

#[test]
fn the_last_owner_leaves_an_heir() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.client("alice").want(IntentKind::Leave);
    world.settle();
    left(&mut world, "alice");
    world.assert_agreed(&["bob", "carol"]);
    let bob = world.client("bob").machine.as_ref().unwrap();
    assert_eq!(bob.head().own_role, Role::Owner);
    let kinds: Vec<_> =
        world.client("carol").store.log.iter().skip(1).map(|row| (row.kind, row.role)).collect();
    let expected = [(MembershipKind::Left, None), (MembershipKind::RoleChanged, Some(Role::Owner))];
    assert_eq!(kinds, expected);
    let heir = world.client("carol").store.log.last().unwrap();
    assert_eq!(heir.actor, None, "nobody appointed bob");
    assert_eq!(world.client("carol").store.roster[&1].role, Role::Owner);
    world.remove("bob", "carol");
    world.assert_agreed(&["bob"]);
}

#[test]
fn an_admin_that_leaves_takes_the_role_along() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    make_admin(&mut world, "alice", "bob");
    world.client("bob").want(IntentKind::Leave);
    world.settle();
    left(&mut world, "bob");
    world.assert_agreed(&["alice", "carol"]);
    assert_eq!(world.client("carol").machine.as_ref().unwrap().policy().roles.len(), 1);
    world.add("alice", &["bob"]);
    assert_eq!(world.client("bob").machine.as_ref().unwrap().head().own_role, Role::Member);
}

#[test]
fn the_last_member_closes_the_group() {
    let mut world = World::new(&["alice"]);
    world.create("alice", &[]);
    world.assert_agreed(&["alice"]);
    world.client("alice").want(IntentKind::Leave);
    left(&mut world, "alice");
    assert_eq!(world.service.entries.len(), 1);
}

#[test]
fn two_who_leave_together_both_get_out() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.client("alice").want(IntentKind::Leave);
    world.client("bob").want(IntentKind::Leave);
    world.settle();
    world.wake_all();
    left(&mut world, "alice");
    left(&mut world, "bob");
}

/// Whether a refused proposal must be made again is not stored: after a restart, it is.
#[test]
fn who_was_refused_to_leave_asks_again_after_a_restart() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    world.service.tamper = Some(Box::new(|_| Some(Outcome::Refused { reason: "no".to_owned() })));
    world.client("bob").want(IntentKind::Leave);
    world.settle();
    assert_eq!(world.client("bob").status(), GroupStatus::Leaving);
    world.service.tamper = None;
    world.client("bob").reload();
    world.settle();
    left(&mut world, "bob");
    world.assert_agreed(&["alice"]);
}

/// The cause of a refusal may go away without a new epoch, and nobody else might begin one.
#[test]
fn who_was_refused_to_leave_asks_again_after_an_hour() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = asked.clone();
    world.service.tamper = Some(Box::new(move |_| {
        counted.set(counted.get() + 1);
        Some(Outcome::Refused { reason: "no".to_owned() })
    }));
    world.client("bob").want(IntentKind::Leave);
    world.settle();
    world.wake_all();
    assert_eq!(asked.get(), REFUSALS_MAX);
    world.service.tamper = None;
    world.pass(HOUSEKEEPING_AGAIN_AFTER_MS);
    world.check_timers();
    left(&mut world, "bob");
    world.assert_agreed(&["alice"]);
}

#[test]
fn an_admin_inherits_before_whoever_has_the_lowest_leaf() {
    let mut world = World::new(&["alice", "bob", "carol", "erin"]);
    world.create("alice", &["bob", "carol"]);
    make_admin(&mut world, "alice", "carol");
    world.remove("alice", "bob");
    // Erin gets the leaf that bob had.
    world.add("alice", &["erin"]);
    world.client("alice").want(IntentKind::Leave);
    world.settle();
    world.wake_all();
    for name in ["carol", "erin"] {
        let policy = world.client(name).machine.as_ref().unwrap().policy().clone();
        let owners = policy.roles.iter().filter(|(_, role)| **role == Role::Owner);
        assert_eq!(owners.map(|(user, _)| user.handle()).collect::<Vec<_>>(), ["carol"], "{name}");
    }
    world.assert_agreed(&["carol", "erin"]);
}

/// The others have what the commit refers to: only a member that lacks it can't follow, and shows it.
#[test]
fn who_was_kept_from_a_proposal_stops_at_its_commit() {
    for restarts in [false, true] {
        let mut world = World::in_a_group(&["alice", "bob", "carol", "dave"]);
        world.wake_all();
        world.client("bob").online = false;
        world.client("carol").want(IntentKind::Leave);
        world.settle();
        left(&mut world, "carol");
        let kind = conclave_protocol::wire::EntryKind::Proposal;
        let at = world.service.entries.iter().position(|entry| entry.kind() == kind).unwrap();
        // The service gives bob random bytes in its place.
        let entry = &mut world.service.entries[at];
        entry.kind = conclave_protocol::wire::EntryKind::Application as i32;
        entry.body = vec![1].into();
        world.client("bob").online = true;
        world.settle();
        let broken = GroupStatus::Broken { cause: UnreadableCause::Diverged };
        if restarts {
            world.client("bob").reload();
            world.settle();
        }
        let bob = world.client("bob");
        assert_eq!(bob.status(), broken, "it can't follow, and knows");
        assert_eq!(bob.causes().last(), Some(&UnreadableCause::Diverged));
        assert_eq!(bob.store.roster.len(), 4, "nothing is shown that it could not check");
        // The others continue.
        world.send("alice", "hello");
        assert_eq!(world.client("dave").texts(), ["hello"]);
    }
}
