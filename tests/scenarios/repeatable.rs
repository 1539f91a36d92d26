//! The same seed gives the same story: scheduling, ids, jitter and faults are deterministic.

use std::sync::mpsc;

use conclave_engine::Received;
use conclave_protocol::wire::server_frame::Body;
use conclave_tests::network::Fate;
use conclave_tests::{Person, oracle, story};
use sha2::{Digest as _, Sha256};

/// The events and state that somebody saw, in structure: key material is random each time, so hashes and keys are left
/// out.
async fn told(person: &Person, group: &str, events: &mut conclave_engine::Events) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(heard) = events.try_next() {
        match heard {
            Received::Event(event) => lines.push(format!("{event:?}")),
            Received::Missed => lines.push("missed".to_owned()),
        }
    }
    for row in person.timeline(group).await {
        lines.push(format!("{row:?}"));
    }
    for row in person.log(group).await.rows {
        lines.push(format!("{:?} {}", row.change, row.seen));
    }
    let sees = person.sees(group).await;
    lines.push(format!("{} {:?} {} {:?}", sees.name, sees.health, sees.epoch, sees.key_renewed_ms));
    lines.push(format!("{:?} {}", person.roster(group).await, person.network().connections()));
    lines
}

/// A long story with bad connections, a restart, a kill and races.
fn tell(seed: u64) -> Vec<String> {
    let (tell, told_lines) = mpsc::channel();
    story(seed, |world| async move {
        let [alice, mut bob, mut carol] = world.people(["alice", "bob", "carol"]).await;
        let mut events = [alice.engine.events(), bob.engine.events(), carol.engine.events()];
        let group = alice.creates("Harbour", &[&bob]).await;
        world.settle().await;
        let mut answers = 0;
        alice.network().downstream(move |frame| {
            answers += u32::from(matches!(frame.body, Some(Body::Submitted(_))));
            if answers % 5 == 4 { Fate::Cut } else { Fate::Pass }
        });
        for round in 0..6 {
            alice.says(&group, &format!("alice {round}")).await;
            bob.says(&group, &format!("bob {round}")).await;
            world.pass(3_000).await;
            match round {
                0 => alice.network().blink(),
                1 => bob.restart().await,
                2 => alice.renames(&group, "Quay").await,
                3 => bob.rises(&world).await,
                _ => world.quiet().await,
            }
        }
        alice.network().behave();
        world.quiet().await;
        alice.adds(&group, &[&carol]).await;
        world.settle().await;
        carol.says(&group, "carol").await;
        carol.restart().await;
        world.quiet().await;
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
        let mut lines = Vec::new();
        for (person, events) in [&alice, &bob, &carol].into_iter().zip(&mut events) {
            lines.extend(told(person, &group, events).await);
        }
        tell.send(lines).expect("somebody listens");
    });
    told_lines.recv().expect("the story was told")
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let (once, again) = (tell(1301), tell(1301));
    assert!(once.len() > 100, "a long story: {} lines", once.len());
    for (one, other) in once.iter().zip(&again) {
        assert_eq!(one, other);
    }
    let hash = |lines: &[String]| Sha256::digest(lines.join("\n"));
    assert_eq!(hash(&once), hash(&again));
    assert_ne!(hash(&once), hash(&tell(1302)), "another seed tells another");
}
