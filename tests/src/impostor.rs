//! Somebody who creates a group under the id of another one, and welcomes people into it. The service does not see
//! what a Welcome is for.

use std::sync::Arc;

use bytes::Bytes;
use conclave_delivery::{AccessKey, CommitSubmission, WelcomeDelivery};
use conclave_group::credential::{Identities, LEAF_LIFETIME_S, issue_leaf, validity_from};
use conclave_group::signer::MemorySigner;
use conclave_group::{Effects, Env, Input, LogItem, Machine, NewGroup, Now};
use conclave_protocol::certificate::Certificate;
use conclave_protocol::clock::Clock as _;
use conclave_protocol::wire::{self, EntryKind, submitted};
use conclave_protocol::{Epoch, GroupId, Timestamp, UserUri};
use conclave_record::{
    Intent, IntentId, IntentKind, KeyHandle, PersonKeyPackages, Submission, SubmissionBody,
};

use crate::Person;
use crate::device::Device;

/// The only cipher suite that key packages are published for.
const SUITE: u16 = 1;

/// Welcomes the victim into a group with this id that the impostor just created.
pub async fn welcomes_into(impostor: &Person, group: &str, victim: &Person) {
    welcomes_into_epoch(impostor, group, victim, 1, 0xca).await;
}

/// As [`welcomes_into`], into this epoch of it; the first possible is 1. `carrier` differs each time.
pub async fn welcomes_into_epoch(impostor: &Person, group: &str, victim: &Person, epoch: u32, carrier: u8) {
    let id: [u8; 16] = hex::decode(group).expect("an id is hex").try_into().expect("16 bytes");
    let (device, ()) = Device::of(impostor, |_| Ok(()));
    let service = device.service(impostor);
    let maker = Maker { device, now: impostor.clock().now() };
    let (pushes, _pushed) = tokio::sync::mpsc::channel(64);
    service.connect(pushes).await.expect("the service is there");
    let user: UserUri = victim.user().parse().expect("a user");
    let claimed = service.claim_key_packages(&user, &[SUITE]).await.expect("the victim has key packages");
    let key_packages: Vec<Bytes> = claimed.into_iter().map(|one| one.key_package).collect();
    let people = vec![PersonKeyPackages { user, key_packages }];
    let theirs = maker.adds(GroupId::new(id), &people, epoch);
    let SubmissionBody::Commit { welcomes, .. } = theirs.body else { panic!("people are added by a commit") };
    let welcome = |w: conclave_record::WelcomeFor| WelcomeDelivery { inbox: w.inbox, welcome: w.welcome };
    // They travel with the first commit of an unrelated group.
    let carrier = GroupId::new([carrier; 16]);
    let (machine, carries) = maker.creates(carrier, Vec::new());
    let SubmissionBody::Commit { bundle, first_access_key, .. } = carries.body else {
        panic!("a group begins with a commit")
    };
    let seed = machine.access_seed(Epoch(0)).expect("a new group has an access key");
    let welcomes = welcomes.into_iter().map(welcome).collect();
    let commit = CommitSubmission { bundle, welcomes, first_access_key };
    let outcome = service.submit_commit(carrier, AccessKey::new(seed.epoch, seed.seed), commit).await;
    assert!(matches!(outcome, Ok(submitted::Outcome::Accepted(_))), "the service carries it: {outcome:?}");
}

/// The impostor's device and the present time.
struct Maker {
    device: Device,
    now: Timestamp,
}

impl Maker {
    /// The commit that adds people to a group of one, and begins this epoch.
    fn adds(&self, group: GroupId, people: &[PersonKeyPackages], epoch: u32) -> Submission {
        let (mut machine, mut commit) =
            self.creates(group, if epoch == 1 { people.to_owned() } else { Vec::new() });
        let now = Now { local: self.now };
        for before in 1..epoch {
            let bundle = commit.entry().clone();
            let (seq, at_ms) = (u64::from(before), now.local.0);
            let entry = wire::LogEntry { seq, at_ms, kind: EntryKind::Commit as i32, body: bundle };
            let items = vec![LogItem::Entry(entry)];
            machine.handle(Input::Log { items, at_head: true }, now).expect("one's own commit applies");
            let kind = if before + 1 == epoch {
                IntentKind::Add { people: people.to_owned() }
            } else {
                IntentKind::Update { signer: None }
            };
            let intent = Intent { id: IntentId(before.into()), kind, attempts: 0 };
            let mut effects = machine.handle(Input::Intents(vec![intent]), now).expect("a commit is built");
            commit = effects.submissions.remove(0);
        }
        commit
    }

    /// A group with its first submission.
    fn creates(&self, group: GroupId, people: Vec<PersonKeyPackages>) -> (Machine, Submission) {
        let Device { account, signer } = &self.device;
        let client = account.user.client(account.device);
        let handle = KeyHandle::new(format!("leaf/{group}"));
        let key = signer.generate(handle.clone());
        let validity = validity_from(self.now.seconds(), LEAF_LIFETIME_S);
        let leaf = issue_leaf(signer.as_ref(), &self.device.key(), &client, &key, validity, [7; 16]);
        let leaf = leaf.expect("the device signs");
        let parse = |der: &[u8]| Certificate::parse(der).expect("one's own certificate");
        let (own, identity) = (parse(&account.device_certificate), parse(&account.identity_certificate));
        let chain = [&leaf, &own, &identity].map(|c| Bytes::copy_from_slice(c.der())).to_vec();
        let new = NewGroup {
            group,
            name: "Harbour".to_owned(),
            creator: client,
            handle,
            chain,
            suite: SUITE,
            people,
        };
        let mut drawn = 0;
        let env = Env {
            signer: Arc::<MemorySigner>::clone(signer),
            identities: Identities::new(account.authority_key, account.user.domain().to_owned()),
            random: Box::new(move |bytes| {
                drawn += 1;
                bytes.fill(drawn);
            }),
        };
        let created = Machine::create(env, new, Now { local: self.now });
        let (machine, Effects { mut submissions, .. }) = created.expect("a group is made");
        (machine, submissions.remove(0))
    }
}
