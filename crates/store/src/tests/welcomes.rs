//! Welcomes that wait, and what they wait for.

use conclave_protocol::{Epoch, GroupId, Timestamp};

use super::fixture::*;
use crate::*;

fn held(store: &Store) -> Vec<HeldWelcome> {
    store.read(|view| view.held_welcomes()).unwrap()
}

fn hold(store: &Store, welcome: &[u8]) -> bool {
    store.write(|tx| tx.hold_welcome(&GROUP, welcome)).unwrap()
}

#[test]
fn they_come_back_in_order_until_they_are_dropped() {
    let (store, _) = in_a_group();
    assert!(hold(&store, b"one") && hold(&store, b"two"));
    let found = held(&store);
    let bytes = |held: &HeldWelcome| store.read(|view| view.held_welcome(held.id)).unwrap();
    assert_eq!(found.iter().map(|held| held.group).collect::<Vec<_>>(), [GROUP, GROUP]);
    assert_eq!(bytes(&found[0]).as_deref(), Some(&b"one"[..]));
    store.write(|tx| tx.drop_held_welcome(found[0].id)).unwrap();
    assert_eq!(bytes(&found[0]), None);
    assert_eq!(held(&store), found[1..]);
}

#[test]
fn a_group_has_room_for_a_few() {
    let (store, _) = in_a_group();
    for _ in 0..HELD_WELCOMES_MAX {
        assert!(hold(&store, b"one"));
    }
    assert!(!hold(&store, b"one too many"));
    let other = GroupId::new([0x77; 16]);
    assert_eq!(store.write(|tx| tx.hold_welcome(&other, b"x")), Err(Error::NotFound { what: "group" }));
    store.write(|tx| tx.delete_group(&GROUP)).unwrap();
    assert_eq!(held(&store), []);
}

#[test]
fn a_standing_is_that_of_the_shown_membership() {
    let (store, generation) = in_a_group();
    let standing = || store.read(|view| view.standing(&GROUP)).unwrap();
    let expected = Standing {
        status: GroupStatus::Active,
        epoch: Epoch(1),
        anchored: true,
        behind: false,
        started: Timestamp(10),
    };
    assert_eq!(standing(), Some(expected.clone()));
    let head = HeadRow { parent: None, ..head(3) };
    store.write(|tx| tx.put_head(&generation, &head)).unwrap();
    assert_eq!(standing(), Some(Standing { epoch: Epoch(3), anchored: false, ..expected }));
    store.write(|tx| tx.delete_group(&GROUP)).unwrap();
    assert_eq!(standing(), None);
}
