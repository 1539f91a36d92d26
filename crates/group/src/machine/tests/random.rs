//! Random actions in any order: at the end, members agree and no message is lost.

use std::collections::{BTreeMap, BTreeSet};

use conclave_protocol::wire::EntryKind;
use conclave_record::*;

use super::races::make_admin;
use super::world::{World, damaged};
use crate::*;

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "eve"];
const STEPS: usize = 60;

/// splitmix64
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

fn is_in(world: &mut World, name: &str) -> bool {
    let client = world.client(name);
    client.machine.is_some() && !client.store.forgotten && client.status() == GroupStatus::Active
}

fn step(world: &mut World, dice: &mut Dice, said: &mut BTreeMap<String, BTreeSet<String>>, i: usize) {
    let name = NAMES[dice.roll(NAMES.len())];
    let other = NAMES[1 + dice.roll(NAMES.len() - 1)];
    if !is_in(world, name) {
        return;
    }
    match dice.roll(17) {
        0..=4 => {
            let text = format!("{name} {i}");
            world.client(name).write(&text);
            said.entry(name.to_owned()).or_default().insert(text);
        }
        5 => drop(world.client(name).want(IntentKind::Update { signer: None })),
        6 => drop(world.client(name).want(IntentKind::Rename { name: format!("Club {i}") })),
        7 => {
            let people = vec![world.user(other)];
            world.client(name).want(IntentKind::Remove { people });
        }
        8 | 9 => {
            let people = world.claim(&[other]);
            world.client(name).want(IntentKind::Add { people });
        }
        10 => {
            let now = world.now;
            let signer = world.client(name).signer(now);
            world.client(name).want(IntentKind::Update { signer: Some(signer) });
        }
        11 if name != "alice" => drop(world.client(name).want(IntentKind::Leave)),
        12 => world.client(name).online ^= true,
        13 => {
            let now = world.now;
            world.client(name).reload();
            world.client(name).handle(Input::Wake, now);
            world.client(name).again(now);
        }
        14 => {
            let found =
                world.service.entries.iter().rev().find(|entry| entry.kind() == EntryKind::Application);
            if let Some(copy) = found.map(damaged) {
                world.service.append(EntryKind::Application, copy);
            }
        }
        15 => {
            // Everything arrives, and no answer comes back.
            for submission in std::mem::take(&mut world.client(name).outbox) {
                world.service.submit(&submission);
            }
            let now = world.now;
            world.client(name).reload();
            world.client(name).handle(Input::Wake, now);
            world.client(name).again(now);
        }
        16 => world.client(name).forgetful ^= true,
        _ => {}
    }
    if dice.roll(3) == 0 {
        let i = dice.roll(NAMES.len());
        if world.clients[i].online {
            world.serve(i);
        }
    }
    if dice.roll(6) == 0 {
        world.pass(1000);
        world.settle();
    }
}

fn run(seed: u64) {
    let mut world = World::new(&NAMES);
    world.create("alice", &["bob", "carol"]);
    make_admin(&mut world, "alice", "bob");
    let mut dice = Dice(seed);
    let mut said = BTreeMap::new();
    for i in 0..STEPS {
        step(&mut world, &mut dice, &mut said, i);
    }
    for client in &mut world.clients {
        client.online = true;
    }
    world.settle();
    world.wake_all();
    // Whatever is staged ends with the next epoch.
    world.client("alice").want(IntentKind::Update { signer: None });
    world.settle();
    let members: Vec<&str> = NAMES.into_iter().filter(|name| is_in(&mut world, name)).collect();
    world.assert_agreed(&members);
    // All that members sent is in the log, and permanent members have read it.
    let mut alice = world.client("alice").texts();
    alice.sort();
    let before = alice.len();
    alice.dedup();
    assert_eq!(alice.len(), before, "seed {seed}: nothing twice");
    for name in members {
        let client = world.client(name);
        assert!(client.queue_is_empty(), "seed {seed}: {name} has nothing left to do");
        assert!(!matches!(client.status(), GroupStatus::Broken { .. }), "seed {seed}: {name}");
        let failed = client.failed_sends();
        for text in said.get(name).into_iter().flatten().filter(|text| !failed.contains(*text)) {
            let known = name == "alice" || alice.contains(text);
            assert!(known, "seed {seed}: alice has not read {text}");
        }
    }
}

#[test]
fn members_agree_whatever_happens() {
    (0..30).for_each(run);
}
