//! What a world begins with. Stories take a while to be told: they are told once, kept, and begun from anew by each world.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use conclave_engine::STORE_FILE;
use conclave_protocol::clock::{Clock as _, SystemClock};
use conclave_protocol::link::ConnectError;
use conclave_store::{ServiceKind, Store};
use serde::Deserialize;

use super::many;
use super::sample::{self, Samples};
use crate::person::Home;
use crate::{Kept, Person, World};

/// What a world begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Scene {
    /// Groups with something in each.
    Ready,
    /// An account, and no group.
    Empty,
    /// The same at a server.
    AtServer,
    /// The same with the service of another profile, which is Bob's.
    WithBob,
    /// Thousands of groups.
    Many,
    /// No account.
    FirstRun,
    /// `Ready`, where somebody has changed the membership log of "Harbour board" on the disk.
    LogChanged,
    /// What is in the way of `Empty`.
    KeychainLocked,
    StoreDamaged,
    ProfileInUse,
    StoreTooNew,
    DiskUnavailable,
    /// The account was deleted, and the keychain let nobody finish.
    Deleting,
}

/// Servers that no account can be made at.
const UNWILLING: [(&str, ConnectError); 4] = [
    ("nowhere.example", ConnectError::NoSuchHost),
    ("silent.example", ConnectError::Unreachable),
    ("web.example", ConnectError::NotAService),
    ("forged.example", ConnectError::Untrusted),
];

/// The stories that all worlds begin from.
#[derive(Debug)]
pub struct Scenes {
    empty: Arc<Kept>,
    ready: Arc<Kept>,
    /// Told when it is first asked for.
    many: OnceLock<Arc<Kept>>,
}

/// A world that has begun.
pub(super) struct Begun {
    pub(super) world: World,
    pub(super) kept: Arc<Kept>,
    pub(super) me: Person,
    /// The same profile, open elsewhere.
    pub(super) beside: Option<Person>,
}

impl Scenes {
    /// Tells them.
    #[must_use]
    pub fn told() -> Self {
        let Samples { empty, ready } = apart(sample::tell);
        Self { empty: Arc::new(empty), ready: Arc::new(ready), many: OnceLock::new() }
    }

    /// A world of this scene.
    pub(super) async fn begin(&self, scene: Scene) -> Begun {
        let kept = match scene {
            Scene::Ready | Scene::LogChanged => &self.ready,
            Scene::Many => self.many.get_or_init(|| Arc::new(apart(many::tell))),
            _ => &self.empty,
        };
        let world = World::begun_from(kept, SystemClock.now());
        let mut beside = None;
        let me = if scene == Scene::FirstRun {
            world.newcomer("zoe").await
        } else {
            let home = world.home_of(kept, "alice").expect("she is in every story");
            prepare(scene, &home);
            if scene == Scene::ProfileInUse {
                beside = Some(Person::new(home.clone()).await);
            }
            Person::new(home).await
        };
        me.directory().has_nearby(vec!["bob".to_owned()]);
        for (host, why) in UNWILLING {
            me.directory().is_unwilling(host, why);
        }
        if scene == Scene::Deleting {
            me.vault().set_available(false);
            // Refused by the keychain, which is what this scene is about.
            let _ = me.engine.delete_account("alice".to_owned()).await;
        }
        Begun { world, kept: Arc::clone(kept), me, beside }
    }
}

/// Tells a story on a thread of its own, as it has a runtime of its own with paused time.
fn apart<T: Send + 'static>(tell: fn() -> T) -> T {
    std::thread::spawn(tell).join().expect("a story that can be told")
}

/// What this scene needs before the app is opened.
fn prepare(scene: Scene, home: &Home) {
    let file = home.folder.join(STORE_FILE);
    let done = match scene {
        Scene::KeychainLocked => {
            home.vault.set_available(false);
            Ok(())
        }
        Scene::StoreDamaged => damage(&file),
        Scene::StoreTooNew => {
            by_hand(home, "PRAGMA user_version = 1000");
            Ok(())
        }
        Scene::LogChanged => {
            by_hand(
                home,
                "UPDATE membership SET devices = devices + 1, chain_hash = zeroblob(32) WHERE place = 3 AND group_row =
                     (SELECT group_row FROM generations WHERE name = 'Harbour board')",
            );
            Ok(())
        }
        // Where its lock should be is a folder.
        Scene::DiskUnavailable => {
            let lock = file.with_extension("db.lock");
            fs::remove_file(&lock).and_then(|()| fs::create_dir(lock))
        }
        Scene::AtServer => {
            live_with(home, &ServiceKind::Server { url: "https://chat.example.org".to_owned() })
        }
        Scene::WithBob => live_with(home, &ServiceKind::Local { name: "bob".to_owned() }),
        Scene::Ready
        | Scene::Empty
        | Scene::Many
        | Scene::FirstRun
        | Scene::ProfileInUse
        | Scene::Deleting => Ok(()),
    };
    done.expect("the world's folder can be written");
}

/// The first page is gone; the others show that it was our store.
fn damage(file: &Path) -> std::io::Result<()> {
    let mut bytes = fs::read(file)?;
    bytes[..4096].fill(0xa5);
    fs::write(file, bytes)
}

/// Changes the store as no app does.
fn by_hand(home: &Home, sql: &str) {
    let store = rusqlite::Connection::open(home.folder.join(STORE_FILE)).expect("the file is there");
    let key = format!("PRAGMA key = \"x'{}'\"", hex::encode(home.store_key_bytes()));
    store.execute_batch(&key).expect("the key is taken");
    store.execute_batch(sql).expect("the store is as it was written for");
}

fn live_with(home: &Home, service: &ServiceKind) -> std::io::Result<()> {
    let store = Store::open(&home.folder.join(STORE_FILE), &home.store_key()).expect("nobody has it open");
    store.write(|tx| tx.set_service(service)).map_err(std::io::Error::other)
}
