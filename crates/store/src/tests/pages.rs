//! Pages of a timeline, the list of groups, and what counts as unread.

use conclave_protocol::{Epoch, GroupId, Seq, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

#[test]
fn what_could_not_be_read_is_a_row() {
    let (store, generation) = in_a_group();
    let row = UnreadableRow {
        seq: Seq(3),
        at: Timestamp(3),
        epoch: Epoch(1),
        sender: Some(client("bob")),
        cause: UnreadableCause::KeyGone,
    };
    store.write(|tx| tx.add_unreadable(&generation, &row)).unwrap();
    let body = RowBody::Unreadable { sender: Some(client("bob")), cause: UnreadableCause::KeyGone };
    assert_eq!(page(&store)[0].body, body);
    assert_eq!(entry(&store).last, Some(LastRow::Other { at: Timestamp(3) }));
}

#[test]
fn pages_follow_each_other_both_ways() {
    let (store, generation) = in_a_group();
    let told: Vec<_> = (1..=10).map(|n| ("bob", text(&n.to_string()))).collect();
    tell(&store, &generation, &told);
    let get = |from| {
        let page = store.read(|view| view.timeline(&GROUP, from, 4)).unwrap();
        let positions: Vec<u64> = page.rows.iter().map(|row| row.position >> 10).collect();
        (positions, page.more_before, page.more_after)
    };
    assert_eq!(get(PageFrom::Newest), (vec![7, 8, 9, 10], true, false));
    assert_eq!(get(PageFrom::Before(7 << 10)), (vec![3, 4, 5, 6], true, true));
    assert_eq!(get(PageFrom::Before(3 << 10)), (vec![1, 2], false, true));
    assert_eq!(get(PageFrom::From(1 << 10)), (vec![1, 2, 3, 4], false, true));
    assert_eq!(get(PageFrom::From(8 << 10)), (vec![8, 9, 10], true, false));
    assert_eq!(get(PageFrom::From(u64::MAX)), (vec![], true, false));
}

#[test]
fn the_first_unread_row_is_found_from_any_page() {
    let (store, generation) = in_a_group();
    tell(
        &store,
        &generation,
        &[
            ("bob", text("1")),
            ("ana", text("2")),
            ("bob", MessageKind::Reaction { target: id(1), emoji: "+".into() }),
            ("bob", text("4")),
        ],
    );
    let first = |store: &Store| {
        let page = store.read(|view| view.timeline(&GROUP, PageFrom::Newest, 1)).unwrap();
        page.first_unread
    };
    let ids: Vec<RowId> = page(&store).iter().map(|row| row.id).collect();
    assert_eq!(first(&store), Some(ids[0]));
    store.write(|tx| tx.mark_seen(&GROUP, 1 << 10)).unwrap();
    assert_eq!((first(&store), entry(&store).unread), (Some(ids[2]), 1));
    store.write(|tx| tx.mark_seen(&GROUP, u64::MAX)).unwrap();
    assert_eq!((first(&store), entry(&store).unread), (None, 0));
}

#[test]
fn seeing_a_queued_row_does_not_hide_what_comes_later() {
    let (store, generation) = in_a_group();
    store.write(|tx| tx.add_send(&GROUP, &own(1, text("mine")))).unwrap();
    let position = page(&store)[0].position;
    store.write(|tx| tx.mark_seen(&GROUP, position)).unwrap();
    store.write(|tx| tx.add_message(&generation, &message(2, "bob", 1, text("new")))).unwrap();
    assert_eq!(entry(&store).unread, 1);
}

#[test]
fn the_list_shows_the_newest_group_first_with_its_last_row() {
    let (store, generation) = in_a_group();
    let other = GroupId::new([2; 16]);
    store
        .write(|tx| {
            let second = begin(tx, &other)?;
            tx.add_message(&second, &message(1, "cat", 9, text("later")))?;
            tx.add_message(&generation, &message(1, "bob", 5, text("first")))?;
            tx.add_message(
                &generation,
                &message(
                    2,
                    "bob",
                    6,
                    MessageKind::Edit { target: id(1), text: "edited".into(), format: TextFormat::Plain },
                ),
            )
        })
        .unwrap();
    let groups = store.read(|view| view.groups()).unwrap();
    let order: Vec<GroupId> = groups.iter().map(|entry| entry.generation.group).collect();
    assert_eq!(order, [other, GROUP]);
    let last = LastRow::Message {
        at: Timestamp(1005),
        sender: client("bob"),
        text: Some("edited".into()),
        state: MessageState::Received,
    };
    assert_eq!(groups[1].last, Some(last));
}

#[test]
fn there_is_no_timeline_of_no_group() {
    let store = Store::open_temporary(&KEY).unwrap();
    let result = store.read(|view| view.timeline(&GROUP, PageFrom::Newest, 10)).map(drop);
    assert_eq!(result, Err(Error::NotFound(Missing::Group)));
}
