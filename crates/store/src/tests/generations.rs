//! Joining a group, being removed, and joining again.

use conclave_protocol::{Epoch, GroupId, Seq, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

fn state(epoch: u64) -> EpochSecret {
    EpochSecret { epoch: Epoch(epoch), bytes: SecretBytes::from(vec![epoch as u8; 100]) }
}

/// MLS state, tree, keys, a staged commit and a submission.
pub(super) fn fill(tx: &mut Tx<'_>, generation: &Generation) -> Result<(), Error> {
    tx.put_state(generation, &state(1), &[state(0)], Epoch(0))?;
    tx.put_tree(generation, Epoch(1), &[8; 32], b"a small tree")?;
    tx.put_access_seed(generation, &AccessSeed { epoch: Epoch(1), seed: [5; 32] }, Epoch(0))?;
    let entry = SubmissionBody::Entry { entry: bytes::Bytes::from_static(b"entry") };
    let entry = submission(6, entry);
    tx.put_staged(
        generation,
        &StagedCommit {
            epoch: Epoch(1),
            commit: conclave_protocol::CommitHash::new([7; 32]),
            secrets: SecretBytes::from(b"commit secrets".to_vec()),
            submission: entry.submission.id,
            intent: None,
        },
    )?;
    tx.put_submission(generation, &entry)
}

/// Rows in the tables of MLS state.
fn mls_rows(store: &Store) -> i64 {
    let tables = ["states", "prior_epochs", "trees", "tree_chunks", "access_keys", "staged", "submissions"];
    let count = |table: &&str| {
        store
            .raw()
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    tables.iter().map(count).sum()
}

#[test]
fn a_staged_membership_shows_nothing() {
    let store = Store::open_temporary(&KEY).unwrap();
    let generation = store
        .write(|tx| {
            let generation = tx.start_generation(&GROUP, &KeyHandle::new("leaf"), Timestamp(1))?;
            tx.put_head(&generation, &head(1))?;
            fill(tx, &generation)?;
            Ok(generation)
        })
        .unwrap();
    assert_eq!(store.read(|view| view.groups()).unwrap(), []);
    assert_eq!(store.read(|view| view.live_groups()).unwrap(), []);
    assert_eq!(store.read(|view| view.generation(&GROUP)).unwrap(), None);
    assert!(store.read(|view| view.saved(&generation)).unwrap().is_some());
    let conflict = Err(Error::Conflict { what: "the generation" });
    let row = message(1, "bob", 1, text("hi"));
    assert_eq!(store.write(|tx| tx.add_message(&generation, &row)), conflict);
    store.write(|tx| tx.drop_generation(&generation)).unwrap();
    assert_eq!(mls_rows(&store), 0);
    assert_eq!(
        store.read(|view| view.timeline(&GROUP, PageFrom::Newest, 1)).map(drop),
        Err(Error::NotFound(Missing::Group))
    );
}

#[test]
fn being_added_again_begins_a_generation_and_keeps_the_timeline() {
    let (store, first) = in_a_group();
    store
        .write(|tx| {
            fill(tx, &first)?;
            tx.add_message(&first, &message(1, "bob", 1, text("before")))
        })
        .unwrap();
    let rows = mls_rows(&store);
    let second = store
        .write(|tx| {
            let second = begin(tx, &GROUP)?;
            fill(tx, &second)?;
            tx.add_message(&second, &message(2, "bob", 9, text("after")))?;
            Ok(second)
        })
        .unwrap();
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(mls_rows(&store), rows, "the former generation's rows are gone");
    assert_eq!(texts(&store), ["before", "after"]);
    assert_eq!(store.read(|view| view.saved(&first)).unwrap(), None);
    assert_eq!(store.write(|tx| tx.put_head(&first, &head(3))), Err(Error::NotFound(Missing::Generation)));
    assert_eq!(store.read(|view| view.generation(&GROUP)).unwrap(), Some(second));
}

#[test]
fn a_staged_rejoin_leaves_the_broken_membership_as_it_is_until_it_is_promoted() {
    let (store, first) = in_a_group();
    let staged = store
        .write(|tx| {
            fill(tx, &first)?;
            let staged = tx.start_generation(&GROUP, &KeyHandle::new("leaf-2"), Timestamp(2))?;
            tx.put_head(&staged, &head(7))?;
            fill(tx, &staged)?;
            Ok(staged)
        })
        .unwrap();
    assert_eq!(store.read(|view| view.head(&GROUP)).unwrap().unwrap().0, first);
    let conflict = Err(Error::Conflict { what: "the generation" });
    assert_eq!(store.write(|tx| tx.drop_generation(&first)), conflict);
    store.write(|tx| tx.promote(&staged)).unwrap();
    let (shown, now) = store.read(|view| view.head(&GROUP)).unwrap().unwrap();
    assert_eq!((shown, now.epoch), (staged, Epoch(7)));
    assert_eq!(store.read(|view| view.saved(&first)).unwrap(), None);
}

#[test]
fn forgetting_keeps_what_was_read() {
    let (store, generation) = in_a_group();
    let mut log = Log::new();
    let intents = store
        .write(|tx| {
            fill(tx, &generation)?;
            tx.add_membership(&generation, &[log.row(1, MembershipKind::Removed, "bob", "ana")])?;
            tx.add_message(&generation, &message(1, "bob", 1, text("bye")))?;
            tx.add_send(&GROUP, &own(2, text("wait")))?;
            let rename = tx.add_intent(&GROUP, &IntentKind::Rename { name: "x".into() }, Timestamp(1))?;
            tx.add_intent(&GROUP, &IntentKind::Leave, Timestamp(1))?;
            tx.add_intent(&GROUP, &IntentKind::Update { signer: None }, Timestamp(1))?;
            let removed = GroupStatus::Removed { by: Some(user("bob")) };
            tx.put_head(&generation, &GroupHead { status: removed, ..head(2) })?;
            tx.forget(&generation)?;
            Ok(rename)
        })
        .unwrap();
    assert_eq!(mls_rows(&store), 0);
    assert_eq!(store.read(|view| view.saved(&generation)).unwrap(), None);
    assert_eq!(store.read(|view| view.live_groups()).unwrap(), []);
    assert_eq!(entry(&store).status, GroupStatus::Removed { by: Some(user("bob")) });
    assert_eq!(texts(&store), ["bye", "wait"]);
    assert!(matches!(shown(&store)[1].state, MessageState::Failed { reason: FailReason::NotAMember, .. }));
    let rows = page(&store);
    assert!(matches!(&rows[0].body, RowBody::Membership(_)));
    assert!(matches!(&rows[3].body, RowBody::ChangeFailed { intent, .. } if *intent == intents));
    assert_eq!((rows.len(), store.read(|view| view.waiting(&GROUP)).unwrap()), (4, 0));
}

#[test]
fn a_group_that_breaks_says_so_once_and_where() {
    let (store, generation) = in_a_group();
    let broken = GroupHead { status: GroupStatus::Broken { cause: UnreadableCause::Diverged }, ..head(1) };
    store
        .write(|tx| {
            tx.add_send(&GROUP, &own(1, text("queued")))?;
            tx.set_cursor(&generation, Seq(6), Timestamp(60))?;
            tx.put_head(&generation, &broken)?;
            tx.put_head(&generation, &broken)
        })
        .unwrap();
    let rows = page(&store);
    assert_eq!(rows[0].body, RowBody::NeedsSetup { cause: UnreadableCause::Diverged });
    assert_eq!((rows[0].position, rows[0].at, rows.len()), (6 << 10, Timestamp(60), 2));
}

#[test]
fn deleting_a_group_deletes_all_of_it() {
    let (store, generation) = in_a_group();
    let other = GroupId::new([2; 16]);
    store
        .write(|tx| {
            let second = begin(tx, &other)?;
            tx.add_message(&second, &message(1, "cat", 1, text("stays")))?;
            fill(tx, &generation)?;
            tx.add_membership(&generation, &[Log::new().row(1, MembershipKind::Added, "bob", "ana")])?;
            tx.add_message(&generation, &message(1, "bob", 1, text("goes")))?;
            tx.add_send(&GROUP, &own(2, text("goes")))?;
            tx.delete_group(&GROUP)
        })
        .unwrap();
    for table in ["membership", "intents", "states"] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(store.raw().query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{table}");
    }
    let groups = store.read(|view| view.groups()).unwrap();
    assert_eq!(groups.iter().map(|entry| entry.generation.group).collect::<Vec<_>>(), [other]);
    assert_eq!(store.write(|tx| tx.delete_group(&GROUP)), Err(Error::NotFound(Missing::Group)));
}

#[test]
fn every_status_comes_back() {
    let (store, generation) = in_a_group();
    for status in [
        GroupStatus::Creating,
        GroupStatus::Active,
        GroupStatus::Leaving,
        GroupStatus::Left,
        GroupStatus::Removed { by: None },
        GroupStatus::Removed { by: Some(user("bob")) },
        GroupStatus::Broken { cause: UnreadableCause::Damaged },
    ] {
        let head = GroupHead { status, ..head(4) };
        store.write(|tx| tx.put_head(&generation, &head)).unwrap();
        assert_eq!(store.read(|view| view.head(&GROUP)).unwrap(), Some((generation, head)));
    }
}
