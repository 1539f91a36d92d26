//! All or nothing; several callers in one transaction; bounded reads.

use std::sync::mpsc;
use std::thread;

use conclave_protocol::Timestamp;

use super::fixture::*;
use crate::*;

fn setting(store: &Store, name: &str) -> Option<Vec<u8>> {
    store.read(|view| view.setting(name)).unwrap()
}

fn job(name: &'static str, fails: bool) -> BatchWrite<&'static str> {
    Box::new(move |tx| {
        tx.put_setting(name, b"x")?;
        if fails { Err(Error::Conflict { what: "a test" }) } else { Ok(name) }
    })
}

#[test]
fn a_failing_write_changes_nothing() {
    let store = Store::open_temporary(&KEY).unwrap();
    let result: Result<(), Error> = store.write(|tx| {
        tx.put_setting("a", b"1")?;
        Err(Error::NotFound(Missing::Row))
    });
    assert_eq!(result, Err(Error::NotFound(Missing::Row)));
    assert_eq!(setting(&store, "a"), None);
}

#[test]
fn a_panicking_write_changes_nothing_and_the_store_goes_on() {
    let store = Store::open_temporary(&KEY).unwrap();
    let panicked: Result<(), Error> = store.write(|tx| {
        tx.put_setting("a", b"1").unwrap();
        panic!("a test");
    });
    assert_eq!(panicked, Err(Error::Panicked));
    store.write(|tx| tx.put_setting("b", b"2")).unwrap();
    assert_eq!((setting(&store, "a"), setting(&store, "b")), (None, Some(b"2".to_vec())));
}

#[test]
fn a_panicking_write_takes_no_other_of_its_batch_with_it() {
    let store = Store::open_temporary(&KEY).unwrap();
    let panics: BatchWrite<&'static str> = Box::new(|tx| {
        tx.put_setting("b", b"1")?;
        panic!("a test");
    });
    let results = store.write_batch(vec![job("a", false), panics, job("c", false)]);
    assert_eq!(results, [Ok("a"), Err(Error::Panicked), Ok("c")]);
    let kept = ["a", "b", "c"].map(|name| setting(&store, name).is_some());
    assert_eq!(kept, [true, false, true]);
}

#[test]
fn a_panicking_read_leaves_its_connection_to_others() {
    let store = Store::open_temporary(&KEY).unwrap();
    store.write(|tx| tx.put_setting("a", b"1")).unwrap();
    for _ in 0..2 * READERS_MAX {
        let panicked: Result<(), Error> = store.read(|_| panic!("a test"));
        assert_eq!(panicked, Err(Error::Panicked));
    }
    assert!(setting(&store, "a").is_some());
}

#[test]
fn a_database_in_use_is_a_matter_of_time() {
    let busy = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None);
    assert_eq!(Error::from(busy), Error::Busy);
    assert!(Error::Busy.may_pass());
}

#[test]
fn in_a_batch_each_write_stands_alone() {
    let store = Store::open_temporary(&KEY).unwrap();
    let results = store.write_batch(vec![job("a", false), job("b", true), job("c", false)]);
    assert_eq!(results, [Ok("a"), Err(Error::Conflict { what: "a test" }), Ok("c")]);
    let kept = ["a", "b", "c"].map(|name| setting(&store, name).is_some());
    assert_eq!(kept, [true, false, true]);
    assert_eq!(store.read(|view| view.write_counter()).unwrap(), 1);
}

#[test]
fn a_full_disk_fails_the_whole_batch_and_says_so() {
    let store = Store::open_temporary(&KEY).unwrap();
    let pages: i64 = store.raw().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let limit = |pages: i64| store.raw().execute_batch(&format!("PRAGMA max_page_count = {pages}")).unwrap();
    limit(pages + 2);
    let big: BatchWrite<&'static str> = Box::new(|tx| tx.put_setting("big", &[1; 100_000]).map(|()| "big"));
    let results = store.write_batch(vec![job("a", false), big, job("b", false)]);
    assert_eq!(results[1], Err(Error::Disk(DiskFault::Full)));
    // SQLite may roll back the transaction or only the statement; what was reported as kept is kept.
    for (result, name) in [(&results[0], "a"), (&results[2], "b")] {
        assert_eq!(result.is_ok(), setting(&store, name).is_some());
    }
    limit(1 << 20);
    assert_eq!(store.write_batch(vec![job("a", false)]), [Ok("a")]);
}

#[test]
fn reads_see_one_state_and_do_not_wait_for_writes() {
    let store = Store::open_temporary(&KEY).unwrap();
    store.write(|tx| tx.put_setting("a", b"1")).unwrap();
    store
        .read(|view| {
            assert_eq!(view.setting("a")?, Some(b"1".to_vec()));
            store.write(|tx| tx.put_setting("a", b"2"))?;
            assert_eq!(view.setting("a")?, Some(b"1".to_vec()));
            Ok(())
        })
        .unwrap();
    assert_eq!(setting(&store, "a"), Some(b"2".to_vec()));
}

#[test]
fn a_read_that_takes_too_long_is_ended() {
    let store = Store::open_temporary(&KEY).unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let result = store.read(|view| Ok(view.conn.query_row(endless, [], |row| row.get::<_, i64>(0))?));
    assert_eq!(result, Err(Error::TooSlow));
    assert_eq!(setting(&store, "a"), None);
}

#[test]
fn more_readers_than_connections_wait_their_turn() {
    let store = Store::open_temporary(&KEY).unwrap();
    store.write(|tx| tx.put_setting("a", b"1")).unwrap();
    let (inside, entered) = mpsc::channel();
    thread::scope(|scope| {
        let (store, mut holds) = (&store, Vec::new());
        for _ in 0..READERS_MAX {
            let (release, wait) = mpsc::channel::<()>();
            let inside = inside.clone();
            holds.push(release);
            scope.spawn(move || {
                store.read(|view| {
                    view.setting("a")?;
                    inside.send(()).unwrap();
                    let _ = wait.recv();
                    Ok(())
                })
            });
        }
        (0..READERS_MAX).for_each(|_| entered.recv().unwrap());
        let late = scope.spawn(move || setting(store, "a"));
        holds.pop();
        assert_eq!(late.join().unwrap(), Some(b"1".to_vec()));
    });
}

#[test]
fn a_reader_sees_nothing_of_a_write_it_may_not_make() {
    let store = Store::open_temporary(&KEY).unwrap();
    let result = store.read(|view| Ok(view.conn.execute("DELETE FROM settings", [])?));
    assert_eq!(result, Err(Error::Disk(DiskFault::ReadOnly)));
}

#[test]
fn a_checkpoint_empties_the_log_unless_a_reader_is_in_the_way() {
    let store = Store::open_temporary(&KEY).unwrap();
    store.write(|tx| tx.put_setting("a", b"1")).unwrap();
    let blocked = store.read(|view| {
        view.setting("a")?;
        store.write(|tx| tx.put_setting("a", b"2"))?;
        store.checkpoint()
    });
    assert_eq!(blocked, Ok(false));
    assert_eq!(store.checkpoint(), Ok(true));
}

#[test]
fn values_that_are_not_ours_are_errors() {
    let (store, generation) = in_a_group();
    store.write(|tx| tx.add_message(&generation, &message(1, "bob", 1, text("hi")))).unwrap();
    let spoil = |sql: &str| store.raw().execute_batch(sql).unwrap();
    let corrupt = |what| Err(Error::Corrupt { what });
    spoil("UPDATE messages SET state = 77");
    assert_eq!(store.read(|view| view.message(&GROUP, &id(1))).map(|_| ()), corrupt("message state"));
    spoil("UPDATE messages SET state = 0, device = x'00'");
    assert_eq!(store.read(|view| view.message(&GROUP, &id(1))).map(|_| ()), corrupt("device"));
    spoil("UPDATE people SET uri = 'https://example.org' WHERE handle = 'bob'");
    assert_eq!(store.read(|view| view.groups()).map(|_| ()), corrupt("user"));
    spoil("UPDATE generations SET epoch = -1");
    assert_eq!(store.read(|view| view.head(&GROUP)).map(|_| ()), corrupt("epoch"));
}

#[test]
fn numbers_out_of_range_are_errors() {
    let (store, generation) = in_a_group();
    let far = message(1, "bob", 1 << 42, text("hi"));
    let result = store.write(|tx| tx.add_message(&generation, &far));
    assert_eq!(result, Err(Error::OutOfRange { what: "a place in the timeline" }));
    let result = store.write(|tx| tx.set_cursor(&generation, conclave_protocol::Seq(u64::MAX), Timestamp(0)));
    assert_eq!(result, Err(Error::OutOfRange { what: "sequence number" }));
}
