//! The service, and its users' profiles.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use conclave_engine::api::{
    AppState, Connection, Draft, Error, Event, GroupDetail, NewAccount, Service as Where, ServiceOffer,
    TextFormat,
};
use conclave_engine::{Engine, EngineConfig, Events, Received, STORE_FILE, Services};
use conclave_protocol::UserUri;
use conclave_protocol::link::Connector;
use conclave_server::{Allowance, Limits, Service, ServiceConfig};
use conclave_vault::MemoryVault;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::certificates::{Authority, DOMAIN};
use crate::gate::Gate;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a condition without an event is polled.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How often a condition that has an event is polled without one.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Waits for a condition that has no event.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let by = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < by, "{what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// One service on disk, and a folder for everybody.
pub(crate) struct Host {
    pub(crate) service: Service,
    pub(crate) authority: Authority,
    pub(crate) folder: tempfile::TempDir,
}

impl Host {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("service");
        let authority = Authority::for_service(&own);
        // Rate limits would be measured instead of the engine.
        let plenty = Allowance::per_second(1_000_000, 1_000_000);
        let limits = Limits {
            frames: plenty,
            logs_created: plenty,
            enrolments: plenty,
            claims: plenty,
            claims_per_target: plenty,
            ..Limits::default()
        };
        let config =
            ServiceConfig { limits, domain: Some(DOMAIN.to_owned()), ..ServiceConfig::directory(own) };
        Self { service: Service::open(config).unwrap(), authority, folder }
    }

    /// A new person with an account.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let folder = self.folder.path().join(name);
        let gate = Gate::to(self.service.connector());
        let vault = Arc::new(MemoryVault::new());
        let engine = open(&folder, &vault, &gate).await;
        let new = NewAccount::new(name, Where::Own);
        engine.create_account(new).await.unwrap();
        let person = Person { engine, gate, folder, vault, name: name.to_owned() };
        person.connected().await;
        person
    }
}

async fn open(folder: &std::path::Path, vault: &Arc<MemoryVault>, gate: &Gate) -> Engine {
    std::fs::create_dir_all(folder).unwrap();
    let services = Arc::new(OneService(gate.clone()));
    Engine::open(EngineConfig::new(folder.to_owned(), Arc::<MemoryVault>::clone(vault), services))
        .await
        .unwrap()
}

#[derive(Debug)]
struct OneService(Gate);

impl Services for OneService {
    fn offers(&self) -> Vec<ServiceOffer> {
        Vec::new()
    }

    fn connector(&self, _: &Where) -> BoxFuture<'static, Result<Arc<dyn Connector>, Error>> {
        let connector: Arc<dyn Connector> = Arc::new(self.0.clone());
        async move { Ok(connector) }.boxed()
    }
}

/// Somebody with an engine. Keys are in memory: a keychain's cost is its own.
pub(crate) struct Person {
    pub(crate) engine: Engine,
    pub(crate) gate: Gate,
    pub(crate) folder: PathBuf,
    pub(crate) vault: Arc<MemoryVault>,
    pub(crate) name: String,
}

impl Person {
    pub(crate) async fn connected(&self) {
        until("the engine is connected", || async {
            let state = self.engine.app_state().await.unwrap();
            matches!(state, AppState::Ready { account } if account.connection == Connection::Connected)
        })
        .await;
    }

    pub(crate) fn user(&self) -> UserUri {
        format!("mimi://{DOMAIN}/u/{}", self.name).parse().unwrap()
    }

    /// Ends the engine; its store is closed when this returns.
    pub(crate) async fn close(&mut self) {
        self.engine.close().await;
        let lock = self.folder.join(format!("{STORE_FILE}.lock"));
        until("the store is let go", || async {
            std::fs::File::open(&lock).is_ok_and(|file| file.try_lock().is_ok())
        })
        .await;
    }

    pub(crate) async fn reopen(&mut self) {
        self.engine = open(&self.folder, &self.vault, &self.gate).await;
    }

    pub(crate) async fn sees(&self, group: &str) -> GroupDetail {
        self.engine.group(group.to_owned()).await.unwrap()
    }

    pub(crate) async fn says(&self, group: &str, text: &str) {
        let draft = Draft { text: text.to_owned(), format: TextFormat::Plain, reply_to: None };
        self.engine.send(group, draft).await.unwrap();
    }

    /// Nothing of this person's is under way in the group.
    pub(crate) async fn settled(&self, group: &str) {
        until("all is sent", || async { self.sees(group).await.queued == 0 }).await;
    }

    /// Waits for an epoch by its events.
    pub(crate) async fn reaches(&self, group: &str, epoch: u64) {
        let mut events = self.engine.events();
        let wanted = Event::Membership { group: group.to_owned() };
        let by = Instant::now() + PATIENCE;
        loop {
            if self.engine.group(group.to_owned()).await.is_ok_and(|seen| seen.epoch >= epoch) {
                return;
            }
            assert!(Instant::now() < by, "the epoch is reached");
            let told =
                async { while !matches!(events.next().await, Some(Received::Event(e)) if e == wanted) {} };
            // The group may not exist yet, and then no event names it.
            let _ = tokio::time::timeout(LOOK_AGAIN, told).await;
        }
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join(format!("{STORE_FILE}-wal"))
    }

    /// The write-ahead log was moved into the database.
    pub(crate) async fn checkpointed(&self) {
        until("the write-ahead log is emptied", || async {
            std::fs::metadata(self.log_file()).is_ok_and(|m| m.len() == 0)
        })
        .await;
    }
}

/// Waits for an event.
pub(crate) async fn hear(events: &mut Events, wanted: &Event) {
    let heard = async {
        while let Some(heard) = events.next().await {
            if heard == Received::Event(wanted.clone()) {
                return;
            }
        }
        panic!("the engine ended");
    };
    tokio::time::timeout(PATIENCE, heard).await.expect("the event comes");
}
