//! What a message and the list cost does not grow with what is already stored. Counted in SQLite's virtual-machine
//! steps, which are the same on every computer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use conclave_protocol::{Epoch, GroupId, Seq, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

/// The steps that a write takes.
pub(super) fn steps<T>(store: &Store, f: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> u64 {
    let count = Arc::new(AtomicU64::new(0));
    let counting = Arc::clone(&count);
    let count_one = move || {
        counting.fetch_add(1, Ordering::Relaxed);
        false
    };
    store.raw().progress_handler(1, Some(count_one));
    store.write(f).unwrap();
    store.raw().progress_handler(0, None::<fn() -> bool>);
    count.load(Ordering::Relaxed)
}

/// A message as a machine writes it: state, message, cursor.
fn receive(tx: &mut Tx<'_>, generation: &Generation, number: u32) -> Result<(), Error> {
    let state = EpochSecret { epoch: Epoch(1), bytes: SecretBytes::from(vec![number as u8; 2000]) };
    tx.put_state(generation, &state, &[], Epoch(0))?;
    let kind = match number % 4 {
        0 => MessageKind::Reaction { target: id(number / 2), emoji: "+".into() },
        1 => MessageKind::Edit { target: id(number / 2), text: "better".into(), format: TextFormat::Plain },
        2 => MessageKind::Delete { target: id(number / 3) },
        _ => text("hello"),
    };
    tx.add_message(generation, &message(number, "bob", number.into(), kind))?;
    tx.set_cursor(generation, Seq(number.into()), Timestamp(number.into()))
}

pub(super) fn assert_about(before: u64, after: u64, what: &str) {
    assert!(before > 0 && after <= before + before / 5 + 50, "{what}: {before} steps became {after}");
}

#[test]
fn a_message_costs_what_the_first_one_cost() {
    let (store, generation) = in_a_group();
    let fill = |numbers: std::ops::Range<u32>| {
        store
            .write(|tx| numbers.into_iter().try_for_each(|number| receive(tx, &generation, number)))
            .unwrap();
    };
    let one_of_each = |from: u32| -> Vec<u64> {
        (from..from + 4).map(|number| steps(&store, |tx| receive(tx, &generation, number))).collect()
    };
    let send = |number: u32| {
        let queue = steps(&store, |tx| tx.add_send(&GROUP, &own(number, text("mine"))));
        let at = Timestamp(1);
        queue + steps(&store, |tx| tx.sent(&generation, &id(number), Seq(number.into()), at, Epoch(1)))
    };
    let list = || steps(&store, |tx| tx.view().groups());
    let page = || steps(&store, |tx| tx.view().timeline(&GROUP, PageFrom::Newest, 20));

    fill(0..60);
    let early = (one_of_each(60), send(100), list(), page());
    fill(200..3000);
    let late = (one_of_each(3000), send(4000), list(), page());
    early.0.iter().zip(&late.0).for_each(|(early, late)| assert_about(*early, *late, "a message"));
    assert_about(early.1, late.1, "an own message");
    assert_about(early.2, late.2, "the list");
    assert_about(early.3, late.3, "a page");
}

#[test]
fn marking_as_seen_costs_what_is_left_unseen() {
    let (store, generation) = in_a_group();
    let fill = |numbers: std::ops::Range<u32>| {
        store
            .write(|tx| {
                numbers.into_iter().try_for_each(|number| {
                    tx.add_message(&generation, &message(number, "bob", number.into(), text("hi"))).map(drop)
                })
            })
            .unwrap();
    };
    fill(0..20);
    let early = steps(&store, |tx| tx.mark_seen(&GROUP, u64::MAX));
    fill(20..2000);
    store.write(|tx| tx.mark_seen(&GROUP, u64::MAX)).unwrap();
    fill(2000..2001);
    assert_about(early, steps(&store, |tx| tx.mark_seen(&GROUP, u64::MAX)), "marking as seen");
}

#[test]
fn a_log_row_costs_the_same_in_a_long_log() {
    let (store, generation) = in_a_group();
    let mut log = Log::new();
    let mut add = |seq: u64, count: u32| {
        let rows: Vec<_> = (0..count).map(|_| log.row(seq, MembershipKind::Added, "bob", "cat")).collect();
        steps(&store, |tx| tx.add_membership(&generation, &rows))
    };
    add(1, 10);
    let early = add(2, 1);
    add(3, 1000);
    assert_about(early, add(4, 1), "a log row");
}

#[test]
fn groups_do_not_slow_each_other_down() {
    let (store, generation) = in_a_group();
    let early = steps(&store, |tx| receive(tx, &generation, 3));
    store
        .write(|tx| {
            (10..210_u8).try_for_each(|byte| {
                let other = begin(tx, &GroupId::new([byte; 16]))?;
                receive(tx, &other, 3)
            })
        })
        .unwrap();
    assert_about(early, steps(&store, |tx| receive(tx, &generation, 7)), "a message");
}
