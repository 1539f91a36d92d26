//! The service, everybody's folders, and their shared time.

use std::cell::{Cell, RefCell};
use std::fs;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use conclave_engine::IdSource;
use conclave_engine::api::{NewAccount, Service as Where};
use conclave_protocol::Timestamp;
use conclave_protocol::clock::{Clock, TokioClock};
use conclave_server::{Executor, Limits, Service, ServiceConfig, StorageConfig};
use conclave_vault::MemoryVault;
use tempfile::TempDir;

use crate::directory::Directory;
use crate::disk::Disk;
use crate::network::Network;
use crate::person::{Home, Person};

/// The domain of the world's only service.
pub(crate) const DOMAIN: &str = "example.org";
/// Where a service on disk is, in the world's folder.
const SERVICE: &str = "service";
/// When every story begins, unless it says otherwise.
const BEGIN: Timestamp = Timestamp(1_800_000_000_000);
/// Virtual time in which everything on its way has arrived and been handled.
pub(crate) const SETTLE_MS: u64 = 5_000;
/// Virtual time after which nobody has anything left to do by themselves: leaving committed, keys renewed.
const QUIET_MS: u64 = 180_000;
/// A day in milliseconds.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A story's settings, where not the default.
#[derive(Debug, Clone)]
pub struct Setup {
    /// For ids, salts, jitter and faults.
    pub seed: u64,
    /// The service keeps its data in a folder, so that it can be restarted.
    pub service_on_disk: bool,
    /// The service's limits.
    pub limits: Limits,
    /// When it begins.
    pub begin: Timestamp,
}

impl Setup {
    /// The default: a service in memory with its own limits.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed, service_on_disk: false, limits: Limits::default(), begin: BEGIN }
    }
}

/// Runs a scenario under paused time, with this seed for ids, salts, jitter and faults.
pub fn story<F, Fut>(seed: u64, tell: F)
where
    F: FnOnce(World) -> Fut,
    Fut: Future<Output = ()>,
{
    story_with(Setup::seeded(seed), tell);
}

/// Runs a scenario under paused time.
pub fn story_with<F, Fut>(setup: Setup, tell: F) -> Fut::Output
where
    F: FnOnce(World) -> Fut,
    Fut: Future,
{
    eprintln_seed(setup.seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async { tell(World::new(setup)).await })
}

#[allow(clippy::print_stderr, reason = "a failing story is repeated with its seed")]
fn eprintln_seed(seed: u64) {
    eprintln!("seed {seed}");
}

/// Virtual time, which can also jump: as on a machine that slept, no timer sees the time jumped over.
#[derive(Debug, Clone)]
pub struct WorldClock {
    runs: TokioClock,
    ahead_ms: Arc<AtomicI64>,
}

impl WorldClock {
    fn starting_at(begin: Timestamp) -> Self {
        Self { runs: TokioClock::starting_at(begin), ahead_ms: Arc::default() }
    }

    /// A separate clock that shows the same time now.
    pub(crate) fn own(&self) -> Self {
        let ahead = self.ahead_ms.load(Ordering::SeqCst);
        Self { runs: self.runs, ahead_ms: Arc::new(AtomicI64::new(ahead)) }
    }

    /// Jumps ahead.
    pub fn jump(&self, ms: u64) {
        self.ahead_ms.fetch_add(signed(ms), Ordering::SeqCst);
    }

    /// Jumps back, as when somebody set it wrong.
    pub fn jump_back(&self, ms: u64) {
        self.ahead_ms.fetch_sub(signed(ms), Ordering::SeqCst);
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.runs.now().0.saturating_add_signed(self.ahead_ms.load(Ordering::SeqCst)))
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).expect("no story lasts that long")
}

/// A folder in memory where the system has one: a story's machine never crashes, so nothing has to reach a disk.
fn folder() -> std::io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// Copies a folder of files over another.
fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("the folder goes");
    }
    fs::create_dir(to).expect("the folder is made");
    for file in fs::read_dir(from).expect("the folder is there") {
        let file = file.expect("the folder can be read");
        fs::copy(file.path(), to.join(file.file_name())).expect("the file is copied");
    }
}

/// What was durable of a world, to begin others from.
#[derive(Debug)]
pub struct Kept {
    folder: TempDir,
    homes: Vec<Home>,
}

/// The service and everybody's folders.
#[derive(Debug)]
pub struct World {
    pub seed: u64,
    setup: Setup,
    service: RefCell<Option<Service>>,
    clock: WorldClock,
    folder: TempDir,
    born: Cell<u64>,
    /// Everybody's connection to the service, and their clocks.
    everybody: RefCell<Vec<(Network, WorldClock)>>,
}

impl World {
    fn new(setup: Setup) -> Self {
        Self::on(folder().expect("the temporary folder can be written"), setup)
    }

    /// A world that begins as another was when it was kept, at another time. It needs a `LocalSet`, as a story has one.
    #[must_use]
    pub fn begun_from(kept: &Kept, begin: Timestamp) -> Self {
        let folder = folder().expect("the temporary folder can be written");
        copy(&kept.folder.path().join(SERVICE), &folder.path().join(SERVICE));
        Self::on(folder, Setup { service_on_disk: true, begin, ..Setup::seeded(0) })
    }

    fn on(folder: TempDir, setup: Setup) -> Self {
        let world = Self {
            seed: setup.seed,
            service: RefCell::default(),
            clock: WorldClock::starting_at(setup.begin),
            setup,
            folder,
            born: Cell::new(0),
            everybody: RefCell::default(),
        };
        world.start_service();
        world
    }

    /// The service, if it runs.
    #[must_use]
    pub fn service(&self) -> Option<Service> {
        self.service.borrow().clone()
    }

    /// Starts the service (again).
    pub fn start_service(&self) {
        let storage = match self.setup.service_on_disk {
            true => StorageConfig::Directory(self.folder.path().join(SERVICE)),
            false => StorageConfig::InMemory,
        };
        let config = ServiceConfig {
            trusted_proxies: Vec::new(),
            storage,
            domain: Some(DOMAIN.to_owned()),
            limits: self.setup.limits.clone(),
            clock: Arc::new(self.clock.clone()),
            executor: Executor::Inline,
        };
        let service = Service::open(config).expect("the service opens");
        *self.service.borrow_mut() = Some(service);
        self.lead_everybody();
    }

    /// Ends the service cleanly; nobody can reach it any more.
    pub async fn stop_service(&self) {
        let service = self.service.borrow_mut().take();
        self.lead_everybody();
        if let Some(service) = service {
            service.close().await;
        }
        self.settle().await;
    }

    /// Copies the service's data, as a backup does: it is restarted for that.
    pub async fn backs_up_service(&self) {
        self.stop_service().await;
        copy(&self.folder.path().join(SERVICE), &self.folder.path().join("backup"));
        self.start_service();
        self.settle().await;
    }

    /// Ends the service, and starts it from the backup.
    pub async fn sets_service_back(&self) {
        self.stop_service().await;
        copy(&self.folder.path().join("backup"), &self.folder.path().join(SERVICE));
        self.start_service();
        self.settle().await;
    }

    fn lead_everybody(&self) {
        for (network, _) in self.everybody.borrow().iter() {
            network.lead_to(self.service());
        }
    }

    /// The world's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// People with an account.
    pub async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let mut people = Vec::with_capacity(N);
        for name in names {
            people.push(self.sign_up(name).await);
        }
        self.settle().await;
        people.try_into().expect("one for each name")
    }

    /// A person with an account of this name.
    pub async fn person(&self, name: &str) -> Person {
        let [person] = self.people([name]).await;
        person
    }

    /// People with an account, by login, with other names.
    pub async fn people_called<const N: usize>(&self, names: [(&str, &str); N]) -> [Person; N] {
        let mut people = Vec::with_capacity(N);
        for (login, name) in names {
            people.push(self.sign_up_as(login, Some(name)).await);
        }
        self.settle().await;
        people.try_into().expect("one for each name")
    }

    async fn sign_up(&self, name: &str) -> Person {
        self.sign_up_as(name, None).await
    }

    async fn sign_up_as(&self, login: &str, name: Option<&str>) -> Person {
        let person = self.newcomer(login).await;
        let name = name.map(str::to_owned);
        let new = NewAccount { name, ..NewAccount::new(login, Where::Own) };
        person.engine.create_account(new).await.expect("an account is made");
        person
    }

    /// A person who has only just installed the app.
    pub async fn newcomer(&self, name: &str) -> Person {
        Person::new(self.home(name)).await
    }

    /// The home of somebody of the world that this one began from, before they open the app.
    pub(crate) fn home_of(&self, kept: &Kept, name: &str) -> Option<Home> {
        let before = kept.homes.iter().find(|home| home.name == name)?;
        let home = Home { vault: before.copy_of_vault(), ..self.home(name) };
        copy(&before.folder, &home.folder);
        Some(home)
    }

    /// What is durable of the service, which goes on afterwards, and of these people, whose apps have ended. The service
    /// is on disk.
    pub async fn keep(&self, people: impl IntoIterator<Item = &Person>) -> Kept {
        let kept = folder().expect("the temporary folder can be written");
        self.stop_service().await;
        copy(&self.folder.path().join(SERVICE), &kept.path().join(SERVICE));
        let homes = people.into_iter().map(|person| {
            let folder = kept.path().join(person.name());
            copy(&person.home().folder, &folder);
            Home { folder, vault: person.home().copy_of_vault(), ..person.home().clone() }
        });
        let homes = homes.collect();
        self.start_service();
        Kept { folder: kept, homes }
    }

    fn home(&self, name: &str) -> Home {
        let born = self.born.get() + 1;
        self.born.set(born);
        let home = Home {
            name: name.to_owned(),
            folder: self.folder.path().join(format!("{name}-{born}")),
            vault: Arc::new(MemoryVault::new()),
            network: Network::to(self.service()),
            clock: self.clock.own(),
            ids: IdSource::seeded(self.seed.wrapping_mul(1_000_003).wrapping_add(born)),
            disk: Disk::default(),
            directory: Directory::default(),
            lives: 0,
        };
        self.everybody.borrow_mut().push((home.network.clone(), home.clock.clone()));
        home
    }

    /// Somebody restarted from a copy, with another network.
    pub fn meet_again(&self, person: &Person) {
        person.network().lead_to(self.service());
        self.everybody.borrow_mut().push((person.network().clone(), person.clock().clone()));
    }

    /// Lets everything on its way arrive and be handled.
    pub async fn settle(&self) {
        self.pass(SETTLE_MS).await;
    }

    /// Lets enough time pass that nobody has anything left to do by themselves.
    pub async fn quiet(&self) {
        self.pass(QUIET_MS).await;
    }

    /// Lets virtual time pass.
    pub async fn pass(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// All clocks jump ahead, as over a night in which all machines slept; connections are made again.
    pub async fn sleep(&self, ms: u64) {
        self.clock.jump(ms);
        for (network, clock) in self.everybody.borrow().iter() {
            clock.jump(ms);
            network.blink();
        }
        self.settle().await;
    }
}
