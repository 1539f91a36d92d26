//! Opening a profile with many groups and messages, its files out of the page cache.
//!
//! The engine creates the groups, over the service. The messages are written into the store as the engine writes them,
//! without decryption, which is measured on its own.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use conclave_engine::STORE_FILE;
use conclave_engine::api::{AppState, GroupHealth, TimelineQuery};
use conclave_group::content::Content;
use conclave_protocol::{Epoch, GroupId, MessageId, Seq, Timestamp};
use conclave_record::{MessageKind, MessageRow, TextFormat};
use conclave_store::{Store, StoreKey};
use conclave_vault::{ItemName, Vault as _};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::Connection;

use crate::Scale;
use crate::floor::unlock;
use crate::message::text;
use crate::profile::{Host, Person, until};
use crate::table::{Table, median};

/// Rows per transaction while messages are written.
const ROWS_AT_ONCE: usize = 1_000;
/// The first sequence number of those messages: beyond what creating a group takes.
const FIRST_SEQ: u64 = 1_000;
/// What a window shows first.
const SHOWN: u32 = 60;

pub(crate) async fn measure(host: &Host, scale: &Scale, table: &mut Table) {
    let mut person = host.person("cyd").await;
    for number in 0..scale.groups {
        person.engine.create_group(format!("Room {number}"), Vec::new()).await.unwrap();
    }
    until("the service has all groups", || async {
        person.engine.groups().await.unwrap().iter().all(|g| g.health == GroupHealth::Healthy)
    })
    .await;
    person.close().await;
    let key = person.store_key();
    fill(host, &person, &key, scale);
    let (mut times, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..scale.opens {
        forget(&person.folder);
        floors.push(floor(&person.folder, &key, scale.groups));
        forget(&person.folder);
        times.push(first_paint(&mut person, scale.groups).await);
        person.connected().await;
        person.close().await;
    }
    let what = format!("cold open, {} groups, {} messages", scale.groups, scale.kept);
    let (engine, aim) = (median(times), Duration::from_millis(300));
    table.time(what, engine, median(floors), None);
    table.time("    … beside its aim of 300 ms".to_owned(), engine, aim, Some(1.0));
}

/// From nothing to what a window shows first: the groups, and the newest messages of one.
async fn first_paint(person: &mut Person, groups: usize) -> Duration {
    let from = Instant::now();
    person.reopen().await;
    let state = person.engine.app_state().await.unwrap();
    assert!(matches!(state, AppState::Ready { .. }), "{state:?}");
    let listed = person.engine.groups().await.unwrap();
    assert_eq!(listed.len(), groups);
    let query = TimelineQuery { before: None, from: None, limit: SHOWN };
    let page = person.engine.timeline(listed[0].id.clone(), query).await.unwrap();
    assert_eq!(page.rows.len(), SHOWN as usize);
    from.elapsed()
}

/// A connection, and reading the groups' heads.
fn floor(folder: &Path, key: &[u8], groups: usize) -> Duration {
    let from = Instant::now();
    let conn = Connection::open(folder.join(STORE_FILE)).unwrap();
    unlock(&conn, key);
    let mut heads = conn
        .prepare("SELECT n.name, n.epoch, g.unread FROM groups g JOIN generations n ON n.id = g.current")
        .unwrap();
    let rows = heads.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(rows.map(Result::unwrap).count(), groups);
    from.elapsed()
}

/// Flushes the files to disk and evicts them from the page cache (Linux; elsewhere they stay).
fn forget(folder: &Path) {
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        let Ok(file) = std::fs::File::open(file.path()) else { continue };
        file.sync_all().unwrap();
        #[cfg(target_os = "linux")]
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    }
}

impl Person {
    fn store_key(&self) -> Vec<u8> {
        let item = ItemName::new("store/key").unwrap();
        self.vault.get(&item).unwrap().expect("the store's key").expose().to_vec()
    }
}

fn fill(host: &Host, person: &Person, key: &[u8], scale: &Scale) {
    let mut random = StdRng::from_os_rng();
    let sender = host.authority.device("dan").client;
    let key = StoreKey::new(key.try_into().unwrap());
    let store = Store::open(&person.folder.join(STORE_FILE), &key).unwrap();
    let groups: Vec<GroupId> =
        store.read(|v| Ok(v.groups()?.into_iter().map(|g| g.generation.group).collect())).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let at = Timestamp(u64::try_from(now).unwrap());
    let rows: Vec<(GroupId, MessageRow)> = (0..scale.kept)
        .map(|n| {
            let content = Content::text(random.random(), &text(n), TextFormat::Plain).encode().unwrap();
            let row = MessageRow {
                message: MessageId::new(random.random()),
                sender: sender.clone(),
                epoch: Epoch(1),
                seq: Seq(FIRST_SEQ + n as u64),
                at,
                kind: MessageKind::Text { text: text(n), format: TextFormat::Plain },
                in_reply_to: None,
                content: Bytes::from(content),
            };
            (groups[n % groups.len()], row)
        })
        .collect();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let put = |tx: &mut conclave_store::Tx<'_>| {
            for (group, row) in rows {
                let generation = tx.view().generation(group)?.expect("a group that is there");
                assert!(tx.add_message(&generation, row)?, "a new message");
            }
            Ok(())
        };
        store.write(put).unwrap();
    }
    assert!(store.checkpoint().unwrap(), "nobody reads meanwhile");
}
