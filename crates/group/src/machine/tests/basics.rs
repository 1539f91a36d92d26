//! Creating, adding, sending, removing, adding again.

use conclave_record::*;

use super::world::World;
use crate::*;

fn kinds(client: &super::world::Client) -> Vec<(MembershipKind, String, String)> {
    let name =
        |user: Option<&conclave_protocol::UserUri>| user.map(|u| u.handle().to_owned()).unwrap_or_default();
    let row = |row: &MembershipRow| {
        (
            row.kind,
            name(row.actor.as_ref().map(conclave_protocol::ClientUri::user)),
            name(row.target.as_ref()),
        )
    };
    client.store.log.iter().map(row).collect()
}

fn row(kind: MembershipKind, actor: &str, target: &str) -> (MembershipKind, String, String) {
    (kind, actor.to_owned(), target.to_owned())
}

#[test]
fn three_people_talk() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    world.assert_agreed(&["alice", "bob"]);
    world.send("alice", "hello bob");
    world.send("bob", "hello alice");
    world.add("alice", &["carol"]);
    world.assert_agreed(&["alice", "bob", "carol"]);
    world.send("carol", "hello all");
    assert_eq!(world.client("alice").texts(), ["hello alice", "hello all"]);
    assert_eq!(world.client("bob").texts(), ["hello bob", "hello all"]);
    assert_eq!(world.client("carol").texts(), Vec::<String>::new());
    assert_eq!(world.client("alice").store.sent.len(), 1);
    for name in ["alice", "bob", "carol"] {
        assert_eq!(world.client(name).causes(), []);
    }
}

#[test]
fn the_log_says_who_did_what_to_whom() {
    use MembershipKind::{Added, Created, Removed, Renamed};
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    world.add("alice", &["carol"]);
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.settle();
    world.remove("alice", "bob");
    let all = [
        row(Created, "alice", ""),
        row(Added, "alice", "bob"),
        row(Added, "alice", "carol"),
        row(Renamed, "alice", ""),
        row(Removed, "alice", "bob"),
    ];
    assert_eq!(kinds(world.client("alice")), all);
    assert_eq!(kinds(world.client("bob")), all[1..]);
    assert_eq!(kinds(world.client("carol")), all[2..]);
    world.assert_agreed(&["alice", "carol"]);
    let alice = &world.client("alice").store;
    assert_eq!(alice.head.as_ref().unwrap().name, "Choir");
    let mut chain = [0; 32];
    for (index, row) in alice.log.iter().enumerate() {
        use sha2::Digest as _;
        assert_eq!(row.index, index as u64);
        chain = sha2::Sha256::new().chain_update(chain).chain_update(row.row_hash).finalize().into();
        assert_eq!(row.chain_hash, chain);
    }
    // The joiner's row about its own adding is the same as the others'.
    let of = |client: &super::world::Client, epoch| {
        client.store.log.iter().find(|row| row.epoch == conclave_protocol::Epoch(epoch)).unwrap().row_hash
    };
    let expected = of(world.client("alice"), 2);
    assert_eq!(of(world.client("carol"), 2), expected);
}

#[test]
fn removed_and_added_again() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.send("bob", "one");
    world.remove("alice", "bob");
    let alice = world.user("alice");
    assert_eq!(world.client("bob").status(), GroupStatus::Removed { by: Some(alice) });
    assert!(world.client("bob").store.forgotten);
    world.send("carol", "without bob");
    world.add("alice", &["bob"]);
    world.assert_agreed(&["alice", "bob", "carol"]);
    // Commits after coming back: they fail if anything of the previous membership is left.
    for (by, name) in [("alice", "a"), ("bob", "b"), ("alice", "c")] {
        world.client(by).want(IntentKind::Update { signer: None });
        world.settle();
        world.send("bob", name);
        world.assert_agreed(&["alice", "bob", "carol"]);
    }
    assert_eq!(world.client("carol").texts(), ["one", "a", "b", "c"]);
    assert_eq!(world.client("alice").texts(), ["one", "without bob", "a", "b", "c"]);
    assert_eq!(world.client("bob").texts(), Vec::<String>::new());
}

#[test]
fn a_removed_client_sends_nothing() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.client("bob").online = false;
    world.remove("alice", "bob");
    // Sends something before it knows; it is reported as failed when it comes back.
    world.client("bob").write("still here?");
    let bob = world.client("bob");
    let intent = *bob.intents.keys().next().unwrap();
    assert_eq!(bob.state(intent), IntentChange::Submitted);
    bob.online = true;
    world.settle();
    let now = world.now;
    let bob = world.client("bob");
    assert_eq!(bob.state(intent), IntentChange::Failed(FailReason::NotAMember));
    let message = Intent {
        id: IntentId(77),
        kind: IntentKind::Send {
            message: conclave_protocol::MessageId::new([1; 32]),
            content: vec![1].into(),
        },
        attempts: 0,
    };
    let effects =
        bob.machine.as_mut().unwrap().handle(Input::Intents(vec![message]), Now { local: now }).unwrap();
    assert!(effects.submissions.is_empty());
    let failed = IntentChange::Failed(FailReason::NotAMember);
    assert!(matches!(&effects.writes[..], [Write::Intent { change, .. }] if *change == failed));
}

#[test]
fn everybody_talks_at_once() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    for name in ["alice", "bob", "carol"] {
        for i in 0..100 {
            world.client(name).write(&format!("{name} {i}"));
        }
    }
    let bob = world.client("bob");
    assert_eq!(bob.outbox.len(), parameters::IN_FLIGHT_MAX, "no more than that is under way");
    world.settle();
    for name in ["alice", "bob", "carol"] {
        let client = world.client(name);
        assert_eq!(client.texts().len(), 200);
        assert_eq!(client.store.sent.len(), 100);
        let order: Vec<_> = client.texts().into_iter().filter(|t| t.starts_with("bob")).collect();
        assert!(name == "bob" || order == (0..100).map(|i| format!("bob {i}")).collect::<Vec<_>>());
    }
    world.assert_agreed(&["alice", "bob", "carol"]);
}

#[test]
fn a_message_after_a_removal_is_not_for_the_removed() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    let bob = world.user("bob");
    let alice = world.client("alice");
    alice.want(IntentKind::Remove { people: vec![bob] });
    alice.write("about bob");
    world.settle();
    assert_eq!(world.client("carol").texts(), ["about bob"]);
    let sealed = world.service.entries.iter().filter(|entry| entry.kind == 3).count();
    assert_eq!(sealed, 1);
    assert_eq!(world.client("bob").causes(), []);
}

#[test]
fn new_members_renew_their_leaf_soon() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    assert_eq!(world.client("bob").machine.as_ref().unwrap().head().renewal, Renewal::Leaf);
    world.wake_all();
    for name in ["bob", "carol"] {
        let machine = world.client(name).machine.as_ref().unwrap();
        assert_eq!(machine.head().renewal, Renewal::Done);
        assert!(machine.head().key_renewed > super::world::START);
    }
    world.assert_agreed(&["alice", "bob", "carol"]);
    let kinds: Vec<_> = world.client("bob").store.log.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [MembershipKind::Added, MembershipKind::KeysRenewed, MembershipKind::KeysRenewed]);
}

#[test]
fn keys_are_renewed_as_often_as_the_policy_says() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.wake_all();
    let interval_ms = u64::from(parameters::UPDATE_INTERVAL_S) * 1000;
    let renewed = |world: &mut World, name| world.client(name).machine.as_ref().unwrap().head().key_renewed;
    let before = ["alice", "bob", "carol"].map(|name| renewed(&mut world, name));
    world.pass(interval_ms - 60_000);
    world.check_timers();
    assert_eq!(["alice", "bob", "carol"].map(|name| renewed(&mut world, name)), before, "not yet");
    world.pass(120_000);
    world.check_timers();
    for (name, before) in ["alice", "bob", "carol"].into_iter().zip(before) {
        assert!(renewed(&mut world, name).0 >= before.0 + interval_ms, "{name}");
    }
    world.assert_agreed(&["alice", "bob", "carol"]);
    let rows = &world.client("bob").store.log;
    assert!(rows[1..].iter().all(|row| row.kind == MembershipKind::KeysRenewed), "nobody came or went");
    let epochs: Vec<_> = rows.iter().map(|row| row.epoch.0).collect();
    assert_eq!(
        epochs,
        (epochs[0]..epochs[0] + rows.len() as u64).collect::<Vec<_>>(),
        "each epoch has its row"
    );
}
