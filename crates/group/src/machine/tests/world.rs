//! Several clients around one service: what an engine does, without one.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::certificate::{Certificate, Subject, Validity, issue};
use conclave_protocol::{ClientUri, DeviceId, GroupId, MessageId, Timestamp, UserUri, wire};

use super::service::Service;
use super::store::Store;
use crate::content::{Content, TextFormat, message_id};
use crate::credential::{
    CIPHER_SUITES, Identities, LEAF_LIFETIME_S, issue_device, issue_leaf, validity_from,
};
use crate::key_package::{NewKeyPackage, generate};
use crate::signer::{KeyHandle, MemorySigner, Signer};
use crate::*;

pub(super) const DOMAIN: &str = "chat.example";
pub(super) const START: Timestamp = Timestamp(1_750_000_000_000);
const ALWAYS: Validity = Validity { not_before_s: 0, not_after_s: 4_000_000_000 };
pub(super) const GROUP: GroupId = GroupId::new([7; 16]);
const ROUNDS_MAX: usize = 500;

/// One device of one person, with an engine's duties.
pub(super) struct Client {
    pub(super) name: String,
    pub(super) uri: ClientUri,
    pub(super) signer: Arc<MemorySigner>,
    identities: Identities,
    identity: Certificate,
    device: Certificate,
    /// Seeds of all signature keys that were ever made here.
    pub(super) seeds: Vec<[u8; 32]>,
    pub(super) key_packages: Vec<StoredKeyPackage>,
    pub(super) machine: Option<Machine>,
    pub(super) store: Store,
    pub(super) intents: BTreeMap<IntentId, Intent>,
    pub(super) outbox: Vec<Submission>,
    pub(super) events: Vec<Event>,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) now: Timestamp,
    pub(super) online: bool,
    /// Load the machine again before each input.
    pub(super) forgetful: bool,
    pub(super) reloads: usize,
    next_id: i64,
    next_key: u8,
    salt: u8,
    seed: u8,
}

pub(super) struct World {
    pub(super) service: Service,
    pub(super) clients: Vec<Client>,
    authority: Arc<MemorySigner>,
    anchor: [u8; 32],
    pub(super) now: Timestamp,
}

fn random(mut seed: u64) -> Random {
    Box::new(move |bytes| {
        for byte in bytes {
            // splitmix64
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = seed;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)) as u8;
        }
    })
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
        });
    }

    pub(super) fn client(&mut self, name: &str) -> &mut Client {
        self.clients.iter_mut().find(|client| client.name == name).unwrap()
    }

    pub(super) fn user(&mut self, name: &str) -> UserUri {
        self.client(name).uri.user().clone()
    }

    /// Key packages as the service would hand them out.
    pub(super) fn claim(&mut self, names: &[&str]) -> Vec<PeopleKeyPackages> {
        let now = self.now;
        let one = |world: &mut Self, name: &&str| {
            let client = world.client(name);
            let key_package = client.key_package(now, now.plus_ms(80 * 86_400_000), false);
            PeopleKeyPackages { user: client.uri.user().clone(), key_packages: vec![key_package] }
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

    /// Wakes everybody who asked for it, until nobody does any more.
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

    /// Goes on until nobody has anything to say.
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
            let input = Input::Outcome { submission: submission.id(), outcome };
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

impl Client {
    pub(super) fn env(&mut self) -> Env {
        self.seed = self.seed.wrapping_add(31);
        Env {
            signer: self.signer.clone(),
            identities: self.identities.clone(),
            random: random(u64::from(self.seed) << 8 | self.reloads as u64),
        }
    }

    /// A new signature key with its chain.
    pub(super) fn signer(&mut self, now: Timestamp) -> NewSigner {
        self.next_key += 1;
        let mut seed = [self.next_key; 32];
        seed[..2].copy_from_slice(&self.uri.device().0[..2]);
        seed[2] = 200;
        self.seeds.push(seed);
        let handle = KeyHandle::new(format!("leaf {}", self.next_key));
        let key = self.signer.insert(handle.clone(), seed);
        let validity = validity_from(now.seconds(), LEAF_LIFETIME_S);
        let device = KeyHandle::new("device");
        let leaf = issue_leaf(self.signer.as_ref(), &device, &self.uri, &key, validity, [3; 16]).unwrap();
        let chain = [&leaf, &self.device, &self.identity].map(|c| Bytes::copy_from_slice(c.der())).to_vec();
        NewSigner { handle, chain }
    }

    pub(super) fn key_package(&mut self, now: Timestamp, not_after: Timestamp, last_resort: bool) -> Bytes {
        let NewSigner { handle, chain } = self.signer(now);
        let env = self.env();
        let suite = CIPHER_SUITES[0].into();
        let new = NewKeyPackage { client: self.uri.clone(), handle, chain, suite, not_after, last_resort };
        let made = generate(&env, new, now).unwrap();
        let public = made.public.clone();
        self.key_packages.push(made);
        public
    }

    fn create(&mut self, name: &str, people: Vec<PeopleKeyPackages>, now: Timestamp) {
        let NewSigner { handle, chain } = self.signer(now);
        let suite = CIPHER_SUITES[0].into();
        let creator = self.uri.clone();
        let new = NewGroup { group: GROUP, name: name.to_owned(), creator, handle, chain, suite, people };
        let (machine, effects) = Machine::create(self.env(), new, Now { local: now }).unwrap();
        self.machine = Some(machine);
        self.carry_out(effects);
    }

    /// Joins by the Welcomes in the inbox.
    fn join(&mut self, service: &mut Service, now: Timestamp) -> bool {
        let mut busy = false;
        for welcome in service.inboxes.remove(&self.uri.inbox()).unwrap_or_default() {
            let env = self.env();
            let known = self.key_packages.clone();
            let find = |reference: &[u8]| known.iter().find(|k| k.reference == reference).cloned();
            let info = inspect_welcome(&env, &welcome, find).unwrap();
            let tree = info.tree.as_ref().map(|tree| service.blobs[&tree.id()].clone());
            let key_package = known.iter().find(|k| k.reference == info.reference).unwrap();
            let joined = Machine::join(env, &welcome, key_package, tree.as_ref(), Now { local: now });
            let (machine, effects) = joined.unwrap();
            // A new generation: nothing of the former one is left but what was shown. Its log may not have been read
            // to the removal, so what was under way in it ends here.
            self.store.fail_intents();
            let former = std::mem::take(&mut self.store);
            self.store.messages = former.messages;
            self.store.sent = former.sent;
            self.store.unreadable = former.unreadable;
            self.store.intents = former.intents;
            self.machine = Some(machine);
            self.carry_out(effects);
            busy = true;
        }
        busy
    }

    /// Reads what is new in the log.
    pub(super) fn read(&mut self, service: &Service, now: Timestamp) -> bool {
        let Some(machine) = &self.machine else { return false };
        if self.store.forgotten || (service.entries.is_empty() && self.store.head.is_none()) {
            return false;
        }
        let entries = if service.entries.is_empty() { Vec::new() } else { service.read(machine.read_from()) };
        let news = !entries.is_empty();
        if !news && machine.at_head {
            return false;
        }
        let items = entries.into_iter().map(LogItem::Entry).collect();
        self.handle(Input::Log { items, at_head: true }, now);
        news
    }

    pub(super) fn want(&mut self, kind: IntentKind) -> IntentId {
        let id = IntentId(self.next_id);
        self.next_id += 1;
        let intent = Intent { id, kind, attempts: 0 };
        self.intents.insert(id, intent.clone());
        self.store.intents.insert(id, IntentChange::Queued { attempts: 0 });
        let now = self.now;
        self.handle(Input::Intents(vec![intent]), now);
        id
    }

    /// Wants a text to be sent.
    pub(super) fn write(&mut self, text: &str) -> MessageId {
        self.salt += 1;
        let mut salt = [self.salt; 16];
        salt[0] = self.uri.device().0[0];
        let content = Content::text(salt, text, TextFormat::Plain).encode().unwrap();
        let room = self.machine.as_ref().unwrap().policy().room.clone();
        let message = message_id(self.uri.user(), &room, &content, &salt);
        self.want(IntentKind::Send { message, content: content.into() });
        message
    }

    pub(super) fn state(&self, id: IntentId) -> IntentChange {
        self.store.intents[&id].clone()
    }

    pub(super) fn texts(&self) -> Vec<String> {
        let text = |row: &MessageRow| match &row.kind {
            MessageKind::Text { text, .. } => Some(text.clone()),
            _ => None,
        };
        self.store.messages.iter().filter_map(text).collect()
    }

    pub(super) fn causes(&self) -> Vec<UnreadableCause> {
        self.store.unreadable.iter().map(|row| row.cause).collect()
    }

    pub(super) fn status(&self) -> GroupStatus {
        self.store.head.as_ref().unwrap().status.clone()
    }

    pub(super) fn reload(&mut self) {
        if self.store.forgotten || self.machine.is_none() {
            return;
        }
        self.reloads += 1;
        let env = self.env();
        self.machine = Some(Machine::load(env, self.store.saved()).unwrap());
        self.outbox.clear();
    }

    /// Handles an input as an engine does: durable first, and around an entry that can't be handled.
    pub(super) fn handle(&mut self, input: Input, now: Timestamp) {
        if self.store.forgotten || self.machine.is_none() {
            return;
        }
        if self.forgetful {
            self.reload();
            self.again(now);
        }
        let (mut input, reloads) = (input, self.reloads);
        for _ in 0..ROUNDS_MAX {
            match self.machine.as_mut().unwrap().handle(input.clone(), Now { local: now }) {
                Ok(effects) => {
                    self.carry_out(effects);
                    if self.reloads > reloads && !self.store.forgotten {
                        self.again(now);
                    }
                    return;
                }
                Err(Failure::Tainted(failed)) => {
                    self.reload();
                    let Input::Log { items, .. } = &mut input else { panic!("only the log taints") };
                    let at = items
                        .iter_mut()
                        .find(|item| matches!(item, LogItem::Entry(entry) if entry.seq == failed.entry.seq));
                    *at.unwrap() = LogItem::Failed(*failed);
                }
                Err(other) => panic!("{}: {other}", self.name),
            }
        }
        panic!("failures have no end");
    }

    /// After loading: the intents that are queued, and whether the log goes on.
    pub(super) fn again(&mut self, now: Timestamp) {
        let queued = self.queued();
        let machine = self.machine.as_mut().unwrap();
        let effects = machine.handle(Input::Intents(queued), Now { local: now }).unwrap();
        self.carry_out(effects);
    }

    pub(super) fn queue_is_empty(&self) -> bool {
        !self
            .store
            .intents
            .values()
            .any(|state| matches!(state, IntentChange::Queued { .. } | IntentChange::Submitted))
    }

    /// Texts whose intent was given up.
    pub(super) fn failed_sends(&self) -> Vec<String> {
        let failed = |(id, intent): (&IntentId, &Intent)| match (&intent.kind, &self.store.intents[id]) {
            (IntentKind::Send { content, .. }, IntentChange::Failed(_)) => {
                let content = Content::decode(content).unwrap();
                match crate::content::Meaning::of(&content) {
                    crate::content::Meaning::Text { text, .. } => Some(text),
                    _ => None,
                }
            }
            _ => None,
        };
        self.intents.iter().filter_map(failed).collect()
    }

    fn queued(&self) -> Vec<Intent> {
        let queued = |(id, change): (&IntentId, &IntentChange)| match change {
            IntentChange::Queued { attempts } => {
                Some(Intent { attempts: *attempts, ..self.intents.get(id)?.clone() })
            }
            _ => None,
        };
        self.store.intents.iter().filter_map(queued).collect()
    }

    pub(super) fn carry_out(&mut self, effects: Effects) {
        let again = effects
            .writes
            .iter()
            .any(|write| matches!(write, Write::Intent { change: IntentChange::Queued { .. }, .. }));
        let secret = effects.submissions.iter().any(|_| true);
        let state = effects.writes.iter().any(|write| matches!(write, Write::State { .. }));
        let resubmitted = effects.submissions.iter().all(|s| self.store.submissions.contains_key(&s.id()));
        assert!(!secret || state || resubmitted, "what leaves is remembered first");
        self.store.apply(effects.writes);
        for submission in effects.submissions {
            if !self.outbox.iter().any(|known| known.id() == submission.id()) {
                self.outbox.push(submission);
            }
        }
        self.events.extend(effects.events);
        self.wake_at = effects.wake_at;
        if again && !self.store.forgotten {
            let queued = self.queued();
            let now = Now { local: self.now };
            let effects = self.machine.as_mut().unwrap().handle(Input::Intents(queued), now).unwrap();
            self.carry_out(effects);
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
    // Not one's own any more.
    inner.submission = vec![9; 16].into();
    inner.encode_to_vec().into()
}
