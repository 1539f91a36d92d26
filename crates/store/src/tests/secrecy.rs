//! What is encrypted, and that deleted data is gone: from the database, its free pages and its log.

use bytes::Bytes;
use conclave_protocol::{Epoch, Timestamp};
use conclave_record::*;
use tempfile::TempDir;

use super::fixture::*;
use crate::inspect::{decrypted_pages, wal_path};
use crate::*;

/// Sixteen bytes that occur nowhere else, repeated so that no page boundary hides them all.
fn marker(name: &str) -> Vec<u8> {
    format!("<{name:->14}>").into_bytes()
}

fn marked(name: &str) -> Vec<u8> {
    marker(name).repeat(600)
}

fn found(folder: &TempDir, name: &str) -> bool {
    let pages = decrypted_pages(&folder.path().join("store.db"), &KEY).unwrap();
    let marker = marker(name);
    pages.windows(marker.len()).any(|window| window == marker)
}

fn opened() -> (TempDir, Store, Generation) {
    let folder = TempDir::new().unwrap();
    let store = Store::open(&folder.path().join("store.db"), &KEY).unwrap();
    let generation = store
        .write(|tx| {
            tx.put_account(&account())?;
            begin(tx, &GROUP)
        })
        .unwrap();
    (folder, store, generation)
}

fn secret(epoch: u64, name: &str) -> EpochSecret {
    EpochSecret { epoch: Epoch(epoch), bytes: SecretBytes::from(marked(name)) }
}

#[test]
fn nothing_on_disk_is_readable_without_the_key() {
    let (folder, store, generation) = opened();
    let secret_text = String::from_utf8(marked("text")).unwrap();
    store.write(|tx| tx.add_message(&generation, &message(1, "bob", 1, text(&secret_text)))).unwrap();
    let path = folder.path().join("store.db");
    let raw = || [std::fs::read(&path).unwrap(), std::fs::read(wal_path(&path)).unwrap()].concat();
    let reads = |needle: &[u8]| raw().windows(needle.len()).any(|window| window == needle);
    assert!(found(&folder, "text"), "the auditor's tool sees what is there, in the log too");
    assert!(!reads(&marker("text")) && !reads(b"CREATE TABLE") && !reads(b"SQLite format"));
    assert!(store.checkpoint().unwrap());
    assert!(found(&folder, "text"));
    assert!(!reads(&marker("text")) && !reads(b"CREATE TABLE") && !reads(b"SQLite format"));
    let other = decrypted_pages(&path, &StoreKey::new([9; 32]));
    assert_eq!(other.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
}

#[test]
fn replaced_and_trimmed_state_is_gone_after_a_checkpoint() {
    let (folder, store, generation) = opened();
    store
        .write(|tx| {
            tx.put_state(&generation, &secret(1, "state one"), &[secret(0, "prior zero")], Epoch(0))?;
            tx.put_tree(&generation, Epoch(1), &[1; 32], &marked("tree one"))?;
            tx.put_access_seed(
                &generation,
                &AccessSeed { epoch: Epoch(1), seed: marked("seed one")[..32].try_into().unwrap() },
                Epoch(0),
            )
        })
        .unwrap();
    for name in ["state one", "prior zero", "tree one", "seed one"] {
        assert!(found(&folder, name), "{name}");
    }
    store
        .write(|tx| {
            tx.put_state(&generation, &secret(2, "state two"), &[secret(1, "prior one")], Epoch(1))?;
            tx.put_tree(&generation, Epoch(2), &[2; 32], b"another")?;
            tx.put_access_seed(&generation, &AccessSeed { epoch: Epoch(2), seed: [0; 32] }, Epoch(2))
        })
        .unwrap();
    assert!(store.checkpoint().unwrap());
    for name in ["state one", "prior zero", "tree one", "seed one"] {
        assert!(!found(&folder, name), "{name}");
    }
    assert!(found(&folder, "state two") && found(&folder, "prior one"));
}

#[test]
fn a_group_that_is_left_leaves_no_secret_and_one_that_is_deleted_no_text() {
    let (folder, store, generation) = opened();
    let said = String::from_utf8(marked("said")).unwrap();
    let entry = submission(6, SubmissionBody::Entry { entry: Bytes::from(marked("entry")) });
    store
        .write(|tx| {
            tx.put_state(&generation, &secret(1, "state"), &[secret(0, "prior")], Epoch(0))?;
            tx.put_tree(&generation, Epoch(1), &[1; 32], &marked("tree"))?;
            let commit = conclave_protocol::CommitHash::new([7; 32]);
            let secrets = SecretBytes::from(marked("staged"));
            let submission = entry.submission.id;
            tx.put_staged(
                &generation,
                &StagedCommit { epoch: Epoch(1), commit, secrets, submission, intent: None },
            )?;
            tx.put_submission(&generation, &entry)?;
            tx.add_message(&generation, &message(1, "bob", 1, text(&said)))?;
            tx.add_intent(&GROUP, &IntentKind::Leave, Timestamp(1))
        })
        .unwrap();
    store.write(|tx| tx.forget(&generation)).unwrap();
    assert!(store.checkpoint().unwrap());
    for name in ["state", "prior", "tree", "staged", "entry"] {
        assert!(!found(&folder, name), "{name}");
    }
    assert!(found(&folder, "said"));
    store.write(|tx| tx.delete_group(&GROUP)).unwrap();
    assert!(store.checkpoint().unwrap());
    assert!(!found(&folder, "said"));
}

#[test]
fn a_new_membership_leaves_nothing_of_the_former_state() {
    let (folder, store, generation) = opened();
    store.write(|tx| tx.put_state(&generation, &secret(1, "former"), &[], Epoch(0))).unwrap();
    assert!(found(&folder, "former"));
    store.write(|tx| begin(tx, &GROUP)).unwrap();
    assert!(store.checkpoint().unwrap());
    assert!(!found(&folder, "former"));
}

#[test]
fn a_text_that_its_author_deleted_is_gone() {
    let (folder, store, generation) = opened();
    let said = |name: &str| String::from_utf8(marked(name)).unwrap();
    let content = |row: MessageRow, name: &str| MessageRow { content: Bytes::from(marked(name)), ..row };
    store
        .write(|tx| {
            tx.add_message(&generation, &content(message(1, "bob", 1, text(&said("first"))), "content"))?;
            let edit = MessageKind::Edit { target: id(1), text: said("edit"), format: TextFormat::Plain };
            tx.add_message(&generation, &message(2, "bob", 2, edit))
        })
        .unwrap();
    assert!(["first", "content", "edit"].iter().all(|name| found(&folder, name)));
    store
        .write(|tx| tx.add_message(&generation, &message(3, "bob", 3, MessageKind::Delete { target: id(1) })))
        .unwrap();
    assert!(store.checkpoint().unwrap());
    for name in ["first", "content", "edit"] {
        assert!(!found(&folder, name), "{name}");
    }
}

#[test]
fn a_used_key_package_is_gone() {
    let (folder, store, _) = opened();
    let row = KeyPackageRow {
        reference: Bytes::from_static(b"ref"),
        handle: KeyHandle::new("handle"),
        last_resort: false,
        cipher_suite: 1,
        not_after: Timestamp(1),
        data: SecretBytes::from(marked("init key")),
        public: Bytes::new(),
        chain: vec![],
        published: false,
        used: false,
    };
    store.write(|tx| tx.put_key_package(&row)).unwrap();
    assert!(found(&folder, "init key"));
    store.write(|tx| tx.delete_key_package(b"ref")).unwrap();
    assert!(store.checkpoint().unwrap());
    assert!(!found(&folder, "init key"));
}
