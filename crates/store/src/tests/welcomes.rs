//! Held Welcomes, and what they wait for.

use conclave_protocol::{Epoch, GroupId, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

fn held(store: &Store) -> Vec<HeldWelcome> {
    store.read(|view| view.held_welcomes()).unwrap()
}

fn welcome(bytes: &'static [u8], sender: &str, epoch: u64, known: bool) -> WelcomeToHold {
    WelcomeToHold { welcome: bytes.into(), sender: user(sender), epoch: Epoch(epoch), known }
}

fn hold(store: &Store, welcome: &WelcomeToHold) -> bool {
    store.write(|tx| tx.hold_welcome(&GROUP, welcome)).unwrap()
}

fn bytes(store: &Store) -> Vec<bytes::Bytes> {
    held(store).iter().map(|held| store.read(|view| view.held_welcome(held.id)).unwrap().unwrap()).collect()
}

#[test]
fn the_likeliest_comes_first_until_it_is_dropped() {
    let (store, generation) = in_a_group();
    store.write(|tx| tx.roster_put(&generation, &[leaf(1, "ben", Role::Member)])).unwrap();
    assert!(hold(&store, &welcome(b"stranger", "eve", 2, false)));
    assert!(hold(&store, &welcome(b"later", "ben", 9, false)));
    assert!(hold(&store, &welcome(b"sooner", "ben", 3, false)));
    assert!(hold(&store, &welcome(b"known", "eve", 12, true)));
    assert_eq!(bytes(&store), ["known", "sooner", "later", "stranger"]);
    let found = held(&store);
    assert_eq!(found.iter().map(|held| held.known).collect::<Vec<_>>(), [true, false, false, false]);
    store.write(|tx| tx.set_welcome_known(found[3].id)).unwrap();
    assert_eq!(bytes(&store), ["stranger", "known", "sooner", "later"]);
    store.write(|tx| tx.drop_held_welcome(found[3].id)).unwrap();
    assert_eq!(store.read(|view| view.held_welcome(found[3].id)).unwrap(), None);
    assert_eq!(bytes(&store), ["known", "sooner", "later"]);
}

#[test]
fn each_sender_has_places_and_a_member_comes_before_strangers() {
    let (store, generation) = in_a_group();
    store.write(|tx| tx.roster_put(&generation, &[leaf(1, "ben", Role::Member)])).unwrap();
    let of = |sender: &str, epoch| hold(&store, &welcome(b"unknown", sender, epoch, false));
    for epoch in 1..=10 {
        assert!(of("eve", epoch), "the newest takes the place of that sender's oldest");
    }
    assert_eq!(held(&store).len(), HELD_WELCOMES_MAX as usize);
    for number in held(&store).len()..HELD_UNKNOWN_WELCOMES_MAX as usize {
        assert!(of(&format!("s{number}"), 1));
    }
    assert!(!of("fay", 1), "all places are taken");
    assert!(of("ben", 5));
    assert_eq!(held(&store).len(), HELD_UNKNOWN_WELCOMES_MAX as usize);
    for epoch in 1..=10 {
        assert!(
            hold(&store, &welcome(b"known", "eve", epoch, true)),
            "what the log knows has places of its own"
        );
    }
    assert_eq!(held(&store).iter().filter(|held| held.known).count(), HELD_WELCOMES_MAX as usize);
    let other = GroupId::new([0x77; 16]);
    let missing = store.write(|tx| tx.hold_welcome(&other, &welcome(b"x", "eve", 1, true)));
    assert_eq!(missing, Err(Error::NotFound(Missing::Group)));
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
    let head = GroupHead { parent: None, ..head(3) };
    store.write(|tx| tx.put_head(&generation, &head)).unwrap();
    assert_eq!(standing(), Some(Standing { epoch: Epoch(3), anchored: false, ..expected }));
    store.write(|tx| tx.delete_group(&GROUP)).unwrap();
    assert_eq!(standing(), None);
}
