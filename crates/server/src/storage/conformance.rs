//! The conformance suite that every backend must pass.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::wire::EntryKind;
use conclave_protocol::{
    ClientUri, CommitHash, Epoch, GroupId, Handle, InboxId, Seq, SubmissionId, Timestamp,
};

use super::{
    AllowanceTag, ENTRY_OVERHEAD_BYTES, Expiry, NewEntry, NewKeyPackage, Origin, Page, Step, Storage,
    StorageError, StoredAccount, StoredAllowance, StoredEntry, StoredEpoch, StoredLog, Tables, Trimmed, read,
    write,
};
use crate::refusal::Refusal;

/// Runs the whole suite on an empty backend.
pub(crate) async fn check(storage: Arc<dyn Storage>) {
    works_are_whole_or_nothing(&*storage).await;
    works_keep_their_order(&*storage).await;
    in_one(&storage, logs_are_kept_in_order).await;
    in_one(&storage, pages_are_bounded_but_never_empty).await;
    in_one(&storage, epochs_have_keys_and_boundaries).await;
    in_one(&storage, submissions_are_remembered_with_their_entries).await;
    in_one(&storage, trimming_takes_the_oldest_and_their_epochs).await;
    in_one(&storage, a_clock_that_was_ahead_keeps_nothing_for_good).await;
    in_one(&storage, logs_end_some_time_after_their_last_entry).await;
    in_one(&storage, steps_are_bounded_by_rows_and_bytes).await;
    in_one(&storage, inboxes_end_when_their_client_does_not_come).await;
    in_one(&storage, inboxes_count_what_they_hold).await;
    in_one(&storage, key_packages_go_out_once).await;
    in_one(&storage, blobs_and_accounts_are_kept).await;
    in_one(&storage, allowances_are_kept_until_they_are_whole).await;
    storage.close().await;
    assert_eq!(write(&*storage, |_| Ok(())).await, Err(StorageError::Busy));
    assert_eq!(read(&*storage, |_| Ok(())).await, Err(StorageError::Busy));
}

/// Runs a check in a unit of work that is rolled back, so that checks do not see each other's rows.
async fn in_one(storage: &Arc<dyn Storage>, check: fn(&dyn Tables)) {
    let undone = StorageError::Refused(Refusal::NotHere);
    let wanted = Err(undone.clone());
    let done = write(&**storage, move |tables| -> Result<(), StorageError> {
        check(tables);
        Err(undone.clone())
    });
    assert_eq!(done.await, wanted);
}

async fn works_are_whole_or_nothing(storage: &dyn Storage) {
    let half = |value: &'static str, end: Result<(), StorageError>| {
        write(storage, move |tables| {
            tables.set_setting("half", value)?;
            end.clone()
        })
    };
    let failed = StorageError::Failed("on purpose".to_owned());
    // Concurrent, so that they may share a transaction.
    let (kept, undone, panicked, also) = (
        half("kept", Ok(())),
        half("undone", Err(failed.clone())),
        write(storage, |tables| -> Result<(), StorageError> {
            tables.set_setting("half", "panicked")?;
            panic!("on purpose")
        }),
        write(storage, |tables| tables.set_setting("other", "kept")),
    );
    assert_eq!(kept.await, Ok(()));
    assert_eq!(undone.await, Err(failed));
    assert!(matches!(panicked.await, Err(StorageError::Failed(_))));
    assert_eq!(also.await, Ok(()));
    let both = read(storage, |tables| Ok((tables.setting("half")?, tables.setting("other")?)));
    assert_eq!(both.await.unwrap(), (Some("kept".to_owned()), Some("kept".to_owned())));
}

async fn works_keep_their_order(storage: &dyn Storage) {
    let append = |n: u32| {
        write(storage, move |tables| {
            let before = tables.setting("order")?.unwrap_or_default();
            tables.set_setting("order", &format!("{before}{n} "))
        })
    };
    let all: Vec<_> = (0..500).map(append).collect();
    for done in all.into_iter().rev() {
        done.await.unwrap();
    }
    let order = read(storage, |tables| tables.setting("order")).await.unwrap().unwrap();
    let numbers: Vec<u32> = order.split_whitespace().map(|n| n.parse().unwrap()).collect();
    assert_eq!(numbers, (0..500).collect::<Vec<_>>());
}

fn entry(seq: u64, at: u64, text: &str) -> StoredEntry {
    let body = Bytes::copy_from_slice(text.as_bytes());
    StoredEntry { seq: Seq(seq), at: Timestamp(at), kind: EntryKind::Application, body }
}

/// Adds an entry under a submission id of its own, kept from its stamp.
fn append(tables: &dyn Tables, log: &StoredLog, entry: StoredEntry) -> Result<bool, StorageError> {
    let kept = entry.at;
    append_kept(tables, log, entry, kept)
}

fn append_kept(
    tables: &dyn Tables,
    log: &StoredLog,
    entry: StoredEntry,
    kept: Timestamp,
) -> Result<bool, StorageError> {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&entry.seq.0.to_be_bytes());
    tables.append(log, &NewEntry { submission: SubmissionId::new(id), kept, entry })
}

fn expiry(now: u64, before: u64) -> Expiry {
    Expiry { now: Timestamp(now), before: Timestamp(before) }
}

const ROWS: Step = Step { rows: 99, bytes: 1 << 20 };

fn page(after: u64, upto: u64, entries: usize, bytes: usize) -> Page {
    Page { after: Seq(after), upto: Seq(upto), entries, bytes }
}

fn make_log(tables: &dyn Tables, id: u8) -> StoredLog {
    tables.create_log(&GroupId::new([id; 16]), &[id; 32]).unwrap()
}

fn reload(tables: &dyn Tables, id: u8) -> StoredLog {
    tables.log(&GroupId::new([id; 16])).unwrap().unwrap()
}

fn logs_are_kept_in_order(tables: &dyn Tables) {
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

fn pages_are_bounded_but_never_empty(tables: &dyn Tables) {
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

fn advance(tables: &dyn Tables, id: u8, begun: u64, revokes: bool) {
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

fn epochs_have_keys_and_boundaries(tables: &dyn Tables) {
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

fn submissions_are_remembered_with_their_entries(tables: &dyn Tables) {
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

fn trimming_takes_the_oldest_and_their_epochs(tables: &dyn Tables) {
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

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Stamps and times from a clock that was a year ahead for a while, then correct again.
fn a_clock_that_was_ahead_keeps_nothing_for_good(tables: &dyn Tables) {
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

fn logs_end_some_time_after_their_last_entry(tables: &dyn Tables) {
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

fn steps_are_bounded_by_rows_and_bytes(tables: &dyn Tables) {
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

fn inboxes_end_when_their_client_does_not_come(tables: &dyn Tables) {
    let (dead, alive) = (InboxId::new([1; 16]), InboxId::new([2; 16]));
    let day = |n: u64| Timestamp(n * DAY_MS + 7);
    let time = |now, before| Expiry { now: day(now), before: day(before) };
    for inbox in [&dead, &alive] {
        tables.open_inbox(inbox, day(1)).unwrap();
        for _ in 0..3 {
            tables.put_in_inbox(inbox, Origin(1), b"welcome").unwrap();
        }
    }
    tables.open_inbox(&alive, day(5)).unwrap();
    assert_eq!(tables.trim_inboxes(time(9, 1), ROWS).unwrap(), Trimmed::Nothing);
    // Its entries are deleted in steps, then the inbox.
    let step = Step { rows: 9, bytes: 14 };
    let mut steps = 0;
    while tables.trim_inboxes(time(9, 5), step).unwrap() == Trimmed::Some {
        steps += 1;
    }
    assert_eq!(steps, 3);
    assert_eq!(tables.inbox_load(&dead).unwrap(), None);
    assert_eq!(tables.inbox_load(&alive).unwrap().unwrap().entries, 3);
    // The inbox of a client that connected while the clock was ahead ends too.
    tables.open_inbox(&dead, day(1_000)).unwrap();
    tables.trim_inboxes(time(9, 5), ROWS).unwrap();
    while tables.trim_inboxes(time(99, 10), ROWS).unwrap() == Trimmed::Some {}
    assert_eq!(tables.inbox_load(&dead).unwrap(), None);
}

fn inboxes_count_what_they_hold(tables: &dyn Tables) {
    let (inbox, other) = (InboxId::new([1; 16]), InboxId::new([2; 16]));
    assert_eq!(tables.inbox_load(&inbox).unwrap(), None);
    let (here, there) = (Origin(-1), Origin(2));
    assert!(tables.put_in_inbox(&inbox, here, b"nowhere").is_err());
    tables.open_inbox(&inbox, Timestamp(1)).unwrap();
    tables.open_inbox(&other, Timestamp(1)).unwrap();
    for (n, origin) in [(1, here), (2, there), (3, here)] {
        assert_eq!(tables.put_in_inbox(&inbox, origin, b"welcome").unwrap(), Seq(n));
    }
    tables.open_inbox(&inbox, Timestamp(1)).unwrap();
    let of = |origin| tables.inbox_load_of(&inbox, origin).unwrap();
    assert_eq!([of(here), of(there), of(Origin(3))], [(2, 14), (1, 7), (0, 0)]);
    assert_eq!(tables.inbox_load_of(&other, here).unwrap(), (0, 0));
    let load = || {
        let load = tables.inbox_load(&inbox).unwrap().unwrap();
        (load.entries, load.bytes, load.head)
    };
    assert_eq!(load(), (3, 21, Seq(3)));
    let entries = tables.inbox_entries(&inbox, page(0, 9, 9, 999)).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [1, 2, 3]);
    tables.delete_from_inbox(&inbox, Seq(2)).unwrap();
    tables.delete_from_inbox(&inbox, Seq(2)).unwrap();
    assert_eq!(load(), (1, 7, Seq(3)));
    tables.delete_from_inbox(&inbox, Seq(u64::MAX)).unwrap();
    assert_eq!(load(), (0, 0, Seq(3)));
    assert_eq!(of(here), (0, 0));
    assert_eq!(tables.put_in_inbox(&inbox, here, b"next").unwrap(), Seq(4));
    assert_eq!(tables.inbox_entries(&other, page(0, 9, 9, 999)).unwrap(), []);
}

fn key_packages_go_out_once(tables: &dyn Tables) {
    let client = |device: &str| -> ClientUri { format!("mimi://a.b/u/bob/d/{device}").parse().unwrap() };
    let (laptop, phone) = (client("0000000000000001"), client("0000000000000002"));
    let tablet = client("0000000000000003");
    let new = |text: &str, suite: u16, not_after: u64| NewKeyPackage {
        cipher_suite: suite,
        not_after: Timestamp(not_after),
        key_package: Bytes::copy_from_slice(text.as_bytes()),
    };
    let now = Timestamp(100);
    tables.put_key_package(&laptop, &new("expired", 1, 99)).unwrap();
    for text in ["one", "two", "one"] {
        tables.put_key_package(&laptop, &new(text, 1, 100)).unwrap();
    }
    tables.put_key_package(&laptop, &new("other suite", 2, 200)).unwrap();
    tables.put_last_resort(&phone, &new("old", 1, 200)).unwrap();
    tables.put_last_resort(&phone, &new("last", 1, 200)).unwrap();
    assert_eq!(tables.devices(laptop.user(), now).unwrap(), [laptop.clone(), phone.clone()]);
    assert_eq!(tables.count_key_packages(&laptop, Some(1), now).unwrap(), (2, false));
    assert_eq!(tables.count_key_packages(&laptop, None, now).unwrap(), (3, false));
    assert_eq!(tables.count_key_packages(&phone, None, now).unwrap(), (0, true));
    assert_eq!(tables.key_package_suites(&laptop).unwrap(), [1, 2]);
    for text in ["one", "two"] {
        let oldest = tables.oldest_key_package(&laptop, 1, now).unwrap().unwrap();
        assert_eq!(oldest.key_package, text);
        tables.hand_out(oldest.row).unwrap();
        tables.put_key_package(&laptop, &new(text, 1, 100)).unwrap();
    }
    assert_eq!(tables.oldest_key_package(&laptop, 1, now).unwrap(), None);
    assert_eq!(tables.last_resort(&phone, 1, now).unwrap().unwrap().key_package, "last");
    assert_eq!(tables.last_resort(&phone, 2, now).unwrap(), None);
    assert_eq!(tables.last_resort(&phone, 1, Timestamp(201)).unwrap(), None);
    // Withdrawn ones are never handed out, even if they are uploaded again.
    for text in ["three", "three"] {
        tables.put_key_package(&tablet, &new(text, 1, 200)).unwrap();
        tables.put_last_resort(&tablet, &new("last", 1, 200)).unwrap();
        assert!(tables.count_key_packages(&tablet, None, now).unwrap().1);
        tables.withdraw_key_packages(&tablet).unwrap();
        assert_eq!(tables.count_key_packages(&tablet, None, now).unwrap(), (0, false));
        assert_eq!(tables.oldest_key_package(&tablet, 1, now).unwrap(), None);
    }
    assert!(tables.last_resort(&phone, 1, now).unwrap().is_some(), "another device keeps its own");
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), Trimmed::Nothing);
    assert_eq!(tables.count_key_packages(&laptop, None, now).unwrap(), (1, false));
    // A last-resort one expires too, and its device then no longer counts.
    assert_eq!(tables.devices(laptop.user(), Timestamp(201)).unwrap(), []);
    assert_eq!(tables.trim_key_packages(Timestamp(201), 9).unwrap(), Trimmed::Some);
    assert_eq!(tables.last_resort(&phone, 1, now).unwrap(), None);
    assert_eq!(tables.devices(laptop.user(), now).unwrap(), []);
}

fn blobs_and_accounts_are_kept(tables: &dyn Tables) {
    for n in 1..=3 {
        assert!(tables.put_blob(&[n; 16], Timestamp(n.into()), &[n]).unwrap());
    }
    assert!(!tables.put_blob(&[1; 16], Timestamp(9), &[9]).unwrap());
    assert_eq!(tables.blob(&[1; 16]).unwrap().unwrap(), [1].as_slice());
    assert_eq!(tables.trim_blobs(expiry(9, 3), ROWS).unwrap(), Trimmed::Some);
    assert_eq!(tables.trim_blobs(expiry(9, 3), ROWS).unwrap(), Trimmed::Nothing);
    assert_eq!(tables.blob(&[1; 16]).unwrap(), None);
    assert!(tables.blob(&[3; 16]).unwrap().is_some());

    let name: Handle = "alice".parse().unwrap();
    assert_eq!(tables.account(&name).unwrap(), None);
    let mut account = StoredAccount { identity_key: [1; 32], certificate: Bytes::from_static(b"one") };
    tables.put_account(&name, &account).unwrap();
    account.certificate = Bytes::from_static(b"renewed");
    tables.put_account(&name, &account).unwrap();
    assert_eq!(tables.account(&name).unwrap(), Some(account));
}

fn allowances_are_kept_until_they_are_whole(tables: &dyn Tables) {
    let of = |kind, tag, full_at| {
        let tag = AllowanceTag { kind, tag: [tag; 16] };
        StoredAllowance { tag, full_at: Timestamp(full_at) }
    };
    let first = [of(1, 1, 5_000), of(1, 2, 9_000), of(2, 1, 7_000)];
    tables.put_allowances(&first, Timestamp(1_000)).unwrap();
    assert_eq!(tables.allowances(10).unwrap(), [first[1], first[2], first[0]]);
    assert_eq!(tables.allowances(1).unwrap(), [first[1]]);
    let again = of(1, 1, 20_000);
    tables.put_allowances(&[again], Timestamp(8_000)).unwrap();
    assert_eq!(tables.allowances(10).unwrap(), [again, first[1]]);
    tables.put_allowances(&[], Timestamp(30_000)).unwrap();
    assert_eq!(tables.allowances(10).unwrap(), []);
}
