//! Several clients around one service: what an engine does, without one.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::certificate::{Subject, Validity, issue};
use conclave_protocol::{DeviceId, GroupId, MessageId, PersonName, Timestamp, UserUri, wire};

pub(super) use super::client::Client;
use conclave_record::KeyHandle;
use conclave_record::*;

use super::service::Service;
use super::store::Store;
use crate::credential::{Identities, issue_device};
use crate::signer::{MemorySigner, Signer};
use crate::*;

pub(super) const DOMAIN: &str = "chat.example";
pub(super) const START: Timestamp = Timestamp(1_750_000_000_000);
const ALWAYS: Validity = Validity { not_before_s: 0, not_after_s: 4_000_000_000 };
pub(super) const GROUP: GroupId = GroupId::new([7; 16]);
pub(super) const ROUNDS_MAX: usize = 500;

pub(super) struct World {
    pub(super) service: Service,
    pub(super) clients: Vec<Client>,
    authority: Arc<MemorySigner>,
    anchor: [u8; 32],
    pub(super) now: Timestamp,
}

impl World {
    pub(super) fn new(names: &[&str]) -> Self {
        let authority = Arc::new(MemorySigner::default());
        let anchor = authority.insert(KeyHandle::new("authority"), [99; 32]);
        let mut service = Service::default();
        service.now = START;
        let mut world = Self { service, clients: Vec::new(), authority, anchor, now: START };
        for name in names {
            world.enrol(name);
        }
        world
    }

    /// A group of these people, created by the first.
    pub(super) fn in_a_group(names: &[&str]) -> Self {
        let mut world = Self::new(names);
        world.create(names[0], &names[1..]);
        world
    }

    pub(super) fn enrol(&mut self, name: &str) {
        self.enrol_as(name, name, 1);
    }

    /// A client known to the test as `key`, of the user `name`.
    pub(super) fn enrol_as(&mut self, key: &str, name: &str, identity_seed: u8) {
        let n = self.clients.len() as u16;
        let [high, low] = n.to_be_bytes();
        let signer = Arc::new(MemorySigner::default());
        let user: UserUri = format!("mimi://{DOMAIN}/u/{name}").parse().unwrap();
        let uri = user.client(DeviceId([low.wrapping_add(1), high, 0, 0, 0, 0, 0, 0]));
        let mut seed = [identity_seed; 32];
        seed[..name.len()].copy_from_slice(name.as_bytes());
        let identity_key = signer.insert(KeyHandle::new("identity"), seed);
        let sign = |bytes: &[u8]| self.authority.sign(&KeyHandle::new("authority"), bytes);
        let identity = issue(&Subject::Identity(user), &identity_key, ALWAYS, [1; 16], sign).unwrap();
        let device_key = signer.insert(KeyHandle::new("device"), [low; 32]);
        let device =
            issue_device(signer.as_ref(), &KeyHandle::new("identity"), &uri, &device_key, ALWAYS, [2; 16])
                .unwrap();
        self.clients.push(Client {
            name: key.to_owned(),
            uri,
            signer,
            identities: Identities::new(self.anchor, DOMAIN.to_owned()),
            identity,
            device,
            seeds: Vec::new(),
            key_packages: Vec::new(),
            machine: None,
            store: Store::default(),
            intents: BTreeMap::new(),
            outbox: Vec::new(),
            events: Vec::new(),
            wake_at: None,
            now: self.now,
            online: true,
            forgetful: false,
            reloads: 0,
            next_id: 1,
            next_key: 0,
            salt: 0,
            seed: low,
            called: None,
        });
    }

    /// Gives these people names.
    pub(super) fn name(&mut self, names: &[(&str, &str)]) {
        for (client, name) in names {
            self.client(client).called = Some(PersonName::clean(name).unwrap());
        }
    }

    pub(super) fn client(&mut self, name: &str) -> &mut Client {
        self.clients.iter_mut().find(|client| client.name == name).unwrap()
    }

    pub(super) fn user(&mut self, name: &str) -> UserUri {
        self.client(name).uri.user().clone()
    }

    /// Key packages as the service would hand them out.
    pub(super) fn claim(&mut self, names: &[&str]) -> Vec<PersonKeyPackages> {
        let now = self.now;
        let one = |world: &mut Self, name: &&str| {
            let client = world.client(name);
            let key_package = client.key_package(now, now.plus_ms(80 * 86_400_000), false);
            PersonKeyPackages { user: client.uri.user().clone(), key_packages: vec![key_package] }
        };
        names.iter().map(|name| one(self, name)).collect()
    }

    pub(super) fn create(&mut self, by: &str, people: &[&str]) {
        let people = self.claim(people);
        let now = self.now;
        self.client(by).create("Club", people, now);
        self.settle();
    }

    pub(super) fn add(&mut self, by: &str, people: &[&str]) {
        let people = self.claim(people);
        self.client(by).want(IntentKind::Add { people });
        self.settle();
    }

    pub(super) fn remove(&mut self, by: &str, who: &str) {
        let people = vec![self.user(who)];
        self.client(by).want(IntentKind::Remove { people });
        self.settle();
    }

    pub(super) fn send(&mut self, by: &str, text: &str) -> MessageId {
        let id = self.client(by).write(text);
        self.settle();
        id
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        self.service.now = self.now;
        for client in &mut self.clients {
            client.now = self.now;
        }
    }

    /// Wakes everybody who requested it, until nobody does any more.
    pub(super) fn wake_all(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let next = self.clients.iter().filter(|c| c.online).filter_map(|c| c.wake_at).min();
            let Some(at) = next else { return };
            self.pass(at.0.saturating_sub(self.now.0));
            let now = self.now;
            for client in self.clients.iter_mut().filter(|c| c.online) {
                if client.wake_at.is_some_and(|at| at <= now) {
                    client.wake_at = None;
                    client.handle(Input::Wake, now);
                }
            }
            self.settle();
        }
        panic!("clients ask to be woken for ever");
    }

    /// Has everybody check whether anything is due.
    pub(super) fn check_timers(&mut self) {
        let now = self.now;
        for client in self.clients.iter_mut().filter(|c| c.online) {
            client.handle(Input::Wake, now);
        }
        self.settle();
    }

    /// Runs until nobody has anything to send.
    pub(super) fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let mut quiet = true;
            for i in 0..self.clients.len() {
                if self.clients[i].online {
                    quiet &= !self.serve(i);
                }
            }
            if quiet {
                return;
            }
        }
        panic!("the clients don't come to rest");
    }

    /// One round of one client; whether anything happened.
    pub(super) fn serve(&mut self, i: usize) -> bool {
        let now = self.now;
        let mut busy = self.clients[i].join(&mut self.service, now);
        for submission in std::mem::take(&mut self.clients[i].outbox) {
            let outcome = self.service.submit(&submission);
            let input = Input::Outcome { submission: submission.id, outcome };
            self.clients[i].handle(input, now);
            busy = true;
        }
        busy |= self.clients[i].read(&self.service, now);
        busy | !self.clients[i].outbox.is_empty()
    }

    /// What must hold once all is quiet: members agree on everything.
    pub(super) fn assert_agreed(&mut self, names: &[&str]) {
        let first = self.client(names[0]);
        let head = first.machine.as_ref().unwrap().head().clone();
        let roster: Vec<_> =
            first.store.roster.values().map(|e| (e.leaf, e.client.clone(), e.role)).collect();
        let log: BTreeMap<_, _> = first.store.log.iter().map(|row| (row.row_hash, row.epoch)).collect();
        assert_eq!(roster.len(), names.len());
        for name in names {
            let client = self.client(name);
            let machine = client.machine.as_ref().unwrap();
            assert!(machine.roster_is_mls(), "{name}");
            let own = machine.head();
            assert_eq!(own.status, GroupStatus::Active, "{name}");
            let agreed = (own.epoch, &own.epoch_authenticator, &own.tree_hash, &own.policy, &own.name);
            let expected = (head.epoch, &head.epoch_authenticator, &head.tree_hash, &head.policy, &head.name);
            assert_eq!(agreed, expected, "{name}");
            let own: Vec<_> =
                client.store.roster.values().map(|e| (e.leaf, e.client.clone(), e.role)).collect();
            assert_eq!(own, roster, "{name}");
            assert!(client.store.submissions.is_empty(), "{name}: {:?}", client.store.submissions);
            assert!(machine.staged.is_empty(), "{name}");
            // Rows of the first member's time are in its log too.
            let since = client.store.log.first().unwrap().epoch;
            for (hash, epoch) in log.iter().filter(|(_, epoch)| **epoch > since) {
                assert!(
                    client.store.log.iter().any(|row| row.row_hash == *hash),
                    "{name} lacks a row of {epoch}"
                );
            }
            let seed = machine.access_seed(machine.epoch()).unwrap();
            let key = access_key(seed).verifying_key().to_bytes().to_vec();
            assert_eq!(self.service.access[&head.epoch], key, "{name}");
        }
    }
}

/// An entry of the log, changed by one bit of its message.
pub(super) fn damaged(entry: &wire::LogEntry) -> Bytes {
    use prost::Message as _;
    let mut inner = wire::Entry::decode(entry.body.clone()).unwrap();
    let mut message = inner.message.to_vec();
    *message.last_mut().unwrap() ^= 1;
    inner.message = message.into();
    // No longer our own.
    inner.submission = vec![9; 16].into();
    inner.encode_to_vec().into()
}
