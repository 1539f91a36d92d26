//! Somebody with the app: their actions, and what they see.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use conclave_engine::api::{
    Draft, Error, GroupDetail, GroupSummary, LogPage, LogQuery, MembershipKind, MessageBody, MessageRow,
    MessageState, RowBody, TextFormat, TimelineQuery, TimelineRow,
};
use conclave_engine::{Engine, EngineConfig, Executor, IdSource, STORE_FILE};
use conclave_store::StoreKey;
use conclave_vault::{ItemName, MemoryVault, Vault as _};

use crate::directory::{Directory, Reach};
use crate::disk::Disk;
use crate::network::{Network, Way};
use crate::world::{DOMAIN, SETTLE_MS, WorldClock};

/// What outlives an engine: folder, keychain, network.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) vault: Arc<MemoryVault>,
    pub(crate) network: Network,
    pub(crate) clock: WorldClock,
    pub(crate) ids: IdSource,
    pub(crate) disk: Disk,
    pub(crate) directory: Directory,
    /// The number of copies made so far.
    pub(crate) lives: u32,
}

impl Home {
    async fn open(&self) -> Engine {
        let config = EngineConfig {
            data_dir: self.folder.clone(),
            vault: Arc::<MemoryVault>::clone(&self.vault),
            services: Arc::new(Reach::new(self.directory.clone(), self.network.clone())),
            clock: Arc::new(self.clock.clone()),
            ids: self.ids.clone(),
            executor: Executor::Inline,
            store_faults: Some(Arc::new(self.disk.clone())),
        };
        Engine::open(config).await.expect("an engine without threads opens")
    }

    /// What is durable at this moment, as a machine would find it after a power loss. The engine works in place, so no
    /// transaction is under way.
    fn copy(&self) -> Self {
        let lives = self.lives + 1;
        let folder = self.folder.with_file_name(format!("{}-again-{lives}", self.name));
        fs::create_dir_all(&folder).expect("the temporary folder can be written");
        for suffix in ["", "-wal"] {
            let file = format!("{STORE_FILE}{suffix}");
            if self.folder.join(&file).exists() {
                fs::copy(self.folder.join(&file), folder.join(&file)).expect("files can be copied");
            }
        }
        Self { folder, vault: self.copy_of_vault(), network: Network::to(None), lives, ..self.clone() }
    }

    pub(crate) fn store_key(&self) -> StoreKey {
        StoreKey::new(self.store_key_bytes())
    }

    pub(crate) fn store_key_bytes(&self) -> [u8; 32] {
        let item = ItemName::new("store/key").expect("a valid name");
        let key = self.vault.get(&item).expect("the vault is open").expect("there is an account");
        key.expose().try_into().expect("32 bytes")
    }

    /// The secrets, in a vault of their own.
    pub(crate) fn copy_of_vault(&self) -> Arc<MemoryVault> {
        let vault = MemoryVault::new();
        for item in self.vault.list().expect("the vault is open") {
            let secret = self.vault.get(&item).expect("the vault is open").expect("it was listed");
            vault.put(&item, &secret).expect("the copy has the same room");
        }
        Arc::new(vault)
    }
}

/// Somebody with a running app.
#[derive(Debug)]
pub struct Person {
    pub engine: Engine,
    home: Home,
    /// What was durable when the app was killed.
    remains: Arc<Mutex<Option<Home>>>,
}

/// The app and what it uses.
impl Person {
    pub(crate) async fn new(home: Home) -> Self {
        Self { engine: home.open().await, home, remains: Arc::default() }
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// What services this person finds.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.home.directory
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.home.name
    }

    /// `mimi://domain/u/name`
    #[must_use]
    pub fn user(&self) -> String {
        format!("mimi://{DOMAIN}/u/{}", self.home.name)
    }

    #[must_use]
    pub fn network(&self) -> &Network {
        &self.home.network
    }

    #[must_use]
    pub fn vault(&self) -> &MemoryVault {
        &self.home.vault
    }

    /// The store's disk.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.home.disk
    }

    /// This person's own clock.
    #[must_use]
    pub fn clock(&self) -> &WorldClock {
        &self.home.clock
    }

    /// The store's file.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        self.home.folder.join(STORE_FILE)
    }

    /// The store's key.
    #[must_use]
    pub fn store_key(&self) -> StoreKey {
        self.home.store_key()
    }

    /// The store as it is on disk now, in a folder that outlives this call.
    #[must_use]
    pub fn copy_of_store(&self) -> PathBuf {
        let copy = Home { lives: self.home.lives + 1_000, ..self.home.clone() }.copy();
        copy.folder.join(STORE_FILE)
    }

    /// Ends the app and starts it again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Ends the app cleanly.
    pub async fn stop(&mut self) {
        self.engine.close().await;
        // The actors end in their own turns.
        tokio::time::sleep(Duration::from_millis(SETTLE_MS)).await;
    }

    /// Starts it again.
    pub async fn start(&mut self) {
        self.engine = self.home.open().await;
    }

    /// Starts the app a second time beside the running one.
    pub async fn second_engine(&self) -> Engine {
        self.home.open().await
    }

    /// Kills the app when it is about to send its `frame`th frame from now on (0: the next).
    pub fn dies_before(&self, frame: u32) {
        let (home, remains) = (self.home.clone(), Arc::clone(&self.remains));
        let mut left = frame;
        self.network().upstream(move |_| {
            if left > 0 {
                left -= 1;
                return Way::Pass;
            }
            let mut remains = remains.lock().unwrap_or_else(PoisonError::into_inner);
            if remains.is_none() {
                *remains = Some(home.copy());
                home.network.cut();
            }
            Way::Cut
        });
    }

    /// Whether it was killed.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.remains.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Starts the app from what was durable when it was killed, or is now.
    pub async fn rises(&mut self, world: &crate::World) {
        let remains = self.remains.lock().unwrap_or_else(PoisonError::into_inner).take();
        let home = remains.unwrap_or_else(|| self.home.copy());
        self.network().cut();
        self.engine.close().await;
        self.home = home;
        world.meet_again(self);
        self.start().await;
    }
}

/// What somebody does.
impl Person {
    /// Creates a group with these people.
    pub async fn creates(&self, name: &str, people: &[&Person]) -> String {
        let people = people.iter().map(|p| p.name().to_owned()).collect();
        self.engine.create_group(name.to_owned(), people).await.expect("a group is made")
    }

    pub async fn says(&self, group: &str, text: &str) -> String {
        self.tries_to_say(group, text).await.expect("a message is queued")
    }

    pub async fn tries_to_say(&self, group: &str, text: &str) -> Result<String, Error> {
        let draft = Draft { text: text.to_owned(), format: TextFormat::Plain, reply_to: None };
        self.engine.send(group, draft).await
    }

    pub async fn replies(&self, group: &str, to: &str, text: &str) {
        let draft = Draft { text: text.to_owned(), format: TextFormat::Plain, reply_to: Some(to.to_owned()) };
        self.engine.send(group, draft).await.expect("a reply is queued");
    }

    pub async fn reacts(&self, group: &str, to: &str, emoji: &str, on: bool) {
        let (to, emoji) = (to.to_owned(), emoji.to_owned());
        self.engine.react(group, to, emoji, on).await.expect("a reaction is queued");
    }

    pub async fn edits(&self, group: &str, message: &str, text: &str) {
        self.edits_as(group, message, text, TextFormat::Plain).await;
    }

    pub async fn edits_as(&self, group: &str, message: &str, text: &str, format: TextFormat) {
        let edited = self.engine.edit(group, message.to_owned(), text.to_owned(), format).await;
        edited.expect("an edit is queued");
    }

    pub async fn deletes(&self, group: &str, message: &str) {
        self.engine.delete(group, message.to_owned()).await.expect("a deletion is queued");
    }

    pub async fn adds(&self, group: &str, who: &[&Person]) {
        let handles = who.iter().map(|p| p.name().to_owned()).collect();
        self.engine.add_people(group.to_owned(), handles).await.expect("people are added");
    }

    pub async fn removes(&self, group: &str, who: &Person) {
        self.engine.remove_person(group.to_owned(), who.user()).await.expect("a person is removed");
    }

    pub async fn renames(&self, group: &str, name: &str) {
        self.engine.rename_group(group.to_owned(), name.to_owned()).await.expect("the intent is kept");
    }

    pub async fn leaves(&self, group: &str) {
        self.engine.leave_group(group.to_owned()).await.expect("the intent to leave is kept");
    }

    /// Sees everything that is in the timeline now.
    pub async fn looks(&self, group: &str) {
        if let Some(last) = self.timeline(group).await.last() {
            self.engine.mark_seen(group.to_owned(), last.position).await.expect("a mark is kept");
        }
    }
}

/// What somebody sees.
impl Person {
    /// The group's head.
    pub async fn sees(&self, group: &str) -> GroupDetail {
        self.engine.group(group.to_owned()).await.expect("the group is there")
    }

    /// The group's line in the list.
    pub async fn line(&self, group: &str) -> GroupSummary {
        let groups = self.engine.groups().await.expect("the list is there");
        groups.into_iter().find(|g| g.id == group).expect("the group is in the list")
    }

    /// All rows of the timeline, oldest first.
    pub async fn timeline(&self, group: &str) -> Vec<TimelineRow> {
        let mut rows = Vec::new();
        let mut before = None;
        loop {
            let query = TimelineQuery { before, from: None, limit: 200 };
            let mut page =
                self.engine.timeline(group.to_owned(), query).await.expect("the timeline is there");
            before = page.rows.first().map(|r| r.position);
            page.rows.extend(rows);
            rows = page.rows;
            if !page.more_before {
                return rows;
            }
        }
    }

    /// The messages shown, oldest first.
    pub async fn messages(&self, group: &str) -> Vec<MessageRow> {
        let message = |row: TimelineRow| match row.body {
            RowBody::Message(message) => Some(message),
            _ => None,
        };
        self.timeline(group).await.into_iter().filter_map(message).collect()
    }

    /// The id of the message with this text.
    pub async fn message(&self, group: &str, text: &str) -> String {
        let is = |m: &MessageRow| matches!(&m.body, MessageBody::Text { text: t, .. } if t == text);
        let message = self.messages(group).await.into_iter().find(is);
        message.unwrap_or_else(|| panic!("{} sees {text:?}", self.name())).message
    }

    /// The texts shown, with their senders, oldest first.
    pub async fn texts(&self, group: &str) -> Vec<(String, String)> {
        let text = |message: MessageRow| match message.body {
            MessageBody::Text { text, .. } => Some((message.sender.handle, text)),
            MessageBody::Deleted | MessageBody::Unknown { .. } => None,
        };
        self.messages(group).await.into_iter().filter_map(text).collect()
    }

    /// The texts shown, oldest first.
    pub async fn reads(&self, group: &str) -> Vec<String> {
        self.texts(group).await.into_iter().map(|(_, text)| text).collect()
    }

    /// The states of this person's own messages, oldest first.
    pub async fn states(&self, group: &str) -> Vec<MessageState> {
        let own = self.messages(group).await.into_iter().filter(|message| message.sender.me);
        own.map(|message| message.state).collect()
    }

    /// The membership log, oldest first.
    pub async fn log(&self, group: &str) -> LogPage {
        let query = LogQuery { limit: 200, ..LogQuery::default() };
        let mut page = self.engine.membership_log(group.to_owned(), query).await.expect("the log is there");
        while page.more {
            let before = page.rows.last().map(|row| row.index);
            let query = LogQuery { limit: 200, before, ..LogQuery::default() };
            let next = self.engine.membership_log(group.to_owned(), query).await;
            let next = next.expect("the log is there");
            page.rows.extend(next.rows);
            page.more = next.more;
        }
        page.rows.reverse();
        page
    }

    /// The kinds of changes in the membership log, oldest first, without renewals of keys.
    pub async fn changes(&self, group: &str) -> Vec<MembershipKind> {
        let kinds = self.log(group).await.rows.into_iter().map(|row| row.change.kind);
        kinds
            .filter(|kind| !matches!(kind, MembershipKind::KeyRotated | MembershipKind::KeysRenewed))
            .collect()
    }

    /// Handles of the members, by role and name.
    pub async fn roster(&self, group: &str) -> Vec<String> {
        let roster = self.engine.roster(group.to_owned(), 0).await.expect("the roster is there");
        roster.people.into_iter().map(|p| p.person.handle).collect()
    }
}
