//! The conformance suite that every backend must pass.

#![allow(clippy::unwrap_used)]

mod clients;
mod logs;

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
    in_one(&storage, logs::logs_are_kept_in_order).await;
    in_one(&storage, logs::pages_are_bounded_but_never_empty).await;
    in_one(&storage, logs::epochs_have_keys_and_boundaries).await;
    in_one(&storage, logs::submissions_are_remembered_with_their_entries).await;
    in_one(&storage, logs::trimming_takes_the_oldest_and_their_epochs).await;
    in_one(&storage, logs::a_clock_that_was_ahead_keeps_nothing_for_good).await;
    in_one(&storage, logs::logs_end_some_time_after_their_last_entry).await;
    in_one(&storage, logs::steps_are_bounded_by_rows_and_bytes).await;
    in_one(&storage, clients::inboxes_end_when_their_client_does_not_come).await;
    in_one(&storage, clients::inboxes_count_what_they_hold).await;
    in_one(&storage, clients::key_packages_go_out_once).await;
    in_one(&storage, clients::blobs_and_accounts_are_kept).await;
    in_one(&storage, clients::allowances_are_kept_until_they_are_whole).await;
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

const DAY_MS: u64 = 24 * 3600 * 1000;
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
