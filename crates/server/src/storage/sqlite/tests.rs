//! The SQLite backend passes the conformance suite in each of its forms; a unit of work that does not fit does not
//! affect others, and a lost thread is noticed.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures::FutureExt;

use super::{Place, SqliteStorage};
use crate::config::Executor;
use crate::keys::Keys;
use crate::storage::{Storage, StorageError, Tables, conformance, write};

const BYTES_MAX: u64 = 1 << 30;
const DEADLINE: Duration = Duration::from_secs(60);

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

/// Connections with a shared page cache evict each other's pages, and keep none if one holds more than its part.
#[test]
fn each_connection_has_a_page_cache_of_its_own() {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    let mut options = db.prepare("PRAGMA compile_options").unwrap();
    let options: Vec<String> = options.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(options.iter().any(|option| option.starts_with("THREADSAFE")), "{options:?}");
    // .cargo/config.toml disables it.
    assert!(!options.iter().any(|option| option == "ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
}

/// Keeps the writer busy until something is sent, so that work queued meanwhile shares a transaction.
fn hold(storage: &SqliteStorage) -> mpsc::Sender<()> {
    let (go_on, held) = mpsc::channel();
    let held = Mutex::new(Some(held));
    // Ends when released; nobody waits for it. It may share a transaction and run again: once is enough.
    drop(write(storage, move |_| Ok(held.lock().unwrap().take().is_some_and(|held| held.recv().is_ok()))));
    go_on
}

#[tokio::test]
async fn what_does_not_fit_keeps_nothing_else_of_its_batch_out() {
    let folder = tempfile::tempdir().unwrap();
    let place = file(&folder);
    let made = SqliteStorage::open(&place, Executor::Threads, 600 << 10, |_: &dyn Tables| Ok(()));
    let storage = made.unwrap().0;
    let go_on = hold(&storage);
    let put = |n: u8, bytes: usize| {
        let data = vec![n; bytes];
        write(&storage, move |tables| tables.put_blob(&[n; 16], conclave_protocol::Timestamp(1), &data))
    };
    let all: Vec<_> = (0..60).map(|n| put(n, if n % 10 == 5 { 1 << 20 } else { 1_000 })).collect();
    go_on.send(()).unwrap();
    for (n, done) in all.into_iter().enumerate() {
        let wanted = if n % 10 == 5 { Err(StorageError::Full) } else { Ok(true) };
        assert_eq!(done.await, wanted, "{n}");
    }
    storage.close().await;
}

#[tokio::test]
async fn one_that_fails_takes_nothing_of_the_others_in_its_transaction() {
    for fails_after_writing in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&file(&folder), Executor::Threads);
        let go_on = hold(&storage);
        let refused = StorageError::Failed("on purpose".to_owned());
        let put = |name: &'static str, ends: Result<(), StorageError>, writes: bool| {
            write(&storage, move |tables| {
                if writes {
                    tables.set_setting(name, "kept")?;
                }
                ends.clone()
            })
        };
        let before = put("before", Ok(()), true);
        let failed = put("failed", Err(refused.clone()), fails_after_writing);
        let after = put("after", Ok(()), true);
        go_on.send(()).unwrap();
        assert_eq!((before.await, failed.await, after.await), (Ok(()), Err(refused), Ok(())));
        for (name, kept) in [("before", true), ("failed", false), ("after", true)] {
            let found = crate::storage::read(&storage, move |tables| tables.setting(name)).await.unwrap();
            assert_eq!(found.is_some(), kept, "{name}");
        }
        storage.close().await;
    }
}

/// Waking it panics the thread that does so.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("on purpose");
    }
}

#[tokio::test]
async fn a_thread_that_is_lost_is_told_of_and_one_that_is_closed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let place = file(&folder);
    let storage = open(&place, Executor::Threads);
    let mut lost = storage.lost();
    storage.close().await;
    assert!(!*lost.borrow_and_update());

    let storage = open(&place, Executor::Threads);
    let mut lost = storage.lost();
    let go_on = hold(&storage);
    let mut done = write(&storage, |tables| tables.set_setting("last", "word"));
    let waker = Waker::from(Arc::new(Bomb));
    assert!(done.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    go_on.send(()).unwrap();
    tokio::time::timeout(DEADLINE, lost.wait_for(|lost| *lost)).await.unwrap().unwrap();
    // Waiters are not left waiting, and nothing is accepted that nobody would run.
    assert_eq!(write(&storage, |_| Ok(())).await, Err(StorageError::Busy));
    storage.close().await;
}
