//! Two commits for one epoch, answers in any order, misleading entries.

use bytes::Bytes;
use conclave_protocol::{SubmissionId, wire};
use conclave_record::*;
use prost::Message as _;
use wire::EntryKind;

use super::world::{World, damaged};
use crate::*;

#[test]
fn of_two_commits_one_wins_and_both_come_true() {
    let mut world = World::new(&["alice", "bob", "carol", "dave"]);
    world.create("alice", &["bob"]);
    let (carol, dave) = (world.claim(&["carol"]), world.claim(&["dave"]));
    let first = world.client("alice").want(IntentKind::Add { people: carol });
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    // Bob is not an admin: his own update races.
    let second = world.client("bob").want(IntentKind::Update { signer: None });
    world.client("alice").want(IntentKind::Add { people: dave });
    world.settle();
    world.assert_agreed(&["alice", "bob", "carol", "dave"]);
    assert_eq!(world.client("alice").state(first), IntentChange::Done);
    assert_eq!(world.client("bob").state(second), IntentChange::Done);
    assert_eq!(world.client("dave").machine.as_ref().unwrap().head().name, "Choir");
    assert_eq!(world.client("bob").causes(), []);
}

/// The same person, added by a rival commit: nothing is left to do.
#[test]
fn what_a_rival_did_already_is_done() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    make_admin(&mut world, "alice", "bob");
    let target = world.user("carol");
    let both = ["alice", "bob"].map(|name| {
        let people = vec![target.clone()];
        world.client(name).want(IntentKind::Remove { people })
    });
    world.settle();
    world.assert_agreed(&["alice", "bob"]);
    for (name, id) in ["alice", "bob"].into_iter().zip(both) {
        assert_eq!(world.client(name).state(id), IntentChange::Done);
    }
    let removed = |row: &&MembershipRow| row.kind == MembershipKind::Removed;
    assert_eq!(world.client("alice").store.log.iter().filter(removed).count(), 1);
}

/// Changes a role by a commit of its own: no intent does so yet.
pub(super) fn make_admin(world: &mut World, by: &str, who: &str) {
    let user = world.user(who);
    let now = Now { local: world.now };
    let client = world.client(by);
    let machine = client.machine.as_mut().unwrap();
    let mut out = super::super::output::Output::default();
    machine.commit_roles(&[(user, Role::Admin)], now, &mut out).unwrap();
    let effects = machine.finish(now, out).unwrap();
    client.carry_out(effects);
    world.settle();
}

#[test]
fn the_echo_may_come_before_the_answer() {
    for echo_first in [true, false] {
        let mut world = World::in_a_group(&["alice", "bob"]);
        let people = world.user("bob");
        let now = world.now;
        let message = world.client("alice").write("hello");
        let rename = world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
        let outbox = std::mem::take(&mut world.client("alice").outbox);
        let answers: Vec<_> = outbox.iter().map(|s| (s.id, world.service.submit(s))).collect();
        let answer = |world: &mut World| {
            for (submission, outcome) in answers.clone() {
                world.client("alice").handle(Input::Outcome { submission, outcome }, now);
            }
        };
        if !echo_first {
            answer(&mut world);
        }
        world.settle();
        if echo_first {
            answer(&mut world);
        }
        world.settle();
        world.assert_agreed(&["alice", "bob"]);
        let alice = world.client("alice");
        assert_eq!(alice.state(rename), IntentChange::Done);
        assert_eq!(alice.store.sent, [(message, conclave_protocol::Seq(2))]);
        assert_eq!(alice.machine.as_ref().unwrap().head().name, "Choir");
        assert!(alice.store.roster.values().any(|entry| *entry.client.user() == people));
    }
}

#[test]
fn a_damaged_copy_does_not_cost_the_message() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    for text in ["one", "two", "three"] {
        world.client("alice").write(text);
    }
    // The service inserts a changed copy before each message.
    for submission in std::mem::take(&mut world.client("alice").outbox) {
        assert!(!submission.is_commit());
        let entry = submission.entry();
        let genuine = wire::LogEntry { body: entry.clone(), ..wire::LogEntry::default() };
        world.service.append(EntryKind::Application, damaged(&genuine));
        let outcome = world.service.submit(&submission);
        let now = world.now;
        world.client("alice").handle(Input::Outcome { submission: submission.id, outcome }, now);
    }
    world.settle();
    let bob = world.client("bob");
    assert_eq!(bob.texts(), ["one", "two", "three"]);
    assert_eq!(bob.causes(), [UnreadableCause::Damaged; 3]);
    assert_eq!(bob.reloads, 3);
    let alice = world.client("alice");
    assert_eq!(alice.store.sent.len(), 3);
    assert_eq!(alice.causes().len(), 3, "her own message in a stranger's name is shown as unreadable");
    world.send("bob", "and on");
    world.assert_agreed(&["alice", "bob"]);
}

/// The committer can't tell a changed copy of its own commit from a store that was set back; it continues as all do.
#[test]
fn a_damaged_copy_does_not_cost_the_commit() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.client("alice").outbox = world.overtaken_by_copy("alice", |copy| {
        let mut commit = copy.commit.to_vec();
        *commit.last_mut().unwrap() ^= 1;
        copy.commit = commit.into();
    });
    world.settle();
    world.assert_agreed(&["alice", "bob", "carol"]);
    for name in ["alice", "bob", "carol"] {
        let client = world.client(name);
        assert_eq!(client.causes(), [UnreadableCause::Damaged], "{name}");
        assert_eq!(client.store.head.as_ref().unwrap().name, "Choir");
        assert_eq!(client.reloads, 1);
    }
}

/// A client that joins by a commit can't decrypt it, and still doesn't mistake a copy for it.
#[test]
fn a_damaged_copy_does_not_cost_those_who_join_by_the_commit() {
    type Hurt = fn(&mut wire::CommitBundle);
    let commit: Hurt = |copy| copy.commit = [&copy.commit[..], b"more"].concat().into();
    let signature: Hurt = |copy| copy.next_access_signature = vec![7; 64].into();
    let key: Hurt = |copy| copy.next_access_key = vec![9; 32].into();
    for hurt in [commit, signature, key] {
        let mut world = World::new(&["alice", "bob", "carol"]);
        world.create("alice", &["bob"]);
        let people = world.claim(&["carol"]);
        world.client("alice").want(IntentKind::Add { people });
        world.client("alice").outbox = world.overtaken_by_copy("alice", hurt);
        world.settle();
        let carol = world.client("carol");
        assert_eq!(carol.causes(), [UnreadableCause::Damaged]);
        world.client("carol").want(IntentKind::Update { signer: None });
        world.settle();
        world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
        world.settle();
        world.assert_agreed(&["alice", "bob", "carol"]);
    }
}

/// After a commit that fails for this member only, no other of that epoch is accepted.
#[test]
fn a_local_failure_breaks_the_group_for_this_member() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.client("bob").write("in flight");
    world.client("bob").outbox.clear();
    let waiting = world.client("bob").want(IntentKind::Update { signer: None });
    world.client("bob").online = false;
    world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.settle();
    let entry = world.service.entries.last().unwrap().clone();
    let cause = UnreadableCause::Diverged;
    let failed = FailedEntry { entry, cause, scope: FailureScope::Local };
    let now = world.now;
    let bob = world.client("bob");
    bob.handle(Input::Log { items: vec![LogItem::Failed(failed)], at_head: true }, now);
    assert_eq!(bob.status(), GroupStatus::Broken { cause });
    assert_eq!(bob.causes(), [cause]);
    assert_eq!(bob.state(waiting), IntentChange::Failed(FailReason::GroupBroken));
    assert!(bob.store.submissions.is_empty());
    bob.reload();
    bob.online = true;
    world.send("alice", "bob?");
    let bob = world.client("bob");
    assert_eq!((bob.texts().len(), bob.causes().len()), (0, 1));
    assert_eq!(bob.machine.as_ref().unwrap().read_from(), ReadFrom::After(conclave_protocol::Seq(3)));
}

#[test]
fn a_replayed_message_is_shown_once() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.send("alice", "once");
    let copy = world.service.entries.last().unwrap().body.clone();
    world.service.append(EntryKind::Application, copy);
    world.settle();
    assert_eq!(world.client("bob").texts(), ["once"]);
    assert_eq!(world.client("bob").causes(), [UnreadableCause::KeyGone]);
    world.send("alice", "twice");
    assert_eq!(world.client("bob").texts(), ["once", "twice"]);
}

#[test]
fn hostile_bytes_change_nothing() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.send("alice", "before");
    let commit = world.service.entries[0].body.clone();
    let message = world.service.entries[1].body.clone();
    let inner = wire::CommitBundle::decode(commit.clone()).unwrap();
    let epoch = world.service.epoch.0;
    let as_message = wire::Entry {
        submission: vec![1; 16].into(),
        epoch: inner.epoch,
        kind: EntryKind::Application as i32,
        message: inner.commit.clone(),
    };
    let future = wire::Entry { epoch: epoch + 1, ..wire::Entry::decode(message.clone()).unwrap() };
    let bodies = [
        (EntryKind::Application, vec![].into()),
        (EntryKind::Application, vec![0xff; 40].into()),
        (EntryKind::Proposal, vec![0xff; 40].into()),
        (EntryKind::Commit, vec![0xff; 40].into()),
        (EntryKind::Unspecified, message.clone()),
        (EntryKind::Proposal, message.clone()),
        (EntryKind::Commit, message),
        (EntryKind::Application, commit.clone()),
        (EntryKind::Commit, commit),
        (EntryKind::Application, as_message.encode_to_vec().into()),
        (EntryKind::Application, future.encode_to_vec().into()),
    ];
    for (kind, body) in bodies {
        world.service.append(kind, body);
    }
    world.settle();
    assert_eq!(world.client("bob").causes().len(), 11);
    assert_eq!(world.client("bob").reloads, 0, "none of it got as far as the group");
    world.send("alice", "after");
    assert_eq!(world.client("bob").texts(), ["before", "after"]);
    world.assert_agreed(&["alice", "bob"]);
}

/// A bundle with false claims is refused by all, its maker included; the next commit of the epoch counts.
#[test]
fn a_false_bundle_is_refused_by_all() {
    for what in ["key", "revokes", "rotates", "parent"] {
        let mut world = World::in_a_group(&["alice", "bob"]);
        world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
        let outbox = world.overtaken_by_copy("alice", |bundle| match what {
            "key" => bundle.next_access_key = vec![5; 32].into(),
            "revokes" => bundle.revokes = true,
            "rotates" => bundle.rotates = true,
            _ => bundle.parent = vec![5; 32].into(),
        });
        world.client("alice").online = false;
        world.settle();
        let bob = world.client("bob");
        assert_eq!(bob.causes(), [UnreadableCause::RefusedChange], "{what}");
        assert_eq!(bob.machine.as_ref().unwrap().head().name, "Club");
        let alice = world.client("alice");
        alice.online = true;
        alice.outbox = outbox;
        world.settle();
        world.assert_agreed(&["alice", "bob"]);
        assert_eq!(world.client("alice").causes(), [UnreadableCause::RefusedChange], "{what}");
        assert_eq!(world.client("bob").machine.as_ref().unwrap().head().name, "Choir");
    }
}

#[test]
fn refused_three_times_is_failed() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    let mut seen: Vec<SubmissionId> = Vec::new();
    let count = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = count.clone();
    world.service.tamper = Some(Box::new(move |submission| {
        assert!(!seen.contains(&submission.id));
        seen.push(submission.id);
        counted.set(counted.get() + 1);
        Some(Outcome::Refused { reason: "no".to_owned() })
    }));
    let rename = world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
    world.settle();
    assert_eq!(world.client("alice").state(rename), IntentChange::Failed(FailReason::Refused));
    assert_eq!(count.get(), 3);
    world.service.tamper = None;
    world.send("alice", "never mind");
    assert_eq!(world.client("bob").texts(), ["never mind"]);
    // What was refused is kept while the log could still show it.
    assert_eq!(world.client("alice").machine.as_ref().unwrap().staged.len(), 3);
    world.client("bob").want(IntentKind::Update { signer: None });
    world.settle();
    world.assert_agreed(&["alice", "bob"]);
}

#[test]
fn a_message_that_comes_too_late_is_encrypted_again_with_the_same_id() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.client("bob").online = false;
    let message = world.client("bob").write("slow");
    world.remove("alice", "carol");
    world.client("bob").online = true;
    world.settle();
    assert_eq!(world.client("alice").texts(), ["slow"]);
    assert_eq!(world.client("alice").store.messages[0].message, message);
    assert_eq!(world.client("bob").store.sent.len(), 1);
    world.assert_agreed(&["alice", "bob"]);
}

#[test]
fn what_is_missing_in_the_log_shows() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.client("bob").online = false;
    for text in ["one", "two", "three", "four"] {
        world.send("alice", text);
    }
    // The service withholds two of them from bob.
    world.service.entries.drain(2..4);
    world.client("bob").online = true;
    world.settle();
    let bob = world.client("bob");
    assert_eq!(bob.texts(), ["one", "four"]);
    assert_eq!(bob.causes(), [UnreadableCause::Missing]);
    assert_eq!(bob.store.unreadable[0].seq, conclave_protocol::Seq(3));
    world.send("bob", "and on");
    assert_eq!(world.client("bob").causes(), [UnreadableCause::Missing], "once");
    assert_eq!(world.client("alice").causes(), []);
}

#[test]
fn a_member_that_missed_an_epoch_stops_honestly() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.client("bob").online = false;
    for name in ["one", "two"] {
        world.client("alice").want(IntentKind::Rename { name: name.to_owned() });
        world.settle();
    }
    // The service withholds one commit from bob.
    world.service.entries.remove(1);
    world.client("bob").online = true;
    world.settle();
    let bob = world.client("bob");
    assert_eq!(bob.status(), GroupStatus::Active, "nothing that is authenticated says otherwise");
    assert!(bob.is_behind(), "and it shows as behind");
    assert_eq!(bob.causes(), [UnreadableCause::Missing, UnreadableCause::Diverged]);
    // The first gets a number that bob has seen, since one is missing in the world's log.
    world.send("alice", "anybody?");
    world.send("alice", "anybody else?");
    world.client("bob").reload();
    let bob = world.client("bob");
    assert!(bob.is_behind(), "after a restart as well");
    assert_eq!((bob.texts().len(), bob.causes().len()), (0, 3));
}

/// A copy of a commit with the header of a later epoch, as anybody who knows the service could forge it.
fn of_later_epoch(world: &World, by: u64) -> Bytes {
    let genuine = world.service.entries.iter().find(|entry| entry.kind() == EntryKind::Commit).unwrap();
    let mut bundle = wire::CommitBundle::decode(genuine.body.clone()).unwrap();
    let mut commit = bundle.commit.to_vec();
    // Version, wire format, the length of the group id, the id; then the epoch.
    let at = 2 + 2 + 1 + 16;
    assert_eq!(commit[at..at + 8], bundle.epoch.to_be_bytes());
    bundle.epoch = world.service.epoch.0 + by;
    commit[at..at + 8].copy_from_slice(&bundle.epoch.to_be_bytes());
    commit[at + 60..].fill(0xaa);
    bundle.commit = commit.into();
    bundle.submission = vec![1; 16].into();
    bundle.encode_to_vec().into()
}

#[test]
fn a_forged_header_of_a_later_epoch_ends_nothing() {
    for by in [1, 2, 1 << 40] {
        let mut world = World::in_a_group(&["alice", "bob"]);
        world.wake_all();
        let forged = of_later_epoch(&world, by);
        world.service.append(EntryKind::Commit, forged.clone());
        world.settle();
        for name in ["alice", "bob"] {
            assert!(world.client(name).is_behind(), "{name}");
            assert_eq!(world.client(name).causes(), [UnreadableCause::Diverged], "{name}: once, and shown");
            world.client(name).reload();
        }
        // From now on the service is honest again.
        world.client("alice").write("hello?");
        world.settle();
        assert_eq!(world.client("bob").texts(), ["hello?"]);
        assert!(!world.client("bob").is_behind(), "a member's message shows that it goes on");
        // A change shows it to all; another forgery beside it has no effect.
        world.service.append(EntryKind::Commit, forged);
        world.client("alice").want(IntentKind::Rename { name: "Choir".to_owned() });
        world.settle();
        assert!(!world.client("alice").is_behind() && !world.client("bob").is_behind());
        world.assert_agreed(&["alice", "bob"]);
    }
}

/// The same for messages and proposals.
#[test]
fn a_forged_message_of_a_later_epoch_ends_nothing() {
    for kind in [EntryKind::Application, EntryKind::Proposal] {
        let mut world = World::in_a_group(&["alice", "bob"]);
        world.wake_all();
        let bundle = wire::CommitBundle::decode(of_later_epoch(&world, 1)).unwrap();
        let entry = wire::Entry {
            submission: vec![2; 16].into(),
            epoch: bundle.epoch,
            message: bundle.commit,
            kind: kind as i32,
        };
        world.service.append(kind, entry.encode_to_vec().into());
        world.settle();
        assert!(world.client("bob").is_behind());
        assert_eq!(world.client("bob").causes().len(), 1, "{kind:?}");
        world.send("alice", "hello?");
        assert_eq!(world.client("bob").texts(), ["hello?"]);
        assert!(!world.client("bob").is_behind());
    }
}

/// Before the log has shown the commit by which somebody joined, any entry may come first.
#[test]
fn a_forged_header_before_the_joining_commit_ends_nothing() {
    let mut world = World::new(&["alice", "bob"]);
    world.create("alice", &[]);
    world.client("bob").online = false;
    world.add("alice", &["bob"]);
    let forged = of_later_epoch(&world, 1);
    let last = world.service.entries.pop().unwrap();
    world.service.append(EntryKind::Commit, forged);
    world.service.append(last.kind(), last.body);
    world.client("bob").online = true;
    world.settle();
    world.wake_all();
    world.send("alice", "welcome");
    assert_eq!(world.client("bob").texts(), ["welcome"]);
    assert!(!world.client("bob").is_behind());
}

/// What lies between was lost in transit: it is there when the log is read again from the same place.
#[test]
fn what_claims_a_later_epoch_is_not_passed_over_before_it_is_read_again() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    world.client("bob").online = false;
    for name in ["one", "two"] {
        world.client("alice").want(IntentKind::Rename { name: name.to_owned() });
        world.settle();
    }
    let now = world.now;
    let entries = world.service.entries.clone();
    let bob = world.client("bob");
    let seen = usize::try_from(bob.machine.as_ref().unwrap().cursor.0).unwrap();
    // A bad service serves the second in the first one's place.
    let early = wire::LogEntry { seq: entries[seen].seq, ..entries[seen + 1].clone() };
    bob.handle(Input::Log { items: vec![LogItem::Entry(early)], at_head: true }, now);
    assert_eq!(bob.machine.as_ref().unwrap().cursor.0, seen as u64, "it reads from there again");
    assert!(bob.is_behind() && bob.causes().is_empty());
    bob.online = true;
    world.settle();
    assert!(!world.client("bob").is_behind());
    world.assert_agreed(&["alice", "bob"]);
}
