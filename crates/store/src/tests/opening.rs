//! Opening files: whose they are, with which key, and in what state.

use std::fs;
use std::path::Path;

use conclave_record::*;
use tempfile::TempDir;

use super::fixture::*;
use crate::*;

const OTHER_KEY: StoreKey = StoreKey::new([8; 32]);

fn made(folder: &TempDir) -> std::path::PathBuf {
    let path = folder.path().join("store.db");
    let store = Store::open(&path, &KEY).unwrap();
    store.write(|tx| tx.put_setting("a", &[5; 20_000])).unwrap();
    assert!(store.checkpoint().unwrap());
    path
}

fn refused(path: &Path, key: &StoreKey) -> OpenError {
    let before = fs::read(path).ok();
    let error = Store::open(path, key).map(|_| ()).unwrap_err();
    if !matches!(error, OpenError::Damaged { .. }) {
        assert_eq!(fs::read(path).ok(), before, "the file was touched");
    }
    error
}

/// Opening a store that was changed like this.
fn refused_after(change: &str) -> OpenError {
    let folder = TempDir::new().unwrap();
    let path = made(&folder);
    Store::open(&path, &KEY).unwrap().raw().execute_batch(change).unwrap();
    refused(&path, &KEY)
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let folder = TempDir::new().unwrap();
    let path = made(&folder);
    let store = Store::open(&path, &KEY).unwrap();
    assert_eq!(store.read(|view| view.setting("a")).unwrap(), Some(vec![5; 20_000]));
}

#[test]
fn two_do_not_share_a_store() {
    let folder = TempDir::new().unwrap();
    let path = made(&folder);
    let first = Store::open(&path, &KEY).unwrap();
    assert_eq!(refused(&path, &KEY), OpenError::InUse);
    drop(first);
    Store::open(&path, &KEY).unwrap();
}

#[test]
fn another_key_does_not_open_it() {
    let folder = TempDir::new().unwrap();
    let path = made(&folder);
    assert_eq!(refused(&path, &OTHER_KEY), OpenError::WrongKey);
    Store::open(&path, &KEY).unwrap();
}

#[test]
fn a_plain_database_is_not_ours() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert_eq!(refused(&path, &KEY), OpenError::NotOurs);
}

#[test]
fn any_other_file_is_not_ours() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    fs::write(&path, "a shopping list").unwrap();
    assert_eq!(refused(&path, &KEY), OpenError::NotOurs);
}

#[test]
fn a_database_of_another_app_is_not_ours() {
    assert_eq!(refused_after("PRAGMA application_id = 5"), OpenError::NotOurs);
}

#[test]
fn a_newer_schema_is_left_alone() {
    assert_eq!(refused_after("PRAGMA user_version = 99"), OpenError::TooNew { found: 99 });
}

#[test]
fn a_damaged_one_is_kept_aside() {
    let folder = TempDir::new().unwrap();
    let path = made(&folder);
    for expected in ["store.db.damaged-1", "store.db.damaged-2"] {
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(refused(&path, &KEY), OpenError::Damaged { kept_as: expected.into() });
        assert_eq!(fs::read(folder.path().join(expected)).unwrap(), bytes);
        assert!(!path.exists());
        made(&folder);
    }
}

#[test]
fn damage_in_the_middle_shows_when_it_is_read() {
    let folder = TempDir::new().unwrap();
    let path = made(&folder);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 2000;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let store = Store::open(&path, &KEY).unwrap();
    // SQLCipher returns zeros first and fails afterwards: none of them may get out.
    let damaged = Error::Corrupt { what: "a page" };
    assert_eq!(store.read(|view| view.setting("a").map(drop)), Err(damaged.clone()));
    assert_eq!(store.write(|tx| tx.view().setting("a").map(drop)), Err(damaged.clone()));
    let reads: BatchWrite<()> = Box::new(|tx| tx.view().setting("a").map(drop));
    let other: BatchWrite<()> = Box::new(|tx| tx.put_setting("b", b"1"));
    assert_eq!(store.write_batch(vec![other, reads]), [Err(damaged.clone()), Err(damaged)]);
    store.write(|tx| tx.put_setting("b", b"2")).unwrap();
    assert_eq!(store.read(|view| view.setting("b")), Ok(Some(b"2".to_vec())));
}

#[test]
fn a_folder_that_is_not_there_is_the_disks_fault() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("gone").join("store.db");
    assert_eq!(Store::open(&path, &KEY).map(|_| ()).unwrap_err(), OpenError::Disk(DiskFault::Io));
}

#[test]
fn an_empty_file_becomes_a_store() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    fs::write(&path, "").unwrap();
    Store::open(&path, &KEY).unwrap();
}

#[test]
fn a_temporary_one_leaves_nothing() {
    let store = Store::open_temporary(&KEY).unwrap();
    let path: String = store.raw().query_row("PRAGMA database_list", [], |row| row.get(2)).unwrap();
    assert!(Path::new(&path).exists());
    drop(store);
    assert!(!Path::new(&path).parent().unwrap().exists());
}

#[test]
fn nothing_prints_a_key() {
    assert_eq!(format!("{:?}", StoreKey::new([0xab; 32])), "StoreKey");
    let secret = SecretBytes::from(vec![0xab; 3]);
    assert_eq!(format!("{secret:?}"), "SecretBytes(3 bytes)");
}

#[test]
fn an_older_schema_is_brought_up_to_date() {
    let folder = TempDir::new().unwrap();
    let path = made(&folder);
    let store = Store::open(&path, &KEY).unwrap();
    store
        .raw()
        .execute_batch(
            "DROP INDEX timeline_counting; CREATE INDEX timeline_counting ON timeline (group_row, position, counts) WHERE counts <> 0; ALTER TABLE groups DROP COLUMN read_position; ALTER TABLE groups DROP COLUMN pinned; ALTER TABLE groups DROP COLUMN archived; ALTER TABLE groups DROP COLUMN marked_unread; ALTER TABLE groups DROP COLUMN muted_until; DROP INDEX messages_failed; DROP INDEX messages_target; CREATE INDEX messages_target ON messages (group_row, target) WHERE target IS NOT NULL; DROP TABLE drafts; DROP TABLE held_welcomes; ALTER TABLE generations DROP COLUMN stated; ALTER TABLE generations DROP COLUMN behind; ALTER TABLE generations DROP COLUMN log_offset; ALTER TABLE generations DROP COLUMN log_marks; ALTER TABLE key_packages DROP COLUMN published; ALTER TABLE key_packages DROP COLUMN used; ALTER TABLE account DROP COLUMN name; DROP TABLE names; DROP INDEX people_alike; ALTER TABLE people DROP COLUMN alike; ALTER TABLE intents DROP COLUMN due; PRAGMA user_version = 1",
        )
        .unwrap();
    drop(store);
    let store = Store::open(&path, &KEY).unwrap();
    assert_eq!(store.read(|view| view.held_welcomes()).unwrap(), []);
    assert!(store.read(|view| view.setting("a")).unwrap().is_some(), "existing data is still there");
}
