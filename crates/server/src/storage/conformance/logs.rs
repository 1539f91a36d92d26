//! Logs: order, pages, epochs, submissions, retention.

use super::*;

pub(super) fn logs_are_kept_in_order(tables: &dyn Tables) {
    assert_eq!(tables.log(&GroupId::new([1; 16])).unwrap(), None);
    let (one, two) = (make_log(tables, 1), make_log(tables, 2));
    assert!(tables.create_log(&GroupId::new([1; 16]), &[9; 32]).is_err());
    for seq in 1..=5 {
        assert!(append(tables, &reload(tables, 1), entry(seq, seq * 10, &seq.to_string())).unwrap());
    }
    let twice = NewEntry {
        submission: SubmissionId::new([9; 16]),
        kept: Timestamp(60),
        entry: entry(5, 60, "twice"),
    };
    assert!(tables.append(&reload(tables, 1), &twice).is_err());
    let stored = reload(tables, 1);
    assert_eq!((stored.head, stored.at, stored.epoch), (Seq(5), Timestamp(50), Epoch(0)));
    assert_eq!(stored.bytes, 5 * (1 + ENTRY_OVERHEAD_BYTES));
    let some = tables.entries(one.row, page(1, 3, 9, 999)).unwrap();
    assert_eq!(some, [entry(2, 20, "2"), entry(3, 30, "3")]);
    assert_eq!(tables.entries(two.row, page(0, 9, 9, 999)).unwrap(), []);
    tables.set_fence(one.row, Epoch(7)).unwrap();
    assert_eq!(reload(tables, 1).fence, Epoch(7));
    assert_eq!(reload(tables, 2).fence, Epoch(0));
}

pub(super) fn pages_are_bounded_but_never_empty(tables: &dyn Tables) {
    let log = make_log(tables, 1);
    for seq in 1..=4 {
        append(tables, &log, entry(seq, 1, "0123456789")).unwrap();
    }
    let number = |page| tables.entries(log.row, page).unwrap().len();
    assert_eq!(number(page(0, u64::MAX, 3, 999)), 3);
    assert_eq!(number(page(0, u64::MAX, 9, 25)), 2);
    assert_eq!(number(page(0, u64::MAX, 9, 1)), 1);
    assert_eq!(number(page(u64::MAX, u64::MAX, 9, 999)), 0);
}

pub(super) fn advance(tables: &dyn Tables, id: u8, begun: u64, revokes: bool) {
    let stored = reload(tables, id);
    let next = StoredEpoch {
        epoch: stored.epoch.next(),
        access_key: [u8::try_from(begun).unwrap(); 32],
        parent: Some(CommitHash::of(&begun.to_be_bytes())),
        begun: Seq(begun),
    };
    append(tables, &stored, entry(begun, begun, "commit")).unwrap();
    tables.begin_epoch(&stored, &next, revokes).unwrap();
}

pub(super) fn epochs_have_keys_and_boundaries(tables: &dyn Tables) {
    let log = make_log(tables, 1);
    advance(tables, 1, 1, false);
    advance(tables, 1, 2, true);
    advance(tables, 1, 3, false);
    advance(tables, 1, 4, true);
    let epoch = |number| tables.epoch(log.row, Epoch(number)).unwrap();
    let first = StoredEpoch { epoch: Epoch(0), access_key: [1; 32], parent: None, begun: Seq(0) };
    assert_eq!(epoch(0), Some(first));
    let fourth = epoch(4).unwrap();
    assert_eq!((fourth.access_key, fourth.begun), ([4; 32], Seq(4)));
    assert_eq!(fourth.parent, Some(CommitHash::of(&4_u64.to_be_bytes())));
    assert_eq!(epoch(5), None);
    let boundary = |from| tables.boundary(log.row, Epoch(from)).unwrap();
    assert_eq!([boundary(0), boundary(1)], [Some(Seq(2)); 2]);
    assert_eq!([boundary(2), boundary(3)], [Some(Seq(4)); 2]);
    assert_eq!(boundary(4), None);
}

pub(super) fn submissions_are_remembered_with_their_entries(tables: &dyn Tables) {
    let (one, two) = (make_log(tables, 1), make_log(tables, 2));
    let id = SubmissionId::new([7; 16]);
    let new = |seq, text| NewEntry { submission: id, kept: Timestamp(seq), entry: entry(seq, seq, text) };
    assert!(tables.append(&one, &new(1, "first")).unwrap());
    assert_eq!(tables.submitted(one.row, &id).unwrap(), Some(entry(1, 1, "first")));
    assert_eq!(tables.submitted(two.row, &id).unwrap(), None);
    // Used in this log: nothing is added, and nothing counted.
    assert!(!tables.append(&reload(tables, 1), &new(2, "second")).unwrap());
    assert_eq!((reload(tables, 1).head, reload(tables, 1).bytes), (Seq(1), 5 + ENTRY_OVERHEAD_BYTES));
    assert!(tables.append(&two, &new(1, "elsewhere")).unwrap());
    tables.trim_logs(expiry(9, 2), ROWS).unwrap();
    assert_eq!(tables.submitted(one.row, &id).unwrap(), None);
}

pub(super) fn trimming_takes_the_oldest_and_their_epochs(tables: &dyn Tables) {
    make_log(tables, 1);
    make_log(tables, 2);
    for n in 1..=4 {
        advance(tables, 1, n, true);
        advance(tables, 2, n, false);
    }
    assert_eq!(tables.trim_logs(expiry(9, 1), ROWS).unwrap(), Trimmed::Nothing);
    // One log in each step.
    assert_eq!(tables.trim_logs(expiry(9, 3), ROWS).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_logs(expiry(9, 3), ROWS).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_logs(expiry(9, 3), ROWS).unwrap(), Trimmed::Nothing);
    for id in [1, 2] {
        let log = reload(tables, id);
        assert_eq!((log.trimmed, log.head, log.epoch), (Seq(2), Seq(4), Epoch(4)));
        assert_eq!(log.bytes, 2 * (6 + ENTRY_OVERHEAD_BYTES));
        assert_eq!(tables.entries(log.row, page(0, 9, 9, 999)).unwrap().len(), 2);
        let kept = |epoch| tables.epoch(log.row, Epoch(epoch)).unwrap().is_some();
        assert_eq!([kept(0), kept(1), kept(2), kept(3), kept(4)], [false, false, true, true, true]);
    }
}

/// Stamps and times from a clock that was a year ahead for a while, then correct again.
pub(super) fn a_clock_that_was_ahead_keeps_nothing_for_good(tables: &dyn Tables) {
    let ahead = 1_000 * DAY_MS;
    let number = |id| tables.entries(reload(tables, id).row, page(0, 99, 99, 999)).unwrap().len();
    let sweep = |day: u64| {
        let time = Expiry::of(Timestamp(day * DAY_MS), 90 * DAY_MS);
        while tables.trim_logs(time, ROWS).unwrap() == Trimmed::Some {}
        while tables.trim_blobs(time, ROWS).unwrap() == Trimmed::Some {}
    };
    // All entries of the first log are from then, some of the second's, and none of the third's.
    let add = |id, seq, at: u64, kept: u64| {
        append_kept(tables, &reload(tables, id), entry(seq, at, "text"), Timestamp(kept)).unwrap();
    };
    for id in [1, 2, 3] {
        make_log(tables, id);
    }
    add(1, 1, ahead, ahead);
    add(2, 1, ahead, ahead);
    tables.put_blob(&[1; 16], Timestamp(ahead), b"ahead").unwrap();
    for n in 1..=3 {
        add(2, n + 1, ahead, n * DAY_MS);
        add(3, n, n * DAY_MS, n * DAY_MS);
    }
    tables.put_blob(&[2; 16], Timestamp(3 * DAY_MS), b"right").unwrap();
    sweep(4);
    assert_eq!([number(1), number(2), number(3)], [1, 4, 3]);
    // They do not delay others, and count as of the first sweep that saw them.
    sweep(94);
    assert_eq!(number(3), 0);
    assert!(tables.blob(&[2; 16]).unwrap().is_none());
    sweep(95);
    assert_eq!([number(1), number(2)], [0, 0]);
    assert!(tables.blob(&[1; 16]).unwrap().is_none());
}

pub(super) fn logs_end_some_time_after_their_last_entry(tables: &dyn Tables) {
    let (id, other) = (GroupId::new([1; 16]), GroupId::new([2; 16]));
    make_log(tables, 1);
    make_log(tables, 2);
    advance(tables, 1, 5, false);
    advance(tables, 2, 6, false);
    let idle = |now, before| tables.trim_empty_logs(expiry(now, before), ROWS).unwrap();
    // A log with entries is not empty, whenever they arrived.
    assert_eq!(idle(99, 99), Trimmed::Nothing);
    tables.trim_logs(expiry(10, 6), ROWS).unwrap();
    assert_eq!(reload(tables, 1).bytes, 0);
    // It keeps its key for returning members, until unused for longer.
    assert!(tables.epoch(reload(tables, 1).row, Epoch(1)).unwrap().is_some());
    assert_eq!(idle(10, 5), Trimmed::Nothing);
    // One that is used again counts from then on.
    let before = reload(tables, 1);
    append(tables, &before, entry(6, 20, "again")).unwrap();
    assert_eq!(idle(30, 15), Trimmed::Nothing);
    tables.trim_logs(expiry(30, 21), ROWS).unwrap();
    tables.trim_logs(expiry(30, 21), ROWS).unwrap();
    while idle(40, 20) == Trimmed::Some {}
    assert!(tables.log(&id).unwrap().is_some());
    assert!(tables.log(&other).unwrap().is_none());
    while idle(40, 21) == Trimmed::Some {}
    assert!(tables.log(&id).unwrap().is_none());
    assert_eq!(tables.epoch(before.row, Epoch(1)).unwrap(), None);
    // A manual deletion removes everything.
    make_log(tables, 3);
    advance(tables, 3, 1, true);
    let third = GroupId::new([3; 16]);
    while tables.delete_log(&third, Step { rows: 1, bytes: 1 }).unwrap() == Trimmed::Some {}
    assert!(tables.log(&third).unwrap().is_none());
}

pub(super) fn steps_are_bounded_by_rows_and_bytes(tables: &dyn Tables) {
    make_log(tables, 1);
    for seq in 1..=9 {
        append(tables, &reload(tables, 1), entry(seq, 1, "0123456789")).unwrap();
        tables.put_blob(&[u8::try_from(seq).unwrap(); 16], Timestamp(1), b"0123456789").unwrap();
    }
    let number = || {
        let blobs = (1..=9).filter(|n| tables.blob(&[*n; 16]).unwrap().is_some()).count();
        (tables.entries(reload(tables, 1).row, page(0, 99, 99, 999)).unwrap().len(), blobs)
    };
    let steps = [
        (Step { rows: 2, bytes: 999 }, 7),
        (Step { rows: 9, bytes: 35 }, 4),
        (Step { rows: 9, bytes: 1 }, 3),
    ];
    for (step, left) in steps {
        tables.trim_logs(expiry(9, 2), step).unwrap();
        tables.trim_blobs(expiry(9, 2), step).unwrap();
        assert_eq!(number(), (left, left), "{step:?}");
    }
}
