//! How the person arranges the list: pinned, archived, muted, marked; what is read, and what was only jumped over.

use conclave_protocol::{GroupId, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

const OTHER: GroupId = GroupId::new([2; 16]);

fn change(store: &Store, change: impl FnOnce(&mut Tx<'_>) -> Result<(), Error>) {
    store.write(change).unwrap();
}

fn hear(store: &Store, generation: &Generation, number: u32) {
    let row = message(number, "bob", number.into(), text("hi"));
    assert!(store.write(|tx| tx.add_message(generation, &row)).unwrap());
}

fn counts(store: &Store) -> (u32, u32) {
    let entry = entry(store);
    (entry.unread, entry.unseen)
}

#[test]
fn a_pinned_group_comes_first_however_quiet_it_is() {
    let (store, _) = in_a_group();
    let other = store.write(|tx| begin(tx, &OTHER)).unwrap();
    hear(&store, &other, 1);
    let first = || entry(&store).generation.group;
    assert_eq!(first(), OTHER);
    change(&store, |tx| tx.set_pinned(&GROUP, true));
    assert_eq!((first(), entry(&store).pinned), (GROUP, true));
    change(&store, |tx| tx.set_pinned(&GROUP, false));
    assert_eq!(first(), OTHER);
}

#[test]
fn a_pinned_group_that_was_archived_is_pinned_again() {
    let (store, _) = in_a_group();
    let state = || (entry(&store).pinned, entry(&store).archived);
    change(&store, |tx| tx.set_pinned(&GROUP, true));
    change(&store, |tx| tx.set_archived(&GROUP, true));
    assert_eq!(state(), (true, true));
    change(&store, |tx| tx.set_archived(&GROUP, false));
    assert_eq!(state(), (true, false));
    change(&store, |tx| tx.set_archived(&GROUP, true));
    change(&store, |tx| tx.set_pinned(&GROUP, true));
    assert_eq!(state(), (true, false), "pinning restores it");
}

#[test]
fn a_message_brings_an_archived_group_back_unless_it_was_muted_then() {
    let (store, generation) = in_a_group();
    let archive = || change(&store, |tx| tx.set_archived(&GROUP, true));
    archive();
    store
        .write(|tx| tx.add_message(&generation, &message(1, "bob", 1, MessageKind::Delete { target: id(9) })))
        .unwrap();
    assert!(entry(&store).archived, "there is no new message");
    hear(&store, &generation, 2);
    assert!(!entry(&store).archived);
    archive();
    // The fixture's messages were sent at 1000 plus their sequence number.
    change(&store, |tx| tx.set_muted(&GROUP, Timestamp(1010)));
    hear(&store, &generation, 3);
    assert!(entry(&store).archived, "it is muted");
    hear(&store, &generation, 11);
    assert!(!entry(&store).archived, "that time is over");
    archive();
    change(&store, |tx| tx.set_muted(&GROUP, Timestamp(0)));
    store.write(|tx| tx.add_send(&GROUP, &own(12, text("mine")))).unwrap();
    assert!(!entry(&store).archived, "writing there restores it");
}

#[test]
fn who_jumps_to_the_newest_has_read_but_not_seen() {
    let (store, generation) = in_a_group();
    let mut log = Log::new();
    hear(&store, &generation, 1);
    let row = log.row(2, MembershipKind::Added, "bob", "cat");
    store.write(|tx| tx.add_membership(&generation, &[row])).unwrap();
    (3..6).for_each(|number| hear(&store, &generation, number));
    assert_eq!(counts(&store), (4, 1));
    change(&store, |tx| tx.mark_read(&GROUP));
    assert_eq!(counts(&store), (0, 1), "changes count until they were on screen");
    let page = store.read(|view| view.timeline(&GROUP, PageFrom::Newest, 200)).unwrap();
    let first = page.rows.iter().find(|row| Some(row.id) == page.first_unread).unwrap();
    assert!(matches!(first.body, RowBody::Membership(_)));
    hear(&store, &generation, 6);
    assert_eq!(counts(&store), (1, 1));
    change(&store, |tx| tx.mark_seen(&GROUP, first.position));
    assert_eq!(counts(&store), (1, 0), "seeing older rows unreads nothing");
    change(&store, |tx| tx.mark_seen(&GROUP, u64::MAX));
    assert_eq!(counts(&store), (0, 0));
    let page = store.read(|view| view.timeline(&GROUP, PageFrom::Newest, 200)).unwrap();
    assert_eq!(page.first_unread, None);
}

#[test]
fn a_mark_stays_until_the_group_is_looked_at() {
    let (store, generation) = in_a_group();
    for look in [|tx: &mut Tx<'_>| tx.mark_read(&GROUP), |tx: &mut Tx<'_>| tx.mark_seen(&GROUP, u64::MAX)] {
        change(&store, |tx| tx.mark_unread(&GROUP));
        assert!(entry(&store).marked_unread);
        change(&store, look);
        assert!(!entry(&store).marked_unread);
    }
    hear(&store, &generation, 1);
    change(&store, |tx| tx.mark_seen(&GROUP, u64::MAX));
    change(&store, |tx| tx.mark_unread(&GROUP));
    change(&store, |tx| tx.mark_seen(&GROUP, u64::MAX));
    assert!(!entry(&store).marked_unread, "also where there was nothing more to be seen");
}

#[test]
fn messages_that_were_deleted_before_they_were_read_do_not_count() {
    let (store, generation) = in_a_group();
    (1..4).for_each(|number| hear(&store, &generation, number));
    let delete = |number: u32, target: u32, sender: &str| {
        let row = message(number, sender, number.into(), MessageKind::Delete { target: id(target) });
        store.write(|tx| tx.add_message(&generation, &row)).unwrap();
    };
    delete(4, 1, "bob");
    delete(5, 1, "bob");
    delete(6, 2, "eve");
    assert_eq!(counts(&store).0, 2);
    change(&store, |tx| tx.mark_read(&GROUP));
    delete(7, 3, "bob");
    assert_eq!(counts(&store).0, 0);
}

#[test]
fn how_it_was_arranged_outlives_a_new_membership_and_is_nobodys_group_only() {
    let (store, _) = in_a_group();
    change(&store, |tx| tx.set_pinned(&GROUP, true));
    change(&store, |tx| tx.set_muted(&GROUP, Timestamp(5)));
    store.write(|tx| begin(tx, &GROUP)).unwrap();
    let entry = entry(&store);
    assert_eq!((entry.pinned, entry.muted_until), (true, Timestamp(5)));
    assert_eq!(store.write(|tx| tx.set_pinned(&OTHER, true)), Err(Error::NotFound(Missing::Group)));
    assert_eq!(store.read(|view| view.muted_until(&OTHER)), Ok(Timestamp(0)));
}
