//! Intents, from queued to done or failed.

use bytes::Bytes;
use conclave_protocol::Timestamp;
use conclave_record::*;

use super::fixture::*;
use crate::*;

fn packages(name: &str, key_packages: &[&'static [u8]]) -> PersonKeyPackages {
    let key_packages = key_packages.iter().map(|package| Bytes::from_static(package)).collect();
    PersonKeyPackages { user: user(name), key_packages }
}

fn want(store: &Store, kind: &IntentKind) -> IntentId {
    store.write(|tx| tx.add_intent(&GROUP, kind, Timestamp(50))).unwrap()
}

fn change(store: &Store, intent: IntentId, change: IntentChange) -> bool {
    store.write(|tx| tx.set_intent(&GROUP, intent, change)).unwrap()
}

fn queued(store: &Store) -> Vec<Intent> {
    store.read(|view| view.queued_intents(&GROUP)).unwrap()
}

const FAILED: IntentChange = IntentChange::Failed(FailReason::NotAllowed);

#[test]
fn every_kind_comes_back_as_it_was_meant() {
    let (store, _) = in_a_group();
    let kinds = [
        IntentKind::Add { people: vec![packages("bob", &[b"one", b"two"]), packages("cat", &[])] },
        IntentKind::Remove { people: vec![user("bob"), user("cat")] },
        IntentKind::Rename { name: "Orchard".into() },
        IntentKind::Update { signer: None },
        IntentKind::Update {
            signer: Some(NewSigner {
                handle: KeyHandle::new("new"),
                chain: vec![Bytes::from_static(b"leaf"), Bytes::new()],
            }),
        },
        IntentKind::Leave,
    ];
    let ids: Vec<IntentId> = kinds.iter().map(|kind| want(&store, kind)).collect();
    let (send, _) = store.write(|tx| tx.add_send(&GROUP, &own(1, text("hi")))).unwrap();
    let mut expected: Vec<Intent> =
        ids.iter().zip(kinds).map(|(id, kind)| Intent { id: *id, kind, attempts: 0 }).collect();
    let content = Bytes::from_static(b"content of 1");
    expected.push(Intent { id: send, kind: IntentKind::Send { message: id(1), content }, attempts: 0 });
    assert_eq!(queued(&store), expected);
    assert_eq!(store.read(|view| view.intent(&GROUP, send)).unwrap().as_ref(), expected.last());
}

#[test]
fn a_message_needs_its_row() {
    let (store, _) = in_a_group();
    let send = IntentKind::Send { message: id(1), content: Bytes::new() };
    let result = store.write(|tx| tx.add_intent(&GROUP, &send, Timestamp(0)));
    assert_eq!(result, Err(Error::Conflict { what: "a message without its row" }));
}

#[test]
fn a_submitted_wish_is_not_queued_but_waits() {
    let (store, _) = in_a_group();
    let intent = want(&store, &IntentKind::Leave);
    assert!(change(&store, intent, IntentChange::Submitted));
    assert_eq!((queued(&store), store.read(|view| view.waiting(&GROUP)).unwrap()), (vec![], 1));
    assert!(change(&store, intent, IntentChange::Queued { attempts: 2 }));
    assert_eq!(queued(&store)[0].attempts, 2);
    assert!(change(&store, intent, IntentChange::Done));
    assert_eq!(store.read(|view| view.waiting(&GROUP)).unwrap(), 0);
    assert!(!change(&store, intent, IntentChange::Submitted), "it is gone");
}

#[test]
fn a_failed_wish_is_shown_until_it_is_tried_again() {
    let (store, _) = in_a_group();
    let kind = IntentKind::Remove { people: vec![user("bob")] };
    let intent = want(&store, &kind);
    change(&store, intent, FAILED);
    let row = page(&store).remove(0);
    let body = RowBody::ChangeFailed { intent, kind: Box::new(kind), reason: FailReason::NotAllowed };
    assert_eq!((row.body, row.at), (body, Timestamp(50)));
    change(&store, intent, FAILED);
    assert_eq!(page(&store).len(), 1);

    store.write(|tx| tx.retry(&GROUP, intent)).unwrap();
    assert_eq!((page(&store), queued(&store)[0].attempts), (vec![], 0));
    change(&store, intent, FAILED);
    store.write(|tx| tx.discard(&GROUP, intent)).unwrap();
    assert_eq!((page(&store), store.read(|view| view.intent(&GROUP, intent)).unwrap()), (vec![], None));
}

#[test]
fn a_failed_message_stays_until_it_is_discarded() {
    let (store, _) = in_a_group();
    let (intent, _) = store.write(|tx| tx.add_send(&GROUP, &own(1, text("hi")))).unwrap();
    change(&store, intent, FAILED);
    let failed = MessageState::Failed { intent, reason: FailReason::NotAllowed };
    assert_eq!(shown(&store)[0].state, failed);
    assert!(matches!(entry(&store).last, Some(LastRow::Message { state, .. }) if state == failed));
    store.write(|tx| tx.retry(&GROUP, intent)).unwrap();
    assert_eq!(shown(&store)[0].state, MessageState::Queued);
    change(&store, intent, FAILED);
    store.write(|tx| tx.discard(&GROUP, intent)).unwrap();
    assert_eq!((page(&store), entry(&store).last), (vec![], None));
    let messages: i64 = store.raw().query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(messages, 0);
}

#[test]
fn a_message_given_up_but_accepted_after_all_is_sent() {
    let (store, generation) = in_a_group();
    let (intent, _) = store.write(|tx| tx.add_send(&GROUP, &own(1, text("hi")))).unwrap();
    change(&store, intent, FAILED);
    let echo = |tx: &mut Tx<'_>| {
        tx.sent(&generation, &id(1), conclave_protocol::Seq(3), Timestamp(9), conclave_protocol::Epoch(1))
    };
    assert!(store.write(echo).unwrap());
    assert_eq!(shown(&store)[0].state, MessageState::Sent);
    let gone = store.write(|tx| tx.discard(&GROUP, intent));
    assert_eq!(gone, Err(Error::NotFound(Missing::Intent)));
}

#[test]
fn only_what_failed_is_tried_again_or_discarded() {
    let (store, _) = in_a_group();
    let intent = want(&store, &IntentKind::Leave);
    let conflict = Err(Error::Conflict { what: "the intent's state" });
    assert_eq!(store.write(|tx| tx.retry(&GROUP, intent)), conflict);
    assert_eq!(store.write(|tx| tx.discard(&GROUP, intent)), conflict);
}

#[test]
fn a_person_of_a_wish_to_add_gets_other_key_packages() {
    let (store, _) = in_a_group();
    let kind = IntentKind::Add { people: vec![packages("bob", &[b"old"]), packages("cat", &[b"x"])] };
    let intent = want(&store, &kind);
    let set =
        |intent, people: &[PersonKeyPackages]| store.write(|tx| tx.set_key_packages(&GROUP, intent, people));
    set(intent, &[packages("bob", &[b"new"])]).unwrap();
    let changed = vec![packages("bob", &[b"new"]), packages("cat", &[b"x"])];
    assert_eq!(queued(&store)[0].kind, IntentKind::Add { people: changed }, "cat is still to be added");
    assert_eq!(set(intent, &[packages("dan", &[b"y"])]), Err(Error::NotFound(Missing::Person)));
    let leave = want(&store, &IntentKind::Leave);
    assert_eq!(set(leave, &[]), Err(Error::Conflict { what: "the kind of intent" }));
}

#[test]
fn a_done_update_changes_the_signer_and_so_the_handles_in_use() {
    let (store, generation) = in_a_group();
    let handles = || store.read(|view| view.vault_handles()).unwrap().into_iter().collect::<Vec<_>>();
    let signer = Some(NewSigner { handle: KeyHandle::new("leaf-2"), chain: vec![] });
    let intent = want(&store, &IntentKind::Update { signer });
    assert_eq!(handles(), ["device", "identity", "leaf", "leaf-2"]);
    change(&store, intent, IntentChange::Done);
    assert_eq!(handles(), ["device", "identity", "leaf-2"]);
    let plain = want(&store, &IntentKind::Update { signer: None });
    change(&store, plain, IntentChange::Done);
    assert_eq!(handles(), ["device", "identity", "leaf-2"]);
    store.write(|tx| tx.forget(&generation)).unwrap();
    assert_eq!(handles(), ["device", "identity"]);
}

#[test]
fn an_update_that_fails_is_not_the_users_concern_and_goes() {
    let (store, generation) = in_a_group();
    let signer = Some(NewSigner { handle: KeyHandle::new("leaf-2"), chain: vec![] });
    let intent = want(&store, &IntentKind::Update { signer });
    let signers = || store.read(|view| view.signers(&generation)).unwrap();
    let both = Signers { leaf: Some(KeyHandle::new("leaf")), coming: vec![KeyHandle::new("leaf-2")] };
    assert_eq!(signers(), both);
    let staged = StagedCommit {
        epoch: conclave_protocol::Epoch(1),
        commit: conclave_protocol::CommitHash::new([3; 32]),
        secrets: SecretBytes::from(b"secrets".to_vec()),
        submission: conclave_protocol::SubmissionId::new([4; 16]),
        intent: Some(intent),
    };
    store.write(|tx| tx.put_staged(&generation, &staged)).unwrap();
    change(&store, intent, FAILED);
    assert_eq!((page(&store), signers()), (vec![], both), "its commit may still come");
    store
        .write(|tx| {
            tx.delete_staged(&generation)?;
            tx.put_head(&generation, &head(2))
        })
        .unwrap();
    assert_eq!(signers(), Signers { leaf: Some(KeyHandle::new("leaf")), coming: vec![] });
    assert_eq!(store.read(|view| view.intent(&GROUP, intent)).unwrap(), None);
}

#[test]
fn changes_that_were_asked_for_wait_in_order_until_they_are_done_or_failed() {
    let (store, _) = in_a_group();
    let waiting = |limit| store.read(|view| view.waiting_changes(&GROUP, limit)).unwrap();
    let since = || entry(&store).waits_since;
    assert_eq!((waiting(8).total, since()), (0, None));
    // Neither of these is a change that anybody asked for.
    store.write(|tx| tx.add_send(&GROUP, &own(1, text("hi")))).unwrap();
    want(&store, &IntentKind::Update { signer: None });
    assert_eq!((waiting(8).total, since()), (0, None));
    let kinds = [
        IntentKind::Add { people: vec![packages("bob", &[b"one"])] },
        IntentKind::Remove { people: vec![user("cat")] },
        IntentKind::Rename { name: "Orchard".into() },
        IntentKind::Leave,
    ];
    let ids = kinds.clone().map(|kind| want(&store, &kind));
    change(&store, ids[0], IntentChange::Submitted);
    let expected = |n: usize| WaitingChange {
        intent: ids[n],
        kind: kinds[n].clone(),
        submitted: n == 0,
        since: Timestamp(50),
    };
    assert_eq!(waiting(8), WaitingChanges { first: (0..4).map(expected).collect(), total: 4 });
    assert_eq!(waiting(2), WaitingChanges { first: (0..2).map(expected).collect(), total: 4 });
    assert_eq!(since(), Some(Timestamp(50)));
    change(&store, ids[0], IntentChange::Done);
    change(&store, ids[1], FAILED);
    assert_eq!(waiting(8), WaitingChanges { first: (2..4).map(expected).collect(), total: 2 });
}
