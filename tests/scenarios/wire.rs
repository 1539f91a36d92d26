//! What the service receives does not show who does what in a group.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_protocol::wire::{self, ClientFrame, client_frame::Body};
use conclave_tests::network::Way;
use conclave_tests::{Person, oracle, story};
use mls_rs::MlsMessage;
use mls_rs::WireFormat;
use prost::Message as _;

/// What one client has sent.
#[derive(Debug, Clone, Default)]
struct Tap(Arc<Mutex<Vec<ClientFrame>>>);

impl Tap {
    fn on(person: &Person) -> Self {
        let tap = Self::default();
        let kept = tap.clone();
        person.network().upstream(move |frame| {
            kept.0.lock().unwrap_or_else(PoisonError::into_inner).push(frame.clone());
            Way::Pass
        });
        tap
    }

    /// The MLS messages of its submissions: commits, and all others.
    fn messages(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut commits, mut others) = (Vec::new(), Vec::new());
        for frame in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            match &frame.body {
                Some(Body::SubmitCommit(submit)) => {
                    let bundle = wire::CommitBundle::decode(submit.bundle.clone()).expect("our own bundle");
                    commits.push(bundle.commit.to_vec());
                }
                Some(Body::SubmitEntry(submit)) => {
                    let entry = wire::Entry::decode(submit.entry.clone()).expect("our own entry");
                    others.push(entry.message.to_vec());
                }
                _ => {}
            }
        }
        (commits, others)
    }

    /// The frames that belong to groups, as sent.
    fn of_groups(&self) -> Vec<Vec<u8>> {
        let frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let submits = frames
            .iter()
            .filter(|frame| matches!(frame.body, Some(Body::SubmitCommit(_) | Body::SubmitEntry(_))));
        submits.map(ClientFrame::encode_to_vec).collect()
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn handshakes_are_encrypted_and_name_nobody() {
    story(1701, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let (tap, bobs) = (Tap::on(&alice), Tap::on(&bob));
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.adds(&group, &[&carol]).await;
        alice.renames(&group, "Lighthouse").await;
        world.settle().await;
        alice.says(&group, "meet me at six").await;
        alice.removes(&group, &carol).await;
        world.settle().await;
        bob.leaves(&group).await;
        world.quiet().await;
        assert_eq!(alice.roster(&group).await, ["alice"]);
        let (commits, others) = tap.messages();
        assert!(commits.len() >= 5 && !others.is_empty());
        let (_, proposals) = bobs.messages();
        assert_eq!(proposals.len(), 1, "to leave");
        for message in commits.iter().chain(&others).chain(&proposals) {
            let message = MlsMessage::from_bytes(message).expect("an MLS message");
            assert_eq!(message.wire_format(), WireFormat::PrivateMessage);
        }
        for frame in tap.of_groups().iter().chain(&bobs.of_groups()) {
            for word in ["alice", "bob", "carol", "mimi:", "Harbour", "Lighthouse", "meet me"] {
                assert!(!holds(frame, word), "{word} can be read on the way");
            }
        }
    });
}

#[test]
fn lengths_of_messages_are_padded() {
    story(1702, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let tap = Tap::on(&alice);
        for length in 1..=100 {
            alice.says(&group, &"x".repeat(length)).await;
        }
        world.quiet().await;
        let (_, sent) = tap.messages();
        let lengths: BTreeSet<usize> = sent.iter().map(Vec::len).collect();
        assert_eq!(sent.len(), 100);
        assert!(lengths.len() <= 4, "a hundred lengths show as {lengths:?}");
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
