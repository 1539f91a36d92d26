//! A client with an engine's duties: makes writes durable before it sends, loads again, hands in queued intents.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::certificate::Certificate;
use conclave_protocol::{ClientUri, MessageId, PersonName, Timestamp};
use conclave_record::*;
use conclave_record::{KeyHandle, TextFormat};

use super::service::Service;
use super::store::Store;
use super::world::{GROUP, ROUNDS_MAX};
use crate::content::{Content, Meaning, message_id};
use crate::credential::{CIPHER_SUITES, Identities, LEAF_LIFETIME_S, issue_leaf, validity_from};
use crate::key_package::{NewKeyPackage, generate};
use crate::signer::MemorySigner;
use crate::*;

/// One device of one person, with an engine's duties.
pub(super) struct Client {
    pub(super) name: String,
    pub(super) uri: ClientUri,
    pub(super) signer: Arc<MemorySigner>,
    pub(super) identities: Identities,
    pub(super) identity: Certificate,
    pub(super) device: Certificate,
    /// Seeds of all signature keys ever made here.
    pub(super) seeds: Vec<[u8; 32]>,
    pub(super) key_packages: Vec<KeyPackageRow>,
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
    pub(super) next_id: i64,
    pub(super) next_key: u8,
    pub(super) salt: u8,
    pub(super) seed: u8,
    /// Its user's name, if they have one.
    pub(super) called: Option<PersonName>,
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

    pub(super) fn create(&mut self, name: &str, people: Vec<PersonKeyPackages>, now: Timestamp) {
        let NewSigner { handle, chain } = self.signer(now);
        let suite = CIPHER_SUITES[0].into();
        let creator = self.uri.clone();
        let new = NewGroup { group: GROUP, name: name.to_owned(), creator, handle, chain, suite, people };
        let (machine, effects) = Machine::create(self.env(), new, Now { local: now }).unwrap();
        self.machine = Some(machine);
        self.carry_out(effects);
    }

    /// Joins by the Welcomes in the inbox.
    pub(super) fn join(&mut self, service: &mut Service, now: Timestamp) -> bool {
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
            // A new generation: nothing of the previous one is left but what was shown. Its log may not have been read
            // to the removal, so what was under way in it ends here.
            self.store.fail_intents();
            let former = std::mem::take(&mut self.store);
            self.store.messages = former.messages;
            self.store.sent = former.sent;
            self.store.unreadable = former.unreadable;
            self.store.intents = former.intents;
            self.store.names = former.names;
            self.machine = Some(machine);
            self.carry_out(effects);
            busy = true;
        }
        busy
    }

    /// Reads new log entries.
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

    /// Queues a text.
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

    /// Queues any content.
    pub(super) fn says(&mut self, content: &Content) {
        let content = content.encode().unwrap();
        let mut id = [self.salt; 32];
        id[..8].copy_from_slice(&self.next_id.to_be_bytes());
        self.want(IntentKind::Send { message: MessageId::new(id), content: content.into() });
    }

    /// Its user's name changes: the new intent replaces the waiting one.
    pub(super) fn is_called(&mut self, name: &str) {
        self.called = Some(PersonName::clean(name).unwrap());
        if let Some(id) = self.waiting_profile() {
            self.store.intents.remove(&id);
        }
        let name = self.called.clone().unwrap();
        self.want(IntentKind::Profile { name, due: Some(self.now) });
    }

    fn waiting_profile(&self) -> Option<IntentId> {
        let waits = |(id, state): (&IntentId, &IntentChange)| {
            let profile = matches!(self.intents.get(id)?.kind, IntentKind::Profile { .. });
            (profile && matches!(state, IntentChange::Queued { .. })).then_some(*id)
        };
        self.store.intents.iter().find_map(waits)
    }

    /// As a store does: one intent waits at a time.
    fn introduces(&mut self, due: Option<Timestamp>) -> bool {
        let Some(name) = self.called.clone() else { return false };
        let id = self.waiting_profile().unwrap_or_else(|| {
            self.next_id += 1;
            IntentId(self.next_id - 1)
        });
        let due = match self.intents.get(&id).map(|intent| &intent.kind) {
            Some(IntentKind::Profile { due: Some(known), .. }) => {
                Some(due.map_or(*known, |due| due.min(*known)))
            }
            _ => due,
        };
        self.intents.insert(id, Intent { id, kind: IntentKind::Profile { name, due }, attempts: 0 });
        self.store.intents.insert(id, IntentChange::Queued { attempts: 0 });
        true
    }

    /// Everybody's name, as far as known here, by login.
    pub(super) fn names(&self) -> BTreeMap<String, String> {
        self.store.names.iter().map(|(user, name)| (user.handle().to_owned(), name.clone())).collect()
    }

    pub(super) fn state(&self, id: IntentId) -> IntentChange {
        self.store.intents[&id]
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

    /// Whether it shows that it may lack a commit.
    pub(super) fn is_behind(&self) -> bool {
        self.store.head.as_ref().unwrap().behind.is_some()
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

    /// Handles an input as an engine does: durable first, and past an entry that can't be handled.
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

    /// After loading: hands in the queued intents, and whether the log continues.
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
                match Meaning::of(&content) {
                    Meaning::Message { kind: MessageKind::Text { text, .. }, .. } => Some(text),
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
        let mut again = effects
            .writes
            .iter()
            .any(|write| matches!(write, Write::Intent { change: IntentChange::Queued { .. }, .. }));
        let secret = effects.submissions.iter().any(|_| true);
        let state = effects.writes.iter().any(|write| matches!(write, Write::State { .. }));
        let resubmitted = effects.submissions.iter().all(|s| self.store.submissions.contains_key(&s.id));
        assert!(!secret || state || resubmitted, "what is sent is stored first");
        let place = |of: fn(&Write) -> bool| effects.writes.iter().position(of);
        let tree = place(|write| matches!(write, Write::Tree { .. }));
        let staged = place(|write| matches!(write, Write::Staged(_)));
        assert!(tree.zip(staged).is_none_or(|(tree, staged)| tree < staged), "a commit comes after its tree");
        let introductions = effects.writes.iter().filter_map(|write| match write {
            Write::Introduce { due, .. } => Some(*due),
            _ => None,
        });
        let introductions: Vec<_> = introductions.collect();
        self.store.apply(effects.writes);
        for due in introductions {
            again |= self.introduces(due);
        }
        for submission in effects.submissions {
            if !self.outbox.iter().any(|known| known.id == submission.id) {
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
