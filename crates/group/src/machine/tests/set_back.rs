//! The service has lost the end of the log.

use conclave_protocol::Seq;
use conclave_record::*;

use super::world::World;
use crate::*;

fn cursor(world: &mut World, name: &str) -> Seq {
    match world.client(name).machine.as_ref().unwrap().read_from() {
        ReadFrom::After(seq) => seq,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_lost_is_written_down_to_be_said_again_and_the_log_goes_on_after_the_cursor() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    world.send("alice", "lost");
    let (before, now) = (cursor(&mut world, "alice"), world.now);
    let kept = Seq(before.0 - 1);
    let epoch = world.client("alice").machine.as_ref().unwrap().epoch();
    world.client("alice").handle(Input::SetBack { kept, goes_on: true }, now);
    assert_eq!(world.client("alice").store.said_again, [kept]);
    assert_eq!(world.client("alice").causes(), [UnreadableCause::SetBack]);
    assert_eq!(cursor(&mut world, "alice"), before.next(), "the row has a place of its own");
    assert_eq!(world.client("alice").machine.as_ref().unwrap().epoch(), epoch);
}

#[test]
fn where_the_log_does_not_go_on_only_that_is_written_down() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    let (before, now) = (cursor(&mut world, "bob"), world.now);
    world.client("bob").handle(Input::SetBack { kept: Seq(1), goes_on: false }, now);
    assert_eq!(world.client("bob").store.said_again, [Seq(1)]);
    assert_eq!((world.client("bob").causes(), cursor(&mut world, "bob")), (vec![], before));
}

#[test]
fn what_was_taken_and_is_not_in_the_log_up_to_its_head_goes_again() {
    let mut world = World::in_a_group(&["alice", "bob"]);
    world.wake_all();
    let now = world.now;
    world.client("alice").online = false;
    world.client("alice").write("accepted, and lost");
    let submission = world.client("alice").outbox[0].id;
    let seq = cursor(&mut world, "alice").next();
    world.client("alice").handle(Input::Outcome { submission, outcome: Outcome::Accepted { seq } }, now);
    world.client("alice").outbox.clear();
    world.client("alice").handle(Input::Log { items: vec![], at_head: true }, now);
    assert_eq!(world.client("alice").outbox.iter().map(|s| s.id).collect::<Vec<_>>(), [submission]);
    world.client("alice").online = true;
    world.settle();
    world.wake_all();
    assert_eq!(world.client("bob").texts(), ["accepted, and lost"]);
}
