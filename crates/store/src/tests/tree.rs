//! The ratchet tree in chunks, and its roster.

use bytes::Bytes;
use conclave_protocol::{Epoch, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

/// Pseudo-random bytes, the same each time.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn a_changed_tree_costs_a_few_chunks() {
    let (store, generation) = with_state();
    let chunks = || -> Vec<(i64, Vec<u8>)> {
        let conn = store.raw();
        let mut statement = conn.prepare("SELECT id, hash FROM tree_chunks ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let mut tree = noise(1_000_000);
    store.write(|tx| tx.put_tree(&generation, Epoch(2), &[2; 32], &tree)).unwrap();
    let before = chunks();
    assert!((100..800).contains(&before.len()), "{} chunks", before.len());
    // A leaf grows and one path of parents changes.
    tree.splice(500_000..500_000, noise(300));
    for place in [10, 250_000, 750_000, 900_000] {
        tree[place..place + 32].fill(7);
    }
    store.write(|tx| tx.put_tree(&generation, Epoch(3), &[3; 32], &tree)).unwrap();
    let after = chunks();
    let kept = after.iter().filter(|chunk| before.contains(chunk)).count();
    assert!(after.len() - kept <= 15, "{} of {} chunks were written", after.len() - kept, after.len());
    let saved = load(&store, &generation);
    assert_eq!((saved.tree, saved.tree_epoch), (Bytes::from(tree), Epoch(3)));
    store.write(|tx| tx.put_tree(&generation, Epoch(4), &[4; 32], b"")).unwrap();
    assert_eq!((load(&store, &generation).tree, chunks().len()), (Bytes::new(), 0));
}

#[test]
fn a_tree_that_repeats_itself_comes_back() {
    let (store, generation) = with_state();
    let tree = [noise(40_000), noise(40_000), vec![0; 100_000], noise(40_000)].concat();
    store.write(|tx| tx.put_tree(&generation, Epoch(2), &[2; 32], &tree)).unwrap();
    assert_eq!(load(&store, &generation).tree, Bytes::from(tree));
}

#[test]
fn a_tree_with_a_chunk_missing_is_an_error() {
    let (store, generation) = with_state();
    store.raw().execute_batch("DELETE FROM tree_chunks").unwrap();
    assert_eq!(store.read(|view| view.saved(&generation)).map(drop), Err(Error::Corrupt { what: "tree" }));
}

#[test]
fn the_roster_is_shown_by_people() {
    let (store, generation) = with_state();
    let phone = RosterEntry {
        client: user("bob").client(conclave_protocol::DeviceId([77; 8])),
        ..leaf(5, "bob", Role::Admin)
    };
    let rows = [
        leaf(0, "zoe", Role::Owner),
        leaf(1, "bob", Role::Member),
        leaf(2, "cat", Role::Member),
        leaf(3, "ana", Role::Admin),
        phone,
    ];
    store.write(|tx| tx.roster_put(&generation, &rows)).unwrap();
    store.write(|tx| tx.roster_end(&generation, &[2], Epoch(2))).unwrap();
    let roster = store.read(|view| view.roster(&GROUP, 10)).unwrap();
    let names: Vec<_> = roster.people.iter().map(|person| (person.user.handle(), person.role)).collect();
    assert_eq!(names, [("zoe", Role::Owner), ("ana", Role::Admin), ("bob", Role::Admin)]);
    assert_eq!((roster.total, roster.epoch, &roster.tree_hash[..]), (3, Epoch(1), &[8; 32][..]));
    let bob = &roster.people[2];
    assert_eq!(bob.devices.iter().map(|(_, leaf, _)| *leaf).collect::<Vec<_>>(), [1, 5]);
    assert_eq!(bob.since, Timestamp(101));
    let short = store.read(|view| view.roster(&GROUP, 1)).unwrap();
    assert_eq!((short.people.len(), short.total), (1, 3));
}
