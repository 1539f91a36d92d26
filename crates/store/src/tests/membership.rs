//! The membership log: complete, in order, and verifiable.

use conclave_protocol::{Epoch, Seq, Timestamp};
use conclave_record::MembershipKind::{Added, Created, KeyRotated, KeysRenewed, Removed, Renamed};
use conclave_record::*;

use super::fixture::*;
use crate::*;

fn add(store: &Store, generation: &Generation, rows: &[MembershipRow]) {
    store.write(|tx| tx.add_membership(generation, rows)).unwrap();
}

/// Ana creates a group and adds Bob and Cat; Bob removes Cat; Bob renames it.
fn history(store: &Store, generation: &Generation) -> Vec<MembershipRow> {
    let mut log = Log::new();
    let mut rows = vec![
        log.row(0, Created, "ana", "ana"),
        log.row(1, Added, "ana", "bob"),
        log.row(1, Added, "ana", "cat"),
        log.row(2, Removed, "bob", "cat"),
        log.row(3, Renamed, "bob", "bob"),
    ];
    rows[4].target = None;
    rows[4].name = Some("Orchard".into());
    add(store, generation, &rows);
    rows
}

fn log(store: &Store, filter: &LogFilter, limit: u32) -> (Vec<u64>, bool, u32) {
    let page = store.read(|view| view.membership_log(&GROUP, filter, limit)).unwrap();
    (page.rows.iter().map(|entry| entry.row.index).collect(), page.more, page.total)
}

#[test]
fn rows_come_back_as_they_were_and_stand_in_the_timeline() {
    let (store, generation) = in_a_group();
    let rows = history(&store, &generation);
    let entries = store.read(|view| view.membership_rows(&GROUP, 0, 100)).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.row.clone()).collect::<Vec<_>>(), rows);
    let positions: Vec<u64> = page(&store).iter().map(|row| row.position).collect();
    assert_eq!(positions, [0, 1 << 10, (1 << 10) + 1, 2 << 10, 3 << 10]);
    assert_eq!(page(&store)[3].body, RowBody::Membership(Box::new(entries[3].clone())));
    let last =
        LastRow::Membership { at: Timestamp(1003), kind: Renamed, actor: Some(client("bob")), target: None };
    assert_eq!(entry(&store).last, Some(last));
}

#[test]
fn changes_by_others_are_unseen_until_they_were_on_screen() {
    let (store, generation) = in_a_group();
    history(&store, &generation);
    let seen = || -> Vec<bool> {
        store
            .read(|view| view.membership_rows(&GROUP, 0, 9))
            .unwrap()
            .iter()
            .map(|entry| entry.seen)
            .collect()
    };
    assert_eq!((entry(&store).unseen, entry(&store).unread), (2, 0));
    assert_eq!(seen(), [true, true, true, false, false]);
    store.write(|tx| tx.mark_seen(&GROUP, 2 << 10)).unwrap();
    assert_eq!((entry(&store).unseen, seen()), (1, vec![true, true, true, true, false]));
}

#[test]
fn the_log_is_paged_and_filtered() {
    let (store, generation) = in_a_group();
    history(&store, &generation);
    let all = LogFilter::default();
    assert_eq!(log(&store, &all, 3), (vec![4, 3, 2], true, 5));
    assert_eq!(log(&store, &LogFilter { before: Some(2), ..all.clone() }, 3), (vec![1, 0], false, 5));
    let of = |name: &str| LogFilter { person: Some(user(name)), ..LogFilter::default() };
    assert_eq!(log(&store, &of("cat"), 9), (vec![3, 2], false, 2));
    assert_eq!(log(&store, &of("bob"), 9), (vec![4, 3, 1], false, 3));
    assert_eq!(log(&store, &of("nobody"), 9), (vec![], false, 0));
    let kinds = LogFilter { kinds: vec![Added, KeyRotated], ..all.clone() };
    assert_eq!(log(&store, &kinds, 9), (vec![2, 1], false, 2));
    let text = |text: &str| LogFilter { text: Some(text.into()), ..LogFilter::default() };
    assert_eq!(log(&store, &text("ORCH"), 9), (vec![4], false, 1));
    assert_eq!(log(&store, &text("at"), 1), (vec![3], true, 2));
    // One's own changes say "you".
    assert_eq!(log(&store, &text("ana"), 9), (vec![], false, 0));
    let both = LogFilter { kinds: vec![Removed], ..text("cat") };
    assert_eq!(log(&store, &both, 9), (vec![3], false, 1));
}

#[test]
fn only_the_next_row_is_taken() {
    let (store, generation) = in_a_group();
    let rows = history(&store, &generation);
    let conflict = Err(Error::Conflict { what: "the membership log's next row" });
    assert_eq!(store.write(|tx| tx.add_membership(&generation, &rows[4..])), conflict);
    let skipped = MembershipRow { index: 6, ..rows[4].clone() };
    assert_eq!(store.write(|tx| tx.add_membership(&generation, &[skipped])), conflict);
}

#[test]
fn a_hundred_adds_of_one_commit_have_their_places() {
    let (store, generation) = in_a_group();
    let mut log = Log::new();
    let rows: Vec<_> = (0..1024).map(|_| log.row(7, Added, "bob", "cat")).collect();
    add(&store, &generation, &rows);
    let too_many = log.row(7, Added, "bob", "cat");
    let result = store.write(|tx| tx.add_membership(&generation, &[too_many]));
    assert_eq!(result, Err(Error::OutOfRange { what: "a place in the timeline" }));
    let newest = page(&store).pop().unwrap();
    assert_eq!(newest.position, (7 << 10) + 1023);
}

#[test]
fn an_edited_log_shows_where() {
    let edits = [
        ("UPDATE membership SET row_hash = zeroblob(32) WHERE place = 2", 2),
        ("UPDATE membership SET chain_hash = zeroblob(32) WHERE place = 3", 3),
        ("DELETE FROM membership WHERE place = 1", 1),
        ("DELETE FROM membership WHERE place = 0", 0),
    ];
    for (sql, index) in edits {
        let (store, generation) = in_a_group();
        history(&store, &generation);
        let verify = || store.read(|view| view.verify_chain(&GROUP)).unwrap();
        assert_eq!(verify(), ChainState::Intact { entries: 5 });
        store.raw().execute_batch(sql).unwrap();
        assert_eq!(verify(), ChainState::BrokenAt { index }, "{sql}");
    }
}

#[test]
fn the_log_goes_on_in_the_next_generation() {
    let (store, generation) = in_a_group();
    history(&store, &generation);
    let again = store.write(|tx| begin(tx, &GROUP)).unwrap();
    let mut next = Log::new();
    add(&store, &again, &[next.row(9, Added, "bob", "ana"), next.row(10, Added, "ana", "dan")]);
    let entries = store.read(|view| view.membership_rows(&GROUP, 5, 100)).unwrap();
    let lined_up: Vec<_> = entries.iter().map(|entry| (entry.row.index, entry.generation)).collect();
    assert_eq!(lined_up, [(5, 2), (6, 2)]);
    assert_eq!(store.read(|view| view.verify_chain(&GROUP)).unwrap(), ChainState::Intact { entries: 7 });
    store.raw().execute_batch("DELETE FROM membership WHERE place = 4").unwrap();
    assert_eq!(store.read(|view| view.verify_chain(&GROUP)).unwrap(), ChainState::BrokenAt { index: 4 });
    assert_eq!(entries[0].row.seq, Seq(9));
}

#[test]
fn a_mere_renewal_of_keys_is_in_the_log_and_not_in_the_timeline() {
    let (store, generation) = in_a_group();
    let mut log = Log::new();
    let rows = [
        log.row(0, Created, "ana", "ana"),
        log.row(1, KeysRenewed, "bob", "bob"),
        log.row(2, Added, "bob", "cat"),
    ];
    add(&store, &generation, &rows);
    let entries = store.read(|view| view.membership_rows(&GROUP, 0, 9)).unwrap();
    let seen: Vec<_> = entries.iter().map(|entry| (entry.row.kind, entry.seen)).collect();
    assert_eq!(seen, [(Created, true), (KeysRenewed, true), (Added, false)]);
    assert_eq!(page(&store).len(), 2);
    assert_eq!(entry(&store).unseen, 1);
}

#[test]
fn an_epoch_without_a_row_is_missed() {
    let (store, generation) = in_a_group();
    let mut log = Log::new();
    let rows = [
        log.row(0, Created, "ana", "ana"),
        log.row(1, Added, "ana", "bob"),
        log.row(1, Added, "ana", "cat"),
        log.row(2, KeysRenewed, "bob", "bob"),
        log.row(4, KeysRenewed, "bob", "bob"),
    ];
    add(&store, &generation, &rows);
    let state = store.read(|view| view.verify_chain(&GROUP)).unwrap();
    assert_eq!(state, ChainState::EpochMissing { epoch: Epoch(3) });
}
