//! A group's machine is loaded from what it had written.

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch, InboxId, Seq, SubmissionId, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::sql::{self, Columns};
use crate::*;

fn submission_of_entry(number: u8) -> SubmissionRow {
    submission(number, SubmissionBody::Entry { entry: Bytes::from_static(b"entry") })
}

#[test]
fn everything_comes_back() {
    let (store, generation) = with_state();
    let body = SubmissionBody::Commit {
        bundle: Bytes::from_static(b"bundle"),
        welcomes: vec![
            WelcomeFor { inbox: InboxId::new([1; 16]), welcome: Bytes::from_static(b"one") },
            WelcomeFor { inbox: InboxId::new([2; 16]), welcome: Bytes::from_static(b"two") },
        ],
        first_access_key: Some([9; 32]),
        blob: Some(TreeBlob { id: [5; 16], data: Bytes::from_static(b"blob") }),
    };
    let submission = submission(4, body);
    let (intent, _) = store.write(|tx| tx.add_send(&GROUP, &own(1, text("hi")))).unwrap();
    let entry = SubmissionRow {
        intent: Some(intent),
        message: Some(id(1)),
        accepted: Some(Seq(12)),
        ..submission_of_entry(5)
    };
    let staged = StagedCommit {
        epoch: Epoch(1),
        commit: CommitHash::new([3; 32]),
        secrets: SecretBytes::from(b"secrets".to_vec()),
        submission: submission.submission.id,
        intent: Some(intent),
    };
    let access = |epoch: u64| AccessSeed { epoch: Epoch(epoch), seed: [epoch as u8; 32] };
    let mut log = Log::new();
    let row = log.row(1, MembershipKind::Added, "bob", "ana");
    store
        .write(|tx| {
            tx.put_submission(&generation, &submission)?;
            tx.put_submission(&generation, &entry)?;
            tx.put_staged(&generation, &staged)?;
            tx.put_access_seed(&generation, &access(0), Epoch(0))?;
            tx.put_access_seed(&generation, &access(1), Epoch(0))?;
            tx.roster_put(&generation, &[leaf(0, "ana", Role::Owner), leaf(1, "bob", Role::Member)])?;
            tx.add_membership(&generation, std::slice::from_ref(&row))?;
            tx.set_cursor(&generation, Seq(11), Timestamp(1011))
        })
        .unwrap();
    let saved = load(&store, &generation);
    let expected = Saved {
        generation,
        snapshot: secret(1, 1),
        prior: vec![secret(0, 0)],
        tree: Bytes::from_static(b"tree"),
        tree_epoch: Epoch(1),
        tree_hash: Bytes::from_static(&[8; 32]),
        head: head(1),
        roster: vec![leaf(0, "ana", Role::Owner), leaf(1, "bob", Role::Member)],
        former: vec![],
        staged: vec![staged],
        submissions: vec![submission, entry],
        access: vec![access(0), access(1)],
        cursor: Seq(11),
        log_time: Timestamp(1011),
        log_next: 1,
        log_chain: row.chain_hash,
        signer: Some(KeyHandle::new("leaf")),
    };
    assert_eq!(saved, expected);
    let live = store.read(|view| view.live_groups()).unwrap();
    assert_eq!(
        (live[0].generation, live[0].cursor, live[0].log_time),
        (generation, Seq(11), Timestamp(1011))
    );
}

#[test]
fn a_submission_is_replaced_and_ends() {
    let (store, generation) = with_state();
    let row = SubmissionRow { intent: Some(IntentId(77)), ..submission_of_entry(4) };
    let accepted = SubmissionRow { accepted: Some(Seq(3)), intent: None, ..row.clone() };
    store.write(|tx| tx.put_submission(&generation, &row)).unwrap();
    store.write(|tx| tx.put_submission(&generation, &accepted)).unwrap();
    assert_eq!(load(&store, &generation).submissions, [accepted]);
    assert!(store.write(|tx| tx.delete_submission(&generation, &row.submission.id)).unwrap());
    assert!(!store.write(|tx| tx.delete_submission(&generation, &row.submission.id)).unwrap());
    assert_eq!(load(&store, &generation).submissions, []);
}

#[test]
fn former_epochs_keys_and_leaves_are_trimmed() {
    let (store, generation) = with_state();
    store
        .write(|tx| {
            for epoch in 0..4 {
                tx.put_access_seed(
                    &generation,
                    &AccessSeed { epoch: Epoch(epoch), seed: [0; 32] },
                    Epoch(0),
                )?;
            }
            let rows =
                [leaf(0, "ana", Role::Owner), leaf(1, "bob", Role::Member), leaf(2, "cat", Role::Member)];
            tx.roster_put(&generation, &rows)?;
            tx.roster_end(&generation, &[1], Epoch(2))?;
            tx.roster_put(&generation, &[leaf(1, "dan", Role::Member)])?;
            tx.roster_end(&generation, &[2], Epoch(3))
        })
        .unwrap();
    let former = |saved: &Saved| -> Vec<(ClientName, Epoch)> {
        saved.former.iter().map(|(row, until)| (row.client.user().handle().to_owned(), *until)).collect()
    };
    type ClientName = String;
    let saved = load(&store, &generation);
    assert_eq!(former(&saved), [("bob".into(), Epoch(2)), ("cat".into(), Epoch(3))]);
    let occupied: Vec<u32> = saved.roster.iter().map(|row| row.leaf).collect();
    assert_eq!(occupied, [0, 1]);

    store
        .write(|tx| {
            tx.put_state(&generation, &secret(4, 4), &[secret(2, 2), secret(3, 3)], Epoch(2))?;
            tx.put_access_seed(&generation, &AccessSeed { epoch: Epoch(4), seed: [0; 32] }, Epoch(3))
        })
        .unwrap();
    let saved = load(&store, &generation);
    assert_eq!(saved.prior, [secret(2, 2), secret(3, 3)]);
    assert_eq!(former(&saved), [("cat".into(), Epoch(3))], "Bob sent nothing in epochs from 2 on");
    assert_eq!(saved.access.iter().map(|seed| seed.epoch.0).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn state_and_cursor_never_go_back() {
    let (store, generation) = with_state();
    let older = store.write(|tx| tx.put_state(&generation, &secret(0, 9), &[], Epoch(0)));
    assert_eq!(older, Err(Error::Conflict { what: "the state's epoch" }));
    store.write(|tx| tx.put_state(&generation, &secret(1, 9), &[], Epoch(0))).unwrap();
    assert_eq!(load(&store, &generation).snapshot, secret(1, 9));
    store.write(|tx| tx.set_cursor(&generation, Seq(5), Timestamp(50))).unwrap();
    store.write(|tx| tx.set_cursor(&generation, Seq(5), Timestamp(40))).unwrap();
    let back = store.write(|tx| tx.set_cursor(&generation, Seq(4), Timestamp(60)));
    assert_eq!(back, Err(Error::Conflict { what: "the cursor" }));
    assert_eq!(load(&store, &generation).log_time, Timestamp(50));
}

#[test]
fn staged_commits_of_an_epoch_are_kept_until_it_ends() {
    let (store, generation) = with_state();
    let staged = |byte: u8| StagedCommit {
        epoch: Epoch(1),
        commit: CommitHash::new([byte; 32]),
        secrets: SecretBytes::from(vec![byte; 10]),
        submission: SubmissionId::new([byte; 16]),
        intent: None,
    };
    store
        .write(|tx| {
            tx.put_staged(&generation, &staged(1))?;
            tx.put_staged(&generation, &staged(2))
        })
        .unwrap();
    assert_eq!(load(&store, &generation).staged, [staged(1), staged(2)]);
    store.write(|tx| tx.delete_staged(&generation)).unwrap();
    assert_eq!(load(&store, &generation).staged, []);
}

/// A staged commit holds the tree twice; chunks that the store has are not written again.
#[test]
fn a_staged_commit_is_stored_beside_its_tree() {
    let (store, generation) = with_state();
    let tree: Vec<u8> = (0_u32..40_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let mut next = tree.clone();
    next[80_000] ^= 1;
    let staged = StagedCommit {
        epoch: Epoch(1),
        commit: CommitHash::new([1; 32]),
        secrets: SecretBytes::from([b"first".as_slice(), &tree, b"then", &next, b"secret"].concat()),
        submission: SubmissionId::new([1; 16]),
        intent: None,
    };
    let size = |store: &Store| {
        let sum = "SELECT sum(length(secrets)) FROM staged";
        let of = |c: &mut Columns<'_, '_>| c.number::<usize>("size");
        store.read(|view| sql::only(view.conn, sum, [], Missing::Row, of)).unwrap()
    };
    store
        .write(|tx| {
            tx.put_tree(&generation, Epoch(1), b"hash", &tree)?;
            tx.put_staged(&generation, &staged)
        })
        .unwrap();
    assert!(size(&store) < 40_000, "{} of {}", size(&store), staged.secrets.len());
    assert_eq!(load(&store, &generation).staged, std::slice::from_ref(&staged));
    store.write(|tx| tx.put_tree(&generation, Epoch(1), b"hash", &tree)).unwrap();
    assert_eq!(load(&store, &generation).staged, [staged]);
    // Its epoch is over: it and the chunks that it names are deleted.
    store.write(|tx| tx.put_tree(&generation, Epoch(2), b"next", &next)).unwrap();
    assert_eq!(load(&store, &generation).staged, []);
}
