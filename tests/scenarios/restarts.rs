//! The app ends at any moment, cleanly or not, and continues where it was.

use conclave_engine::api::GroupHealth;
use conclave_tests::{Person, World, oracle, story};

/// A story in steps, so that somebody can be restarted between any two of them.
const STEPS: usize = 7;

async fn step(step: usize, group: &mut String, [alice, bob, carol]: [&Person; 3]) {
    match step {
        0 => *group = alice.creates("Harbour", &[bob]).await,
        1 => drop(bob.says(group, "one").await),
        2 => alice.adds(group, &[carol]).await,
        3 => drop(carol.says(group, "two").await),
        4 => alice.renames(group, "Quay").await,
        5 => alice.removes(group, carol).await,
        _ => drop(alice.says(group, "three").await),
    }
}

/// Runs the story; somebody's app ends after each step, before anything could settle.
async fn told_with_restarts_of(world: &World, who: usize) {
    let mut people = world.people(["alice", "bob", "carol"]).await;
    let mut group = String::new();
    for i in 0..STEPS {
        step(i, &mut group, people.each_ref()).await;
        people[who].restart().await;
        world.settle().await;
    }
    world.quiet().await;
    ends_well(&group, people.each_ref()).await;
}

async fn ends_well(group: &str, [alice, bob, carol]: [&Person; 3]) {
    assert_eq!(bob.reads(group).await, ["one", "two", "three"]);
    assert_eq!(alice.sees(group).await.name, "Quay");
    assert_eq!(carol.reads(group).await, ["two"]);
    assert!(matches!(carol.sees(group).await.health, GroupHealth::Removed { .. }));
    oracle::agree(group, &[alice, bob]).await;
}

#[test]
fn the_owner_restarts_at_every_step() {
    story(501, |world| async move { told_with_restarts_of(&world, 0).await });
}

#[test]
fn a_member_restarts_at_every_step() {
    story(502, |world| async move { told_with_restarts_of(&world, 1).await });
}

#[test]
fn the_one_who_is_removed_restarts_at_every_step() {
    story(503, |world| async move { told_with_restarts_of(&world, 2).await });
}

#[test]
fn everybody_restarts_at_every_step_and_at_once() {
    story(504, |world| async move {
        let mut people = world.people(["alice", "bob", "carol"]).await;
        let mut group = String::new();
        for i in 0..STEPS {
            step(i, &mut group, people.each_ref()).await;
            for person in &mut people {
                person.stop().await;
            }
            for person in &mut people {
                person.start().await;
            }
            world.settle().await;
        }
        world.quiet().await;
        ends_well(&group, people.each_ref()).await;
    });
}

/// Runs the story; somebody's app is killed just before its nth frame in one of the steps, and started again from what
/// was on disk at that moment. False if it sends fewer frames.
async fn killed(world: &World, who: usize, at_step: usize, frame: u32) -> bool {
    let mut people = world.people(["alice", "bob", "carol"]).await;
    let mut group = String::new();
    let mut died = false;
    for i in 0..STEPS {
        if i == at_step {
            people[who].dies_before(frame);
        }
        step(i, &mut group, people.each_ref()).await;
        world.settle().await;
        if i == at_step {
            died = people[who].is_dead();
            people[who].rises(world).await;
        }
        world.settle().await;
    }
    world.quiet().await;
    ends_well(&group, people.each_ref()).await;
    died
}

/// Kills somebody before every frame that they send in this step.
fn killed_everywhere(seed: u64, who: usize, at_step: usize, from: u32) {
    let mut deaths = 0;
    for frame in from.. {
        let (tell, told) = std::sync::mpsc::channel();
        story(seed + u64::from(frame), |world| async move {
            tell.send(killed(&world, who, at_step, frame).await).expect("somebody listens");
        });
        if !told.recv().expect("the story was told") {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 0, "nobody died");
}

#[test]
fn a_sender_is_killed_before_any_frame() {
    killed_everywhere(510, 1, 1, 0);
}

#[test]
fn an_owner_who_renames_is_killed_before_any_frame() {
    killed_everywhere(520, 0, 4, 0);
}

#[test]
fn an_owner_who_removes_is_killed_before_any_frame() {
    killed_everywhere(530, 0, 5, 0);
}

#[test]
fn one_who_joins_is_killed_before_any_frame() {
    killed_everywhere(540, 2, 2, 0);
}

/// What an addition asks for at once (who that is, twice, and their key packages) is not an intent yet; what comes after it is.
#[test]
fn an_owner_who_adds_is_killed_before_any_frame_of_the_change() {
    killed_everywhere(550, 0, 2, 3);
}

#[test]
fn what_is_queued_without_a_connection_survives_and_is_sent_once() {
    story(560, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        for i in 0..3 {
            alice.network().cut();
            world.settle().await;
            alice.says(&group, &format!("number {}", 2 * i)).await;
            alice.restart().await;
            alice.says(&group, &format!("number {}", 2 * i + 1)).await;
            bob.says(&group, &format!("bob's {i}")).await;
            if i == 1 {
                alice.restart().await;
            } else {
                alice.rises(&world).await;
            }
            alice.network().mend();
            world.quiet().await;
        }
        let from_alice: Vec<_> = bob.reads(&group).await.into_iter().filter(|t| t.starts_with('n')).collect();
        let expected: Vec<_> = (0..6).map(|i| format!("number {i}")).collect();
        assert_eq!(from_alice, expected);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
