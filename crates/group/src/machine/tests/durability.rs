//! Restarts, secrets, past epochs, stale trees.

use conclave_protocol::{Epoch, wire};
use conclave_record::*;
use wire::EntryKind;

use super::world::World;
use crate::*;

/// A whole story, with every machine loaded again before every single input.
#[test]
fn a_restart_at_every_step_changes_nothing() {
    let story = |forgetful: bool| {
        let mut world = World::new(&["alice", "bob", "carol"]);
        for client in &mut world.clients {
            client.forgetful = forgetful;
        }
        world.create("alice", &["bob"]);
        world.send("alice", "one");
        world.add("alice", &["carol"]);
        world.send("carol", "two");
        world.client("bob").want(IntentKind::Update { signer: None });
        world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
        world.client("bob").write("three");
        world.settle();
        world.remove("alice", "bob");
        world.add("alice", &["bob"]);
        world.send("bob", "four");
        world.client("carol").want(IntentKind::Leave);
        world.settle();
        world.wake_all();
        world.assert_agreed(&["alice", "bob"]);
        assert_eq!(world.client("carol").status(), GroupStatus::Left);
        let shown = |client: &super::world::Client| {
            let rows = client.store.log.iter().map(|row| (row.kind, row.epoch)).collect::<Vec<_>>();
            (client.texts(), client.causes(), client.store.sent.len(), rows, client.store.intents.clone())
        };
        (world.clients.iter().map(shown).collect::<Vec<_>>(), world.clients[0].reloads)
    };
    let (smooth, none) = story(false);
    let (bumpy, many) = story(true);
    assert_eq!(none, 0);
    assert!(many > 10, "{many}");
    assert_eq!(smooth, bumpy);
}

#[test]
fn no_signature_key_is_in_any_state() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.send("bob", "hello");
    let now = world.now;
    let signer = world.client("bob").signer(now);
    let handle = signer.handle.to_string();
    world.client("bob").want(IntentKind::Update { signer: Some(signer) });
    world.settle();
    world.send("bob", "signed with another key");
    world.assert_agreed(&["alice", "bob"]);
    assert_eq!(world.client("alice").texts().len(), 2);
    let rotated = world.client("alice").store.log.last().unwrap();
    assert_eq!(rotated.kind, MembershipKind::KeyRotated);
    for client in &world.clients {
        assert!(client.store.written.len() > 3 && !client.seeds.is_empty());
        for bytes in &client.store.written {
            for seed in &client.seeds {
                assert!(!bytes.windows(32).any(|window| window == seed), "{}", client.name);
            }
        }
    }
    // The handle is there instead.
    let last = world.client("bob").store.written.last().unwrap().clone();
    assert!(last.windows(handle.len()).any(|window| window == handle.as_bytes()));
}

#[test]
fn late_messages_of_three_epochs_are_read_and_older_ones_named() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    // One encrypted in each epoch, and held back.
    let mut held = Vec::new();
    for i in 0..5 {
        world.client("alice").write(&format!("{i}"));
        held.extend(std::mem::take(&mut world.client("alice").outbox));
        world.client("bob").want(IntentKind::Update { signer: None });
        world.settle();
        world.client("alice").outbox.clear();
    }
    world.client("alice").online = false;
    for submission in &held {
        assert!(!submission.is_commit());
        world.service.append(EntryKind::Application, submission.entry().clone());
    }
    world.settle();
    // The first two are too old as they were; alice has encrypted them again meanwhile.
    assert_eq!(world.client("bob").causes(), [UnreadableCause::TooOld; 2]);
    let texts = world.client("bob").texts();
    assert_eq!(texts, ["0", "1", "2", "3", "4"]);
    let epochs: Vec<_> = world.client("bob").store.messages.iter().map(|row| row.epoch.0).collect();
    assert_eq!(epochs, [5, 6, 3, 4, 5]);
}

#[test]
fn what_was_said_before_joining_stays_closed() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    world.client("bob").write("before carol");
    let held = std::mem::take(&mut world.client("bob").outbox);
    world.add("alice", &["carol"]);
    world.client("bob").outbox = held;
    world.settle();
    assert_eq!(world.client("alice").texts(), ["before carol"]);
    assert_eq!(world.client("carol").texts(), Vec::<String>::new());
    assert_eq!(world.client("carol").causes(), [UnreadableCause::OtherEpoch]);
}

#[test]
fn a_stale_tree_is_refused() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    let old = world.client("alice").store.saved();
    world.client("alice").want(IntentKind::Update { signer: None });
    world.settle();
    let alice = world.client("alice");
    let with = |change: &dyn Fn(&mut Saved)| {
        let mut saved = alice.store.saved();
        change(&mut saved);
        saved
    };
    let stale = with(&|saved| {
        (saved.tree, saved.tree_epoch, saved.tree_hash) =
            (old.tree.clone(), old.tree_epoch, old.tree_hash.clone());
    });
    let hash = with(&|saved| saved.tree_hash = old.tree_hash.clone());
    let state = with(&|saved| saved.snapshot = old.snapshot.clone());
    let renamed = with(&|saved| {
        saved.snapshot = EpochSecret { epoch: saved.snapshot.epoch, bytes: old.snapshot.bytes.clone() };
    });
    let absent = with(&|saved| saved.roster.retain(|entry| entry.leaf != saved.head.own_leaf));
    let good = with(&|_| {});
    assert!(matches!(Machine::load(alice.env(), stale), Err(LoadError::Mismatch { .. })));
    assert!(matches!(Machine::load(alice.env(), hash), Err(LoadError::OtherTree)));
    assert!(matches!(Machine::load(alice.env(), state), Err(LoadError::Mismatch { .. })));
    assert!(matches!(Machine::load(alice.env(), renamed), Err(LoadError::Mismatch { .. })));
    assert!(matches!(Machine::load(alice.env(), absent), Err(LoadError::OtherRoster)));
    assert_eq!(Machine::load(alice.env(), good).unwrap().epoch(), Epoch(2));
}

/// Never applied before the log shows it; if the answer is lost, the same bytes are sent again.
#[test]
fn a_lost_answer_is_asked_for_again() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    let rename = world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.client("alice").write("after it");
    let outbox = std::mem::take(&mut world.client("alice").outbox);
    assert_eq!(outbox.len(), 1, "later intents wait for a change");
    assert!(matches!(world.service.submit(&outbox[0]), Outcome::Accepted { .. }));
    let now = world.now;
    let alice = world.client("alice");
    assert_eq!(alice.machine.as_ref().unwrap().head().name, "Club");
    alice.reload();
    alice.handle(Input::Wake, now);
    assert_eq!(alice.outbox.iter().map(|s| s.id).collect::<Vec<_>>(), [outbox[0].id]);
    world.settle();
    assert_eq!(world.client("alice").state(rename), IntentChange::Done);
    world.assert_agreed(&["alice", "bob"]);
    assert_eq!(world.service.entries.len(), 2, "the message's intent is still in the store");
}

#[test]
fn a_large_state_is_pruned_by_a_commit() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    let before = world.service.epoch;
    world.pass(2 * 3_600_000);
    let swell = |world: &mut World, at_begin: usize, by: usize| {
        let now = world.now;
        let machine = world.client("bob").machine.as_mut().unwrap();
        machine.epoch_bytes = at_begin;
        machine.state_bytes = at_begin + by;
        world.client("bob").handle(Input::Wake, now);
        world.settle();
    };
    // What a commit can't prune triggers none.
    swell(&mut world, 4 * parameters::STATE_GROWTH_BYTES_MAX, parameters::STATE_GROWTH_BYTES_MAX);
    assert_eq!(world.service.epoch, before);
    swell(&mut world, 1000, parameters::STATE_GROWTH_BYTES_MAX + 1);
    assert_eq!(world.service.epoch, before.next());
    assert!(world.client("bob").store.state_bytes < parameters::STATE_GROWTH_BYTES_MAX);
    // A member that has just committed does not do it again, whatever comes in.
    swell(&mut world, 1000, parameters::STATE_GROWTH_BYTES_MAX + 1);
    assert_eq!(world.service.epoch, before.next());
    world.assert_agreed(&["alice", "bob"]);
}

#[test]
fn the_stored_state_does_not_grow_with_the_group() {
    let names: Vec<String> = (0..40).map(|i| format!("user{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bytes = |count: usize| {
        let mut world = World::new(&names);
        world.create(names[0], &names[1..count]);
        world.client(names[0]).want(IntentKind::Update { signer: None });
        world.settle();
        world.send(names[1], "hello");
        world.client(names[0]).store.state_bytes
    };
    let (few, many) = (bytes(2), bytes(40));
    assert!(many < few + 512, "{few} bytes with two members, {many} with forty");
}
