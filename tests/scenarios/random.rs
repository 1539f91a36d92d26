//! Random actions in any order: what the written stories did not think of.

use conclave_engine::api::{Error, GroupHealth, MessageState};
use conclave_protocol::wire::server_frame::Body;
use conclave_tests::network::Fate;
use conclave_tests::{Person, World, oracle, story};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// Number of actions in a story.
const TURNS: usize = 60;

/// A random action of a random person. One that is refused in the present state has no effect.
async fn turn(world: &World, group: &str, people: &mut [Person], random: &mut StdRng) -> String {
    let who = random.random_range(0..people.len());
    let other = random.random_range(0..people.len());
    let names: Vec<String> = people.iter().map(|person| person.name().to_owned()).collect();
    let name = |i: usize| &names[i];
    match random.random_range(0..20) {
        0..=7 => {
            let text = format!("said in turn {}", random.random::<u32>());
            format!("{} says: {:?}", name(who), people[who].tries_to_say(group, &text).await)
        }
        8 => {
            let done = people[0].engine.rename_group(group.to_owned(), format!("Name {other}")).await;
            format!("alice renames: {done:?}")
        }
        9..=10 => {
            let done = people[0].engine.add_people(group.to_owned(), vec![name(other).clone()]).await;
            format!("alice adds {}: {done:?}", name(other))
        }
        11 => {
            let done = people[0].engine.remove_person(group.to_owned(), people[other].user()).await;
            format!("alice removes {}: {done:?}", name(other))
        }
        12 if who != 0 => {
            format!("{} leaves: {:?}", name(who), people[who].engine.leave_group(group.to_owned()).await)
        }
        13 => {
            people[who].network().cut();
            format!("{} is cut off", name(who))
        }
        14 => {
            people[who].network().mend();
            format!("{} is back", name(who))
        }
        15 => {
            people[who].restart().await;
            format!("{} restarts", name(who))
        }
        16 => {
            people[who].rises(world).await;
            format!("{} is killed", name(who))
        }
        17 => {
            let mut left = random.random_range(1..4);
            people[who].network().downstream(move |frame| {
                left -= i32::from(matches!(frame.body, Some(Body::Submitted(_) | Body::LogEntries(_))));
                if left == 0 { Fate::Cut } else { Fate::Pass }
            });
            format!("{} will lose an answer", name(who))
        }
        18 => {
            let frames = random.random_range(0..6);
            people[who].dies_before(frames);
            format!("{} dies in {frames} frames", name(who))
        }
        _ => {
            let ms = [10, 300, 2_000, 30_000].choose(random).copied().unwrap_or(10);
            world.pass(ms).await;
            format!("{ms} ms pass")
        }
    }
}

#[allow(clippy::print_stderr, reason = "a failing story is read from its turns")]
async fn anything(world: World) {
    let mut random = StdRng::seed_from_u64(world.seed);
    let mut people: Vec<Person> = world.people(["alice", "bob", "carol", "dave"]).await.into();
    let group = people[0].creates("Harbour", &[&people[1], &people[2]]).await;
    world.settle().await;
    for number in 0..TURNS {
        let what = turn(&world, &group, &mut people, &mut random).await;
        eprintln!("{number}: {what}");
        for person in &mut people {
            if person.is_dead() {
                eprintln!("{} died", person.name());
                person.rises(&world).await;
            }
        }
        world.pass(random.random_range(0..3_000)).await;
    }
    for person in &mut people {
        if person.is_dead() {
            person.rises(&world).await;
        }
        person.network().behave();
        person.network().mend();
    }
    world.pass(900_000).await;
    for person in &people {
        tries_again(person, &group).await;
    }
    world.quiet().await;
    ends_well(&group, &people).await;
}

/// What failed while its sender was out of the group is sent now, where possible.
async fn tries_again(person: &Person, group: &str) {
    if person.engine.group(group.to_owned()).await.is_err() {
        return;
    }
    for state in person.states(group).await {
        if let MessageState::Failed { intent, .. } = state {
            match person.engine.retry(group.to_owned(), intent).await {
                Ok(()) | Err(Error::NotAMember) => {}
                Err(error) => panic!("{} can't try again: {error}", person.name()),
            }
        }
    }
}

async fn ends_well(group: &str, people: &[Person]) {
    let roster = people[0].roster(group).await;
    let (members, others): (Vec<&Person>, Vec<&Person>) =
        people.iter().partition(|person| roster.iter().any(|name| name == person.name()));
    for person in others {
        match person.engine.group(group.to_owned()).await {
            Err(Error::NoSuchGroup) => {}
            Ok(seen) => assert!(
                matches!(seen.health, GroupHealth::Left | GroupHealth::Removed { .. }),
                "{} is out and sees {:?}",
                person.name(),
                seen.health
            ),
            Err(error) => panic!("{}: {error}", person.name()),
        }
        oracle::no_keys_on_disk(person);
    }
    oracle::agree(group, &members).await;
}

#[test]
fn anything_in_any_order() {
    let only = std::env::var("CONCLAVE_SEED").ok().and_then(|seed| seed.parse().ok());
    let many = std::env::var("CONCLAVE_STORIES").ok().and_then(|many| many.parse().ok()).unwrap_or(6);
    for seed in only.map_or(1501..1501 + many, |seed: u64| seed..seed + 1) {
        story(seed, anything);
    }
}
