//! A commit that the remaining members refuse removes nobody: the removed client judges as they do, as far as it can.

use conclave_protocol::wire;
use conclave_record::*;

use super::world::World;

type Falsify = fn(&mut wire::CommitBundle);

#[test]
fn a_removal_whose_bundle_is_false_removes_nobody() {
    let falsified: [(&str, Falsify); 8] = [
        ("another key", |bundle| bundle.next_access_key = vec![5; 32].into()),
        ("a short key", |bundle| bundle.next_access_key = vec![5; 7].into()),
        ("no key", |bundle| bundle.next_access_key = vec![].into()),
        ("a signature", |bundle| bundle.next_access_signature = vec![5; 64].into()),
        ("no signature", |bundle| bundle.next_access_signature = vec![].into()),
        ("revokes", |bundle| bundle.revokes = false),
        ("rotates", |bundle| bundle.rotates = true),
        ("parent", |bundle| bundle.parent = vec![5; 32].into()),
    ];
    for (what, falsify) in falsified {
        let mut world = World::in_a_group(&["alice", "bob", "carol"]);
        let people = vec![world.user("carol")];
        world.client("alice").want(IntentKind::Remove { people });
        let outbox = world.overtaken_by_copy("alice", falsify);
        world.client("alice").online = false;
        world.settle();
        for name in ["bob", "carol"] {
            let client = world.client(name);
            assert_eq!(client.causes(), [UnreadableCause::RefusedChange], "{what}, {name}");
            assert_eq!(client.status(), GroupStatus::Active, "{what}, {name}");
        }
        // The same commit with true claims.
        let alice = world.client("alice");
        alice.online = true;
        alice.outbox = outbox;
        world.settle();
        assert!(matches!(world.client("carol").status(), GroupStatus::Removed { by: Some(_) }), "{what}");
        world.assert_agreed(&["alice", "bob"]);
    }
}

/// Empty leaves shorten paths: the removed client counts as the remaining ones do.
#[test]
fn whoever_is_taken_out_of_a_group_with_empty_leaves_sees_it() {
    let names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan"];
    let mut world = World::new(&names);
    world.create("alice", &names[1..]);
    world.wake_all();
    for name in ["carol", "heidi", "erin", "bob", "ivan", "frank", "dave", "grace"] {
        world.remove("alice", name);
        assert!(matches!(world.client(name).status(), GroupStatus::Removed { .. }), "{name}");
        assert_eq!(world.client(name).causes(), [], "{name}");
    }
}
