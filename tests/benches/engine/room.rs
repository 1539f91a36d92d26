//! Two engines in a group of a given size.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use conclave_delivery::{
    AccessKey, ClientAuthentication, CommitSubmission, Pins, RemoteService, WelcomeDelivery,
};
use conclave_group::credential::CIPHER_SUITES;
use conclave_group::signer::Signer as _;
use conclave_protocol::wire::submitted;
use mls_rs::MlsMessage;

use crate::crowd::{Crowd, Joiner, Step};
use crate::profile::{Host, Person, until};
use crate::table::tell;

/// Two engines in a group, and simulated members: in the same group, or for a group of two in another one, to measure
/// the floor.
pub(crate) struct Room {
    pub(crate) size: usize,
    pub(crate) sender: Person,
    pub(crate) receiver: Person,
    pub(crate) group: String,
    pub(crate) crowd: Crowd,
    pub(crate) folder: std::path::PathBuf,
}

impl Room {
    pub(crate) async fn of(host: &Host, size: usize) -> Self {
        let sender = host.person(&format!("ada{size}")).await;
        let receiver = host.person(&format!("bea{size}")).await;
        let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let users = [&sender, &receiver].map(Person::user);
        let mut crowd = Crowd::of(&host.authority, (size - 2).max(2), &users, now_s);
        let group = if size == 2 {
            let group = sender.engine.create_group("Harbour".to_owned(), vec![receiver.name.clone()]);
            let group = group.await.unwrap();
            tell("the second member's first commit, which may wait 20 s");
            receiver.reaches(&group, 2).await;
            group
        } else {
            tell("its log and its engines");
            admit(host, &mut crowd, [&sender, &receiver]).await;
            let (group, epoch) = (crowd.group.to_hex(), crowd.b.current_epoch());
            for (person, epoch) in [(&sender, epoch), (&receiver, epoch + 1)] {
                person.reaches(&group, epoch).await;
                person.engine.rename_group(group.clone(), format!("Harbour {epoch}")).await.unwrap();
                person.reaches(&group, epoch + 1).await;
            }
            group
        };
        let folder = host.folder.path().join(format!("floor{size}"));
        let room = Self { size, sender, receiver, group, crowd, folder };
        room.at_rest().await;
        room
    }

    /// Waits until both engines are in the same epoch, with nothing queued.
    pub(crate) async fn at_rest(&self) {
        let (sender, receiver, group) = (&self.sender, &self.receiver, &self.group);
        until("both engines are in the same epoch", || async {
            let (a, b) = (sender.sees(group).await, receiver.sees(group).await);
            a.epoch == b.epoch && a.queued + b.queued == 0
        })
        .await;
    }

    pub(crate) async fn close(mut self) {
        self.sender.close().await;
        self.receiver.close().await;
    }
}

/// Submits the crowd's commits to the log, and adds these people to the group.
async fn admit(host: &Host, crowd: &mut Crowd, people: [&Person; 2]) {
    let (key, signer) = (crowd.founder.key.clone(), Arc::clone(&host.authority.signer));
    let client = ClientAuthentication {
        device_certificate: Bytes::copy_from_slice(crowd.founder.certificate.der()),
        identity_certificate: Bytes::copy_from_slice(crowd.founder.identity.der()),
        sign: Arc::new(move |data| signer.sign(&key, data).ok()),
    };
    let connector = Arc::new(host.service.connector());
    let service = RemoteService::new(connector, Pins::FirstUse, Some(client));
    let (pushes, _pushed) = tokio::sync::mpsc::channel(64);
    service.connect(pushes).await.unwrap();
    let mut joiners = Vec::new();
    for person in people {
        let claimed = service.claim_key_packages(&person.user(), &[CIPHER_SUITES[0].into()]).await.unwrap();
        let claimed = claimed.first().expect("a new account has key packages");
        let key_package = MlsMessage::from_bytes(&claimed.key_package).unwrap();
        joiners.push(Joiner { inbox: claimed.client.inbox(), key_package });
    }
    crowd.admit(joiners);
    for Step { key, bundle, welcomes, first_access_key, tree } in std::mem::take(&mut crowd.steps) {
        if let Some((id, data)) = tree {
            service.put_blob(id, data).await.unwrap();
        }
        let welcomes =
            welcomes.into_iter().map(|(inbox, welcome)| WelcomeDelivery { inbox, welcome }).collect();
        let commit = CommitSubmission { bundle, welcomes, first_access_key };
        let outcome = service.submit_commit(crowd.group, AccessKey::new(key.epoch, key.seed), commit).await;
        assert!(matches!(outcome, Ok(submitted::Outcome::Accepted(_))), "a crowd's commit: {outcome:?}");
    }
}
