//! Who is in a scenario, and the words it is told in.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use conclave_engine::api::{
    Draft, Error, GroupDetail, LogPage, LogQuery, MessageBody, MessageState, NewAccount, RowBody,
    Service as Where, ServiceOffer, TextFormat, TimelineQuery, TimelineRow,
};
use conclave_engine::{Engine, EngineConfig, Executor, IdSource, Services};
use conclave_protocol::Timestamp;
use conclave_protocol::clock::TokioClock;
use conclave_protocol::link::Connector;
use conclave_server::{Service, ServiceConfig};
use conclave_vault::MemoryVault;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::network::Network;

/// The domain of the world's only service.
const DOMAIN: &str = "example.org";
/// When every story begins.
const BEGIN: Timestamp = Timestamp(1_800_000_000_000);
/// Virtual time in which everything that is on its way has arrived and been handled.
const SETTLE_MS: u64 = 5_000;

/// Runs a scenario under paused time, with this seed for ids, salts, jitter and faults.
pub fn story<F, Fut>(seed: u64, tell: F)
where
    F: FnOnce(World) -> Fut,
    Fut: Future<Output = ()>,
{
    eprintln_seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async { tell(World::new(seed)).await });
}

#[allow(clippy::print_stderr, reason = "a failing story is repeated with its seed")]
fn eprintln_seed(seed: u64) {
    eprintln!("seed {seed}");
}

/// The service and everybody's folders.
#[derive(Debug)]
pub struct World {
    pub service: Service,
    pub seed: u64,
    clock: TokioClock,
    folder: tempfile::TempDir,
    born: std::cell::Cell<u64>,
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = TokioClock::starting_at(BEGIN);
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let config = ServiceConfig::in_memory(DOMAIN, Arc::new(clock));
        let service = Service::open(config).expect("a service in memory opens");
        Self { service, seed, clock, folder, born: std::cell::Cell::new(0) }
    }

    /// A person with an account of this name.
    pub async fn person(&self, name: &str) -> Person {
        let person = self.newcomer(name).await;
        let new = NewAccount { handle: name.to_owned(), service: Where::Own };
        person.engine.create_account(new).await.expect("an account is made");
        self.settle().await;
        person
    }

    /// A person who has only just installed the app.
    pub async fn newcomer(&self, name: &str) -> Person {
        let born = self.born.get() + 1;
        self.born.set(born);
        let home = Home {
            name: name.to_owned(),
            folder: self.folder.path().join(name),
            vault: Arc::new(MemoryVault::new()),
            network: Network::to(self.service.clone()),
            clock: self.clock,
            ids: IdSource::seeded(self.seed.wrapping_mul(1_000_003).wrapping_add(born)),
        };
        let engine = home.open().await;
        Person { engine, home }
    }

    /// Lets everything that is on its way arrive and be handled.
    pub async fn settle(&self) {
        self.pass(SETTLE_MS).await;
    }

    /// Lets virtual time pass.
    pub async fn pass(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// What outlives an engine: the folder, the keychain, the network.
#[derive(Debug, Clone)]
struct Home {
    name: String,
    folder: PathBuf,
    vault: Arc<MemoryVault>,
    network: Network,
    clock: TokioClock,
    ids: IdSource,
}

impl Home {
    async fn open(&self) -> Engine {
        let config = EngineConfig {
            data_dir: self.folder.clone(),
            vault: Arc::<MemoryVault>::clone(&self.vault),
            services: Arc::new(Reach(self.network.clone())),
            clock: Arc::new(self.clock),
            ids: self.ids.clone(),
            executor: Executor::Inline,
        };
        Engine::open(config).await.expect("an engine without threads opens")
    }
}

/// All services are the world's one.
#[derive(Debug)]
struct Reach(Network);

impl Services for Reach {
    fn offers(&self) -> Vec<ServiceOffer> {
        vec![ServiceOffer { service: Where::Own, domain: Some(DOMAIN.to_owned()) }]
    }

    fn connector(&self, _: &Where) -> BoxFuture<'static, Result<Arc<dyn Connector>, Error>> {
        let connector: Arc<dyn Connector> = Arc::new(self.0.clone());
        async move { Ok(connector) }.boxed()
    }
}

/// Somebody with a running app.
#[derive(Debug)]
pub struct Person {
    pub engine: Engine,
    home: Home,
}

impl Person {
    #[must_use]
    pub fn name(&self) -> &str {
        &self.home.name
    }

    #[must_use]
    pub fn network(&self) -> &Network {
        &self.home.network
    }

    #[must_use]
    pub fn vault(&self) -> &MemoryVault {
        &self.home.vault
    }

    /// The store's file.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        self.home.folder.join("conclave.db")
    }

    /// Ends the app and starts it again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.engine = self.home.open().await;
    }

    /// Ends the app in an orderly way.
    pub async fn stop(&mut self) {
        self.engine.close().await;
        // The actors end in turns of their own.
        tokio::time::sleep(Duration::from_millis(SETTLE_MS)).await;
    }

    /// Starts it again.
    pub async fn start(&mut self) {
        self.engine = self.home.open().await;
    }

    /// Makes a group with these people.
    pub async fn creates(&self, name: &str, people: &[&Person]) -> String {
        let people = people.iter().map(|p| p.name().to_owned()).collect();
        self.engine.create_group(name.to_owned(), people).await.expect("a group is made")
    }

    pub async fn says(&self, group: &str, text: &str) -> String {
        let draft = Draft { text: text.to_owned(), format: TextFormat::Plain, reply_to: None };
        self.engine.send(group.to_owned(), draft).await.expect("a message is queued")
    }

    pub async fn adds(&self, group: &str, who: &[&Person]) {
        let handles = who.iter().map(|p| p.name().to_owned()).collect();
        self.engine.add_people(group.to_owned(), handles).await.expect("people are added");
    }

    pub async fn removes(&self, group: &str, who: &Person) {
        let user = format!("mimi://{DOMAIN}/u/{}", who.name());
        self.engine.remove_person(group.to_owned(), user).await.expect("a person is removed");
    }

    pub async fn leaves(&self, group: &str) {
        self.engine.leave_group(group.to_owned()).await.expect("the wish to leave is kept");
    }

    /// The group's head.
    pub async fn sees(&self, group: &str) -> GroupDetail {
        self.engine.group(group.to_owned()).await.expect("the group is there")
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

    /// The texts shown, with their senders, oldest first.
    pub async fn texts(&self, group: &str) -> Vec<(String, String)> {
        let text = |row: TimelineRow| match row.body {
            RowBody::Message(message) => match message.body {
                MessageBody::Text { text, .. } => Some((message.sender.handle, text)),
                MessageBody::Deleted | MessageBody::Unknown { .. } => None,
            },
            _ => None,
        };
        self.timeline(group).await.into_iter().filter_map(text).collect()
    }

    /// The states of this person's own messages, oldest first.
    pub async fn states(&self, group: &str) -> Vec<MessageState> {
        let state = |row: TimelineRow| match row.body {
            RowBody::Message(message) if message.sender.me => Some(message.state),
            _ => None,
        };
        self.timeline(group).await.into_iter().filter_map(state).collect()
    }

    /// The membership log, oldest first.
    pub async fn log(&self, group: &str) -> LogPage {
        let query = LogQuery { limit: 200, ..LogQuery::default() };
        let mut page = self.engine.membership_log(group.to_owned(), query).await.expect("the log is there");
        page.rows.reverse();
        page
    }

    /// Handles of who is in the group, by role and name.
    pub async fn roster(&self, group: &str) -> Vec<String> {
        let roster = self.engine.roster(group.to_owned(), 0).await.expect("the roster is there");
        roster.people.into_iter().map(|p| p.person.handle).collect()
    }
}
