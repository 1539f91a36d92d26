//! What every backend must do, as one suite to be run over each.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::wire::EntryKind;
use conclave_protocol::{
    ClientUri, CommitHash, Epoch, GroupId, Handle, InboxId, Seq, SubmissionId, Timestamp,
};

use super::{
    NewKeyPackage, Page, Storage, StorageError, StoredAccount, StoredEntry, StoredEpoch, StoredLog,
    StoredSubmission, Tables, read, write,
};
use crate::refusal::Refusal;

/// Runs the whole suite over an empty backend.
pub(crate) async fn check(storage: Arc<dyn Storage>) {
    works_are_whole_or_nothing(&*storage).await;
    works_keep_their_order(&*storage).await;
    in_one(&storage, logs_are_kept_in_order).await;
    in_one(&storage, pages_are_bounded_but_never_empty).await;
    in_one(&storage, epochs_have_keys_and_boundaries).await;
    in_one(&storage, submissions_are_remembered_until_forgotten).await;
    in_one(&storage, trimming_takes_the_oldest_and_their_epochs).await;
    in_one(&storage, inboxes_count_what_they_hold).await;
    in_one(&storage, key_packages_go_out_once).await;
    in_one(&storage, blobs_and_accounts_are_kept).await;
    storage.close().await;
    assert_eq!(write(&*storage, |_| Ok(())).await, Err(StorageError::Busy));
    assert_eq!(read(&*storage, |_| Ok(())).await, Err(StorageError::Busy));
}

/// Runs a check in a work that is undone in the end, so that checks do not meet each other's rows.
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
    // Side by side, so that they may share a transaction.
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
        tables.append(one.row, &entry(seq, seq * 10, &seq.to_string())).unwrap();
    }
    assert!(tables.append(one.row, &entry(5, 60, "twice")).is_err());
    let stored = reload(tables, 1);
    assert_eq!((stored.head, stored.at, stored.epoch), (Seq(5), Timestamp(50), Epoch(0)));
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
        tables.append(log.row, &entry(seq, 1, "0123456789")).unwrap();
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
    tables.append(stored.row, &entry(begun, begun, "commit")).unwrap();
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

fn submissions_are_remembered_until_forgotten(tables: &dyn Tables) {
    let (one, two) = (make_log(tables, 1), make_log(tables, 2));
    let id = |n| SubmissionId::new([n; 16]);
    for n in 1..=3 {
        let epoch = Epoch(n.into());
        let submission = StoredSubmission { id: id(n), epoch, digest: [n; 32], seq: Seq(n.into()) };
        tables.remember(one.row, &submission).unwrap();
        assert_eq!(tables.submission(one.row, &id(n)).unwrap(), Some(submission));
        assert_eq!(tables.submission(two.row, &id(n)).unwrap(), None);
    }
    tables.forget(one.row, Epoch(3)).unwrap();
    let left = |n| tables.submission(one.row, &id(n)).unwrap().is_some();
    assert_eq!([left(1), left(2), left(3)], [false, false, true]);
}

fn trimming_takes_the_oldest_and_their_epochs(tables: &dyn Tables) {
    make_log(tables, 1);
    make_log(tables, 2);
    for n in 1..=4 {
        advance(tables, 1, n, true);
        advance(tables, 2, n, false);
    }
    assert_eq!(tables.trim_logs(Timestamp(1), 99).unwrap(), 0);
    assert_eq!(tables.trim_logs(Timestamp(3), 3).unwrap(), 3);
    assert_eq!(tables.trim_logs(Timestamp(3), 3).unwrap(), 1);
    for id in [1, 2] {
        let log = reload(tables, id);
        assert_eq!((log.trimmed, log.head, log.epoch), (Seq(2), Seq(4), Epoch(4)));
        assert_eq!(tables.entries(log.row, page(0, 9, 9, 999)).unwrap().len(), 2);
        let kept = |epoch| tables.epoch(log.row, Epoch(epoch)).unwrap().is_some();
        assert_eq!([kept(0), kept(1), kept(2), kept(3), kept(4)], [false, false, true, true, true]);
    }
}

fn inboxes_count_what_they_hold(tables: &dyn Tables) {
    let (inbox, other) = (InboxId::new([1; 16]), InboxId::new([2; 16]));
    assert_eq!(tables.inbox_load(&inbox).unwrap(), None);
    assert!(tables.put_in_inbox(&inbox, Timestamp(1), b"nowhere").is_err());
    tables.open_inbox(&inbox).unwrap();
    tables.open_inbox(&other).unwrap();
    for (n, at) in [(1, 50), (2, 40), (3, 60)] {
        assert_eq!(tables.put_in_inbox(&inbox, Timestamp(at), b"welcome").unwrap(), Seq(n));
    }
    tables.open_inbox(&inbox).unwrap();
    let load = || {
        let load = tables.inbox_load(&inbox).unwrap().unwrap();
        (load.entries, load.bytes, load.head)
    };
    assert_eq!(load(), (3, 21, Seq(3)));
    let entries = tables.inbox_entries(&inbox, page(0, 9, 9, 999)).unwrap();
    let stamps: Vec<_> = entries.iter().map(|entry| entry.at.0).collect();
    assert_eq!(stamps, [50, 50, 60]);
    tables.delete_from_inbox(&inbox, Seq(2)).unwrap();
    tables.delete_from_inbox(&inbox, Seq(2)).unwrap();
    assert_eq!(load(), (1, 7, Seq(3)));
    tables.delete_from_inbox(&inbox, Seq(u64::MAX)).unwrap();
    assert_eq!(load(), (0, 0, Seq(3)));
    assert_eq!(tables.put_in_inbox(&inbox, Timestamp(70), b"next").unwrap(), Seq(4));
    assert_eq!(tables.inbox_entries(&other, page(0, 9, 9, 999)).unwrap(), []);
}

fn key_packages_go_out_once(tables: &dyn Tables) {
    let client = |device: &str| -> ClientUri { format!("mimi://a.b/u/bob/d/{device}").parse().unwrap() };
    let (laptop, phone) = (client("0000000000000001"), client("0000000000000002"));
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
    assert_eq!(tables.devices(laptop.user()).unwrap(), [laptop.clone(), phone.clone()]);
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
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), 2);
    assert_eq!(tables.trim_key_packages(Timestamp(150), 2).unwrap(), 1);
    assert_eq!(tables.count_key_packages(&laptop, None, now).unwrap(), (1, false));
}

fn blobs_and_accounts_are_kept(tables: &dyn Tables) {
    for n in 1..=3 {
        assert!(tables.put_blob(&[n; 16], Timestamp(n.into()), &[n]).unwrap());
    }
    assert!(!tables.put_blob(&[1; 16], Timestamp(9), &[9]).unwrap());
    assert_eq!(tables.blob(&[1; 16]).unwrap().unwrap(), [1].as_slice());
    assert_eq!(tables.trim_blobs(Timestamp(3), 99).unwrap(), 2);
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
