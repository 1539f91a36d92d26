//! The SQLite backend passes the conformance suite in each of its forms, and shares its fsyncs.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::sync::Arc;

use super::{Place, SqliteStorage};
use crate::config::Executor;
use crate::keys::Keys;
use crate::storage::{Tables, conformance, write};

const BYTES_MAX: u64 = 1 << 30;

fn open(place: &Place, executor: Executor) -> SqliteStorage {
    SqliteStorage::open(place, executor, BYTES_MAX, |_: &dyn Tables| Ok(())).unwrap().0
}

fn file(folder: &tempfile::TempDir) -> Place {
    let lock = File::create(folder.path().join("lock")).unwrap();
    let key = Keys::ephemeral().unwrap().database;
    Place::File { path: folder.path().join("test.db"), key, _lock: Arc::new(lock) }
}

#[tokio::test]
async fn it_conforms_in_memory_and_on_disk_inline_and_threaded() {
    for executor in [Executor::Inline, Executor::Threads] {
        conformance::check(Arc::new(open(&Place::Memory, executor))).await;
        let folder = tempfile::tempdir().unwrap();
        conformance::check(Arc::new(open(&file(&folder), executor))).await;
    }
}

#[tokio::test]
async fn what_was_taken_on_is_done_before_it_closes() {
    use crate::storage::Storage;
    let folder = tempfile::tempdir().unwrap();
    let place = file(&folder);
    let storage = open(&place, Executor::Threads);
    let last = (0..1_000)
        .map(|n| write(&storage, move |tables| tables.set_setting("last", &n.to_string())))
        .last()
        .unwrap();
    storage.close().await;
    last.await.unwrap();
    let again = open(&place, Executor::Inline);
    let last = crate::storage::read(&again, |tables| tables.setting("last")).await.unwrap();
    assert_eq!(last.as_deref(), Some("999"));
}
