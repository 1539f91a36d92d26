//! Many groups, and many people in one.

use std::collections::BTreeSet;

use conclave_tests::{Person, Setup, World, oracle, story, story_with};

#[test]
fn twenty_groups_at_once() {
    let mut setup = Setup::seeded(1201);
    // Each adds each to many groups within one hour.
    setup.limits.claims_per_target.burst = 1_000;
    story_with(setup, |world| async move {
        let people = world.people(["alice", "bob", "carol", "dave"]).await;
        let mut groups = Vec::new();
        for i in 0..20 {
            let (owner, guest) = (i % 4, (i + 1 + i / 4 % 3) % 4);
            let group = people[owner].creates(&format!("Group {i}"), &[&people[guest]]).await;
            groups.push((group, owner, guest));
            if i % 4 == 3 {
                world.settle().await;
            }
        }
        world.settle().await;
        // Everybody sends in all groups at the same moment, while everything else changes.
        for (group, owner, guest) in &groups {
            people[*owner].says(group, "from the owner").await;
            people[*guest].says(group, "from the guest").await;
            people[*owner].renames(group, "Renamed").await;
        }
        world.quiet().await;
        for (group, owner, guest) in &groups {
            assert_eq!(people[*guest].reads(group).await.len(), 2);
            assert_eq!(people[*guest].sees(group).await.name, "Renamed");
            oracle::agree(group, &[&people[*owner], &people[*guest]]).await;
        }
    });
}

/// Size of the large group.
const CROWD: usize = 40;

async fn crowd(world: &World) -> Vec<Person> {
    let mut crowd = Vec::new();
    for i in 0..CROWD {
        let [person] = world.people([format!("p{i:02}").as_str()]).await;
        crowd.push(person);
    }
    crowd
}

#[test]
fn a_group_of_forty_people() {
    story(1202, |world| async move {
        let people = crowd(&world).await;
        let (owner, guests) = people.split_first().expect("there is somebody");
        let guests: Vec<&Person> = guests.iter().collect();
        let (first, later) = guests.split_at(30);
        let group = owner.creates("Assembly", first).await;
        world.pass(2_000).await;
        owner.adds(&group, later).await;
        world.pass(2_000).await;
        for person in people.iter().step_by(5) {
            person.says(&group, &format!("hello from {}", person.name())).await;
        }
        world.pass(2_000).await;
        owner.removes(&group, guests[7]).await;
        guests[11].leaves(&group).await;
        // Long enough for the first few to renew their keys; all of them would show nothing new.
        world.pass(28_500).await;
        let gone: BTreeSet<_> = [guests[7].name(), guests[11].name()].into();
        let rest: Vec<&Person> = people.iter().filter(|p| !gone.contains(p.name())).collect();
        assert_eq!(owner.roster(&group).await.len(), CROWD - 2);
        assert_eq!(rest[20].reads(&group).await.len(), 8);
        oracle::agree(&group, &rest).await;
    });
}

#[test]
fn more_groups_than_are_kept_in_memory() {
    let mut setup = Setup::seeded(1203);
    setup.limits.claims_per_target.burst = 1_000;
    story_with(setup, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let mut groups = Vec::new();
        for i in 0..72 {
            groups.push(alice.creates(&format!("Group {i}"), &[&bob]).await);
            if i % 8 == 7 {
                world.settle().await;
            }
        }
        world.quiet().await;
        // An unloaded group is loaded from the store when a message comes: its key is loaded again.
        let loads = alice.vault().operations();
        for group in &groups {
            alice.says(group, "anybody there?").await;
            world.pass(200).await;
        }
        world.settle().await;
        assert!(alice.vault().operations() > loads, "not all of them were in memory");
        for group in &groups {
            bob.says(group, "me").await;
        }
        world.quiet().await;
        for group in &groups {
            assert_eq!(alice.reads(group).await, ["anybody there?", "me"]);
        }
        for group in groups.iter().step_by(9) {
            oracle::agree(group, &[&alice, &bob]).await;
        }
    });
}
