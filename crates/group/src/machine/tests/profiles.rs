//! What people call themselves: who learns it, what it costs, and what an attacker can do with it.

use conclave_protocol::PersonName;
use conclave_protocol::wire::EntryKind;
use conclave_record::TextFormat;
use conclave_record::*;

use super::world::World;
use crate::content::{Body, Content, Disposition};
use crate::parameters::INTRODUCTIONS_MAX;
use crate::*;

const NAMES: [(&str, &str); 3] =
    [("alice", "Alice A."), ("bob", "\u{411}\u{43e}\u{431}"), ("carol", "Carol")];

fn named(people: &[&str]) -> Vec<(String, String)> {
    let all = NAMES.iter().filter(|(login, _)| people.contains(login));
    all.map(|(login, name)| ((*login).to_owned(), (*name).to_owned())).collect()
}

fn known(world: &mut World, by: &str) -> Vec<(String, String)> {
    world.client(by).names().into_iter().collect()
}

/// Messages in the log, including names.
fn spoken(world: &World) -> usize {
    world.service.entries.iter().filter(|entry| entry.kind == EntryKind::Application as i32).count()
}

fn profile(text: &str) -> Content {
    let mut content = Content::text([9; 16], text, TextFormat::Plain);
    content.part.disposition = Disposition::PROFILE;
    content
}

#[test]
fn all_learn_the_names_of_all_whenever_they_came() {
    for forgetful in [false, true] {
        let mut world = World::new(&["alice", "bob", "carol", "dave"]);
        world.name(&NAMES);
        world.clients.iter_mut().for_each(|client| client.forgetful = forgetful);
        world.create("alice", &["bob"]);
        world.wake_all();
        assert_eq!(known(&mut world, "alice"), named(&["alice", "bob"]));
        assert_eq!(known(&mut world, "bob"), named(&["alice", "bob"]));
        let before = spoken(&world);
        world.add("alice", &["carol"]);
        world.wake_all();
        for who in ["alice", "bob", "carol"] {
            assert_eq!(known(&mut world, who), named(&["alice", "bob", "carol"]), "{who}");
        }
        assert_eq!(spoken(&world), before + 3, "one message of each");
        world.add("alice", &["dave"]);
        world.wake_all();
        assert_eq!(known(&mut world, "dave"), named(&["alice", "bob", "carol"]), "no name, no message");
        world.assert_agreed(&["alice", "bob", "carol", "dave"]);
        for client in &world.clients {
            assert!(client.queue_is_empty() && client.causes().is_empty());
            assert!(client.store.messages.is_empty(), "a name is not a message");
            assert!(!client.events.iter().any(|event| matches!(event, Event::Arrived { .. })));
        }
    }
}

#[test]
fn several_who_come_soon_after_each_other_are_told_at_once() {
    let mut world = World::new(&["alice", "bob", "carol", "dave"]);
    world.name(&NAMES[..1]);
    world.create("alice", &[]);
    let before = spoken(&world);
    for who in ["bob", "carol", "dave"] {
        world.add("alice", &[who]);
    }
    world.wake_all();
    assert_eq!(spoken(&world), before + 1);
    for who in ["bob", "carol", "dave"] {
        assert_eq!(known(&mut world, who), named(&["alice"]), "{who}");
    }
}

#[test]
fn a_change_is_told_once() {
    let mut world = World::new(&["alice", "bob"]);
    world.name(&NAMES[..2]);
    world.create("alice", &["bob"]);
    world.wake_all();
    let before = spoken(&world);
    world.client("bob").is_called("Robert");
    world.settle();
    world.wake_all();
    assert_eq!(world.client("alice").names()["bob"], "Robert");
    assert_eq!(world.client("bob").names()["bob"], "Robert");
    assert_eq!(spoken(&world), before + 1);
    assert!(world.client("alice").events.contains(&Event::Names));
}

#[test]
fn the_newest_of_names_that_waited_is_told() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    let before = spoken(&world);
    let bob = world.client("bob");
    bob.online = false;
    // What an offline engine hands in: the log's head is not reached.
    bob.machine.as_mut().unwrap().at_head = false;
    for name in ["One", "Two", "Three"] {
        bob.is_called(name);
    }
    bob.online = true;
    world.settle();
    world.wake_all();
    assert_eq!(world.client("alice").names()["bob"], "Three");
    assert_eq!(spoken(&world), before + 1);
}

#[test]
fn a_name_goes_before_the_next_message() {
    let mut world = World::new(&["alice", "bob"]);
    world.name(&NAMES[..2]);
    world.create("alice", &["bob"]);
    world.settle();
    assert_eq!(known(&mut world, "bob"), [], "it waits for others who may come");
    world.send("alice", "hello");
    assert_eq!(known(&mut world, "bob"), named(&["alice"]));
    world.wake_all();
}

#[test]
fn a_name_is_not_for_those_who_were_removed_before_it() {
    let mut world = World::in_a_group(&["alice", "bob", "carol"]);
    world.wake_all();
    let people = vec![world.user("bob")];
    let alice = world.client("alice");
    alice.machine.as_mut().unwrap().at_head = false;
    alice.want(IntentKind::Remove { people });
    alice.is_called("Alice, among friends");
    alice.write("hello");
    world.settle();
    world.wake_all();
    assert_eq!(world.client("carol").names()["alice"], "Alice, among friends");
    assert_eq!(known(&mut world, "bob"), []);
}

#[test]
fn in_large_groups_names_are_said_again_with_the_next_message_only() {
    let many: Vec<String> = (0..=INTRODUCTIONS_MAX).map(|n| format!("p{n:03}")).collect();
    let mut names: Vec<&str> = many.iter().map(String::as_str).collect();
    names.push("late");
    let mut world = World::new(&names);
    for client in &mut world.clients {
        client.called = Some(PersonName::clean(&format!("Name of {}", client.name)).unwrap());
    }
    world.create("p000", &names[1..=INTRODUCTIONS_MAX as usize]);
    world.wake_all();
    let all = INTRODUCTIONS_MAX as usize + 1;
    assert!(world.client("p001").names().len() >= all - 1, "a newcomer sends their name");
    let before = spoken(&world);
    world.add("p000", &["late"]);
    world.wake_all();
    assert_eq!(spoken(&world), before + 1, "the newcomer's");
    assert_eq!(world.client("late").names().len(), 1);
    world.send("p007", "hello");
    assert_eq!(spoken(&world), before + 3, "a name and a message");
    assert_eq!(world.client("late").names()["p007"], "Name of p007");
    assert_eq!(world.client("p007").names()["late"], "Name of late");
}

#[test]
fn a_profile_that_means_no_good_changes_no_more_than_its_own_name() {
    let mut world = World::new(&["alice", "mallory", "bob"]);
    world.name(&[("alice", "Alice"), ("mallory", "Mallory")]);
    world.create("alice", &["mallory", "bob"]);
    world.wake_all();
    let before = world.client("bob").names();
    let external =
        Content { part: crate::content::Part { body: Body::Null, ..profile("").part }, ..profile("") };
    let refused = [
        profile(""),
        profile("\u{200B}\u{2060}\u{3164}\u{2800}"),
        profile(&"x".repeat(65)),
        profile(&"Z\u{335}\u{321}\u{325}\u{32D}".repeat(5_000)),
        external,
    ];
    for content in &refused {
        world.client("mallory").says(content);
    }
    world.settle();
    assert_eq!(world.client("bob").names(), before);
    world.client("mallory").says(&profile(" \u{202E}Alice\u{0}\u{2066}"));
    world.settle();
    let names = world.client("bob").names();
    assert_eq!((names["mallory"].as_str(), names["alice"].as_str()), ("Alice", "Alice"), "a label, cleaned");
    for n in 0..500 {
        world.client("mallory").says(&profile(&format!("Mallory {n}")));
        if n % 50 == 49 {
            world.settle();
        }
    }
    world.send("mallory", "hello");
    let bob = world.client("bob");
    assert_eq!(bob.names()["mallory"], "Mallory 499");
    assert_eq!(bob.names().len(), 2);
    assert_eq!(bob.texts(), ["hello"], "they are no messages");
    assert_eq!(bob.causes(), []);
    world.assert_agreed(&["alice", "mallory", "bob"]);
}
