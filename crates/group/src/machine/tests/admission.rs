//! Key packages, last resorts, trees that travel apart, and policy checks on both sides.

use conclave_protocol::{Epoch, wire};
use conclave_record::*;
use wire::EntryKind;

use super::world::{START, World};
use crate::*;

const DAY_MS: u64 = 86_400_000;

#[test]
fn an_expired_key_package_is_claimed_again() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    let people = world.claim(&["carol"]);
    world.pass(81 * DAY_MS);
    // The log learns what time it is.
    world.send("bob", "long time no see");
    let id = world.client("alice").want(IntentKind::Add { people });
    let carol = world.user("carol");
    let event = Event::ClaimAgain { intent: id, people: vec![carol] };
    assert!(world.client("alice").events.contains(&event));
    assert!(world.client("alice").outbox.is_empty());
    let people = world.claim(&["carol"]);
    let now = world.now;
    let again = Intent { id, kind: IntentKind::Add { people }, attempts: 1 };
    world.client("alice").handle(Input::Intents(vec![again]), now);
    world.settle();
    world.assert_agreed(&["alice", "bob", "carol"]);
}

#[test]
fn key_packages_of_others_or_of_nothing_are_not_used() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    let carol = world.user("carol");
    let mut wrong = world.claim(&["bob"]);
    wrong[0].user = carol.clone();
    for key_packages in [wrong[0].key_packages.clone(), vec![], vec![vec![1, 2, 3].into()]] {
        let people = vec![PersonKeyPackages { user: carol.clone(), key_packages }];
        let id = world.client("alice").want(IntentKind::Add { people: people.clone() });
        let event = Event::ClaimAgain { intent: id, people: vec![carol.clone()] };
        assert!(world.client("alice").events.contains(&event));
        let last = Intent { id, kind: IntentKind::Add { people }, attempts: parameters::REFUSALS_MAX };
        world.client("alice").handle(Input::Intents(vec![last]), START);
        let failed = IntentChange::Failed(FailReason::BadKeyPackage);
        assert_eq!(world.client("alice").state(id), failed);
    }
}

/// A member that was offline judges a key package by the log's time, not by its own.
#[test]
fn a_lagging_member_follows_past_an_expired_key_package() {
    let mut world = World::new(&["alice", "bob", "carol"]);
    world.create("alice", &["bob"]);
    world.client("bob").online = false;
    world.pass(10 * DAY_MS);
    world.add("alice", &["carol"]);
    world.pass(100 * DAY_MS);
    world.client("bob").online = true;
    world.settle();
    world.assert_agreed(&["alice", "bob", "carol"]);
    // Its own certificate has expired. Everybody would refuse a commit under it, so none is made.
    assert_eq!(world.service.epoch, Epoch(2));
    assert!(world.client("bob").events.contains(&Event::NeedsNewSigner));
    let update = world.client("bob").want(IntentKind::Update { signer: None });
    world.send("bob", "back");
    let now = world.now;
    let signer = world.client("bob").signer(now);
    world.client("bob").want(IntentKind::Update { signer: Some(signer) });
    world.settle();
    assert_eq!(world.client("bob").state(update), IntentChange::Done);
    assert_eq!(world.service.epoch, Epoch(4));
    assert_eq!(world.client("carol").texts(), ["back"]);
    world.assert_agreed(&["alice", "bob", "carol"]);
}

#[test]
fn a_last_resort_is_followed_by_a_new_signature_key() {
    let mut world = World::new(&["alice", "bob"]);
    world.create("alice", &[]);
    let now = world.now;
    let user = world.user("bob");
    let key_package = world.client("bob").key_package(now, now.plus_ms(80 * DAY_MS), true);
    let people = vec![PersonKeyPackages { user, key_packages: vec![key_package] }];
    world.client("alice").want(IntentKind::Add { people });
    world.settle();
    let bob = world.client("bob");
    assert!(bob.events.contains(&Event::NeedsNewSigner));
    assert_eq!(bob.store.used.len(), 0, "it may be used again");
    assert_eq!(bob.store.head.as_ref().unwrap().renewal, Renewal::Signer);
    // Reported again after a restart; meanwhile it sends messages, but commits nothing.
    bob.events.clear();
    bob.reload();
    bob.handle(Input::Wake, now);
    assert!(!bob.events.contains(&Event::NeedsNewSigner), "an intent may be in the store");
    world.settle();
    let bob = world.client("bob");
    assert!(bob.events.contains(&Event::NeedsNewSigner));
    bob.events.clear();
    let update = bob.want(IntentKind::Update { signer: None });
    world.settle();
    assert_eq!(world.client("bob").state(update), IntentChange::Queued { attempts: 0 });
    assert!(!world.client("bob").events.contains(&Event::NeedsNewSigner), "requested once");
    let signer = world.client("bob").signer(now);
    world.client("bob").want(IntentKind::Update { signer: Some(signer) });
    world.settle();
    world.assert_agreed(&["alice", "bob"]);
    let bob = world.client("bob");
    assert_eq!(bob.store.head.as_ref().unwrap().renewal, Renewal::Done);
    assert_eq!(bob.state(update), IntentChange::Done);
    let rotated = |row: &&MembershipRow| row.kind == MembershipKind::KeyRotated;
    assert_eq!(world.client("alice").store.log.iter().filter(rotated).count(), 1);
}

#[test]
fn a_large_tree_travels_apart() {
    let names: Vec<String> = (0..40).map(|i| format!("user{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = World::new(&names);
    // 39 Welcomes with a tree of 40 chains each would be more than a commit may carry.
    world.client(names[1]).online = false;
    world.create(names[0], &names[1..]);
    assert_eq!(world.service.blobs.len(), 1);
    without_its_tree_nothing_is_joined(&mut world, names[1]);
    world.client(names[1]).online = true;
    world.settle();
    world.assert_agreed(&names);
    world.enrol("late");
    world.add(names[0], &["late"]);
    assert_eq!(world.service.blobs.len(), 1, "one more fits into its Welcome");
    world.send("late", "hello");
    assert_eq!(world.client(names[39]).texts(), ["hello"]);
    for data in world.service.blobs.values() {
        assert!(!data.windows(12).any(|window| window == b"chat.example"), "the service can't read it");
    }
}

fn without_its_tree_nothing_is_joined(world: &mut World, name: &str) {
    let now = Now { local: world.now };
    let inbox = world.client(name).uri.inbox();
    let welcome = world.service.inboxes[&inbox][0].clone();
    let blob = world.service.blobs.values().next().unwrap().clone();
    let client = world.client(name);
    let known = client.key_packages[0].clone();
    let info = inspect_welcome(&client.env(), &welcome, |_| Some(known.clone())).unwrap();
    assert!(world.service.blobs.contains_key(&info.tree.unwrap().id()));
    let client = world.client(name);
    let missing = Machine::join(client.env(), &welcome, &known, None, now).unwrap_err();
    assert!(matches!(missing, JoinError::NeedsTree(_)) && !missing.is_final());
    let mut changed = blob.to_vec();
    changed[40] ^= 1;
    let changed = Machine::join(client.env(), &welcome, &known, Some(&changed.into()), now).unwrap_err();
    assert!(matches!(changed, JoinError::BadTree) && !changed.is_final());
}

#[test]
fn a_welcome_says_whether_it_can_be_used() {
    let mut world = World::new(&["alice", "bob"]);
    world.client("bob").online = false;
    world.create("alice", &["bob"]);
    let now = Now { local: world.now };
    let inbox = world.client("bob").uri.inbox();
    let welcome = world.service.inboxes[&inbox][0].clone();
    let env = world.client("alice").env();
    assert!(matches!(inspect_welcome(&env, &welcome, |_| None), Err(JoinError::NoKeyPackage)));
    let bob = world.client("bob");
    let known = bob.key_packages[0].clone();
    for len in (0..welcome.len()).step_by(41) {
        let cut = Machine::join(bob.env(), &welcome[..len], &known, None, now).unwrap_err();
        assert!(cut.is_final(), "{cut}");
    }
    let mut flipped = welcome.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(Machine::join(bob.env(), &flipped, &known, None, now).unwrap_err().is_final());
    // Locked: try later.
    let env = Env { signer: std::sync::Arc::new(signer::MemorySigner::default()), ..bob.env() };
    let locked = Machine::join(env, &welcome, &known, None, now).unwrap_err();
    assert!(matches!(locked, JoinError::SignerNotLoaded) && !locked.is_final());
    // Another key than the key package's.
    let other = bob.signer(now.local);
    let changed = KeyPackageRow { handle: other.handle, chain: other.chain, ..known.clone() };
    let mismatch = Machine::join(bob.env(), &welcome, &changed, None, now).unwrap_err();
    assert!(matches!(mismatch, JoinError::BadKeyPackage(_)) && mismatch.is_final());
    world.client("bob").online = true;
    world.settle();
    world.assert_agreed(&["alice", "bob"]);
    assert_eq!(world.client("bob").store.used.len(), 1);
}

#[test]
fn a_member_may_not_add_remove_or_rename() {
    let mut world = World::new(&["alice", "bob", "carol", "dave"]);
    world.create("alice", &["bob", "carol"]);
    let people = world.claim(&["dave"]);
    let carol = world.user("carol");
    let bob = world.client("bob");
    for kind in [
        IntentKind::Add { people },
        IntentKind::Remove { people: vec![carol] },
        IntentKind::Rename { name: "Choir".to_owned() },
    ] {
        let id = bob.want(kind);
        assert_eq!(bob.state(id), IntentChange::Failed(FailReason::NotAllowed));
    }
    assert!(bob.outbox.is_empty());
    // Nobody can remove themselves by a commit, and only valid names are names.
    let own = world.user("alice");
    let alice = world.client("alice");
    for kind in [
        IntentKind::Remove { people: vec![own] },
        IntentKind::Rename { name: " ".to_owned() },
        IntentKind::Rename { name: "x".repeat(129) },
    ] {
        let id = alice.want(kind);
        assert_eq!(alice.state(id), IntentChange::Failed(FailReason::NotAllowed));
    }
    let same = alice.want(IntentKind::Rename { name: "Club".to_owned() });
    assert_eq!(alice.state(same), IntentChange::Done);
}

/// A client that skips its own policy check is refused by all others.
#[test]
fn a_forbidden_commit_is_refused_on_receipt() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    // Bob's rules believe that he is the owner.
    let bundle = world.client("bob").forge_removal(0);
    world.appends(&bundle);
    world.client("bob").online = false;
    world.settle();
    for name in ["alice", "carol"] {
        let client = world.client(name);
        assert_eq!(client.causes(), [UnreadableCause::RefusedChange], "{name}");
        assert_eq!(client.status(), GroupStatus::Active);
    }
    // The valid commit of that epoch comes after it, and counts.
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.settle();
    assert_eq!(world.client("carol").machine.as_ref().unwrap().head().name, "Choir");
    assert!(world.client("alice").machine.as_ref().unwrap().roster_is_mls());
}

/// Any member may propose anything by reference; none of it may keep the others from sending.
#[test]
fn a_forbidden_proposal_holds_nobody_up() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    let entry = world.client("bob").forge_proposal(2);
    world.service.append(EntryKind::Proposal, entry);
    world.client("bob").online = false;
    world.settle();
    assert_eq!(world.client("alice").causes(), [UnreadableCause::RefusedChange]);
    world.send("alice", "go on");
    assert_eq!(world.client("carol").texts(), ["go on"]);
    // Beside a valid one, its commit leaves it out.
    world.client("carol").want(IntentKind::Leave);
    world.client("alice").online = false;
    world.settle();
    world.client("alice").online = true;
    world.settle();
    world.assert_agreed_without_bob();
}

/// The same name under another identity key is another person, who can't be in the group beside the first.
#[test]
fn a_person_has_one_identity_key() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.enrol_as("mallory", "bob", 66);
    let mut people = world.claim(&["mallory"]);
    people[0].user = world.user("bob");
    let id = world.client("alice").want(IntentKind::Add { people: people.clone() });
    assert_eq!(world.client("alice").state(id), IntentChange::Failed(FailReason::NotAllowed));
    // Once the first is gone, the other may be added.
    world.remove("alice", "bob");
    world.client("alice").want(IntentKind::Add { people });
    world.settle();
    world.assert_agreed(&["alice", "mallory"]);
}
