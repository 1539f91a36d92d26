//! An address's hourly allowances, which a restart does not renew.

use std::path::Path;
use std::time::Duration;

use conclave_protocol::wire::{self, ErrorCode};
use conclave_server::{Allowance, Executor, Limits, Service, ServiceConfig, serve};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::{Answer, Ask, clock, code, enrol, key};
use crate::socket::connect;

/// A service on a folder with a listener, running as long as the sender lives.
struct Server {
    service: Service,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<()>,
}

async fn start(folder: &Path) -> Server {
    let mut config = ServiceConfig::directory(folder);
    (config.clock, config.executor) = (clock(), Executor::Inline);
    let two = Allowance::per_hour(2, 2);
    let bytes_stored = Allowance::per_hour(1_000, 1_000);
    let look_ups = Allowance::per_hour(3, 3);
    config.limits =
        Limits { enrolments: two, blobs_stored: two, bytes_stored, look_ups, ..Limits::default() };
    let service = Service::open(config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = serve(service.clone(), listener, None, async move { drop(stopped.await) });
    let served = tokio::spawn(async move { serving.await.unwrap() });
    Server { service, address, stop, served }
}

impl Server {
    /// Enrols names until it is refused; returns how many succeeded.
    async fn names(&self, first: u8) -> u8 {
        let mut line = connect(self.address, "/v1/identified").await;
        for number in first.. {
            match line.ask(enrol(&line, &format!("n{number}"), &key(number))).await {
                Answer::Enrolled(_) => {}
                refused => {
                    assert_eq!(code(&refused), ErrorCode::RateLimited);
                    return number - first;
                }
            }
        }
        unreachable!("names are limited")
    }

    async fn store(&self, id: u8, bytes: usize) -> Answer {
        let mut line = connect(self.address, "/v1/anonymous").await;
        let put = wire::PutBlob { id: vec![id; 16].into(), data: vec![1; bytes].into() };
        line.ask(Ask::PutBlob(put)).await
    }

    async fn close(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
        self.service.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn names_are_looked_up_at_a_bounded_rate() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path()).await;
    let mut line = connect(server.address, "/v1/identified").await;
    let mut look = async || line.ask(Ask::LookUp(wire::LookUp { name: "nobody".to_owned() })).await;
    for _ in 0..3 {
        assert_eq!(code(&look().await), ErrorCode::NoSuchUser);
    }
    assert_eq!(code(&look().await), ErrorCode::RateLimited);
}

#[tokio::test(start_paused = true)]
async fn allowances_outlive_a_restart_and_come_back_with_time() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path()).await;
    assert_eq!(server.names(0).await, 2);
    assert!(matches!(server.store(1, 600).await, Answer::BlobStored(_)));
    server.close().await;

    let server = start(folder.path()).await;
    assert_eq!(server.names(10).await, 0);
    assert_eq!(code(&server.store(2, 600).await), ErrorCode::RateLimited);
    tokio::time::sleep(Duration::from_secs(1_900)).await;
    assert_eq!(server.names(20).await, 1);
    server.close().await;

    // A test's clock always starts at the same moment: what was used then counts as used now, and no more.
    let server = start(folder.path()).await;
    assert_eq!(server.names(30).await, 0);
    tokio::time::sleep(Duration::from_secs(7_300)).await;
    assert_eq!(server.names(40).await, 2);
    assert!(matches!(server.store(3, 600).await, Answer::BlobStored(_)));
    server.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_killed_forgets_a_few_seconds_only() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path()).await;
    assert_eq!(server.names(0).await, 2);
    tokio::time::sleep(Duration::from_secs(10)).await;
    // It is not shut down: what was not saved by now is lost.
    server.served.abort();
    drop(server);
    // Its connections end with it, and release the folder.
    tokio::time::sleep(Duration::from_secs(100)).await;
    let server = start(folder.path()).await;
    assert_eq!(server.names(10).await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_database_names_no_address_and_no_pair() {
    let folder = TempDir::new().unwrap();
    let server = start(folder.path()).await;
    server.names(0).await;
    server.close().await;
    let db = rusqlite::Connection::open(folder.path().join("conclave.db")).unwrap();
    let key = std::fs::read_to_string(folder.path().join("database.key")).unwrap();
    db.execute_batch(&format!("PRAGMA key = \"x'{}'\";", key.trim())).unwrap();
    let tags = |db: &rusqlite::Connection| {
        let mut query = db.prepare("SELECT kind, tag FROM delivery_allowance ORDER BY kind").unwrap();
        let rows = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)));
        rows.unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    let found = tags(&db);
    assert_eq!(found.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [1]);
    assert!(found.iter().all(|(_, tag)| tag.len() == 16 && !tag.windows(4).any(|w| w == [127, 0, 0, 1])));
}
