//! What strangers can make the service store, and what its database reveals about who is in contact.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use conclave_protocol::wire::submitted::Outcome;
use conclave_protocol::wire::{self, EntryKind, ErrorCode, KeyPackageUpload, WelcomeDelivery};
use conclave_protocol::{GroupId, InboxId};
use conclave_server::{Allowance, Executor, Limits, Service, ServiceConfig, serve};
use rusqlite::types::Value;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{
    Answer, Ask, Connection, Effect, Group, Person, accepted, bytes, clock, code, error, outcome,
    private_message, service, service_with,
};
use crate::socket::link;

/// A service behind a trusted proxy.
async fn behind_a_proxy(change: impl FnOnce(&mut Limits)) -> (Service, SocketAddr) {
    let mut config = ServiceConfig::in_memory("example.org", clock());
    config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    change(&mut config.limits);
    let service = Service::open(config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(service.clone(), listener, None, std::future::pending()));
    (service, address)
}

/// An anonymous connection from an address, as named by the proxy.
async fn from(client: &str, proxy: SocketAddr) -> Connection {
    let mut request = format!("ws://{proxy}/v1/anonymous").into_client_request().unwrap();
    request.headers_mut().insert("x-forwarded-for", client.parse().unwrap());
    let socket = TcpStream::connect(proxy).await.unwrap();
    let (open, _) = tokio_tungstenite::client_async(request, socket).await.unwrap();
    let mut connection = Connection::over(link(open));
    connection.hello().await;
    connection
}

fn welcome(inbox: InboxId, text: impl AsRef<[u8]>) -> WelcomeDelivery {
    WelcomeDelivery { inbox: bytes(inbox.as_bytes()), welcome: bytes(text) }
}

#[tokio::test]
async fn one_address_can_not_shut_an_inbox() {
    let (service, proxy) = behind_a_proxy(|limits| {
        limits.inbox_entries_of_address_max = 2;
        limits.inbox_bytes_of_address_max = 2_000;
    })
    .await;
    let bob = Person::enrol(&service, "bob", 2).await;
    bob.connect(&service).await;
    let inbox = bob.client.inbox();
    let mut mallory = from("203.0.113.1", proxy).await;
    let mut group = Group::new(1);
    // All parts of a bundle count together.
    let bundle = group.bundle(Effect::None);
    let three = vec![welcome(inbox, "one"), welcome(inbox, "two"), welcome(inbox, "three")];
    assert_eq!(code(&mallory.ask(group.commit(&mallory, &bundle, three)).await), ErrorCode::TooMany);
    let large = vec![welcome(inbox, vec![1; 1_500]), welcome(inbox, vec![2; 1_500])];
    assert_eq!(code(&mallory.ask(group.commit(&mallory, &bundle, large)).await), ErrorCode::TooMany);
    let two = vec![welcome(inbox, "one"), welcome(inbox, "two")];
    accepted(mallory.ask(group.commit(&mallory, &bundle, two)).await);
    group.committed(&bundle);
    let next = group.bundle(Effect::None);
    let more = vec![welcome(inbox, "three")];
    assert_eq!(code(&mallory.ask(group.commit(&mallory, &next, more)).await), ErrorCode::TooMany);

    let mut alice = from("203.0.113.2", proxy).await;
    let genuine = Group::new(2);
    let bundle = genuine.bundle(Effect::None);
    accepted(alice.ask(genuine.commit(&alice, &bundle, vec![welcome(inbox, "genuine")])).await);
}

#[tokio::test]
async fn what_an_address_may_store_is_bounded_in_bytes() {
    let (_service, proxy) = behind_a_proxy(|limits| {
        limits.bytes_stored = Allowance { burst: 20_000, refill: Duration::from_secs(1) };
    })
    .await;
    let mut mallory = from("203.0.113.1", proxy).await;
    let mut group = Group::new(1);
    group.advance(&mut mallory, Effect::None).await;
    let blob = |id: u8, size: usize| {
        Ask::PutBlob(wire::PutBlob { id: bytes([id; 16]), data: bytes(vec![id; size]) })
    };
    assert!(matches!(mallory.ask(blob(1, 12_000)).await, Answer::BlobStored(_)));
    let refused = error(mallory.ask(blob(2, 12_000)).await);
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert!(refused.retry_after_ms > 0);
    let text = "x".repeat(12_000);
    let entry = group.entry(1, &text);
    assert_eq!(code(&mallory.ask(group.submit(&mallory, &entry)).await), ErrorCode::RateLimited);
    let mut alice = from("203.0.113.2", proxy).await;
    assert!(matches!(alice.ask(blob(3, 12_000)).await, Answer::BlobStored(_)));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_stores_much_at_once_is_told_how_long_to_wait() {
    let (_service, proxy) = behind_a_proxy(|limits| {
        limits.bytes_stored_at_once = Allowance::per_second(20_000, 1_000);
    })
    .await;
    let mut mallory = from("203.0.113.1", proxy).await;
    let blob = |id: u8| Ask::PutBlob(wire::PutBlob { id: bytes([id; 16]), data: bytes(vec![id; 12_000]) });
    assert!(matches!(mallory.ask(blob(1)).await, Answer::BlobStored(_)));
    let refused = error(mallory.ask(blob(2)).await);
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert!((1_000..10_000).contains(&refused.retry_after_ms), "{}", refused.retry_after_ms);
    let mut alice = from("203.0.113.2", proxy).await;
    assert!(matches!(alice.ask(blob(3)).await, Answer::BlobStored(_)));
    tokio::time::sleep(Duration::from_millis(refused.retry_after_ms.into())).await;
    assert!(matches!(mallory.ask(blob(2)).await, Answer::BlobStored(_)));
}

#[tokio::test(start_paused = true)]
async fn a_full_log_can_still_be_changed() {
    let service = service_with(|limits| limits.log_bytes_max = 16_000);
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let mut full = None;
    for i in 0..100 {
        let entry = group.entry(1, &format!("{i} {}", "x".repeat(1_000)));
        let answer = alice.ask(group.submit(&alice, &entry)).await;
        if let Answer::Error(error) = answer {
            full = Some((i, error));
            break;
        }
    }
    let (stored, refused) = full.expect("there is a bound");
    assert!((8..16).contains(&stored), "{stored}");
    assert_eq!((refused.code(), refused.limit), (ErrorCode::TooMany, 16_000));
    // Another log has room, and members of this one can still leave and be removed.
    assert!(group.advance(&mut alice, Effect::Revokes).await > 0);
    let mut other = Group::new(2);
    other.advance(&mut alice, Effect::None).await;
    assert!(other.say(&mut alice, "room").await > 0);
}

#[tokio::test(start_paused = true)]
async fn two_names_leave_key_packages_for_a_third() {
    let service = service();
    let bob = Person::enrol(&service, "bob", 2).await;
    let mut of_bob = bob.connect(&service).await;
    let upload = |i: u8| KeyPackageUpload {
        key_package: bytes([0, 1, 0, 5, i]),
        cipher_suite: 1,
        not_after_ms: crate::client::START.0 + 86_400_000,
    };
    let publish = wire::PublishKeyPackages {
        key_packages: (0..20).map(upload).collect(),
        last_resort: Some(upload(99)),
    };
    assert!(matches!(of_bob.ask(Ask::PublishKeyPackages(publish)).await, Answer::Done(_)));
    let claim = || {
        let user = bob.client.user().to_string();
        Ask::ClaimKeyPackages(wire::ClaimKeyPackages { user, cipher_suites: vec![1] })
    };
    let mut one_time = Vec::new();
    for (name, seed) in [("mallory", 3), ("trudy", 4), ("alice", 5)] {
        let person = Person::enrol(&service, name, seed).await;
        let mut connection = person.connect(&service).await;
        let mut got = 0;
        for _ in 0..12 {
            let Answer::ClaimedKeyPackages(claimed) = connection.ask(claim()).await else { break };
            got += claimed.key_packages.iter().filter(|one| !one.last_resort).count();
        }
        one_time.push(got);
    }
    assert!(one_time[2] > 0, "{one_time:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_is_of_the_log_epoch_and_kind_that_its_request_says() {
    let service = service();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let good = group.entry(1, "hello");
    let with = |message: bytes::Bytes| wire::Entry {
        submission: bytes(crate::client::fresh().as_bytes()),
        message,
        ..good.clone()
    };
    let mut public = good.message.to_vec();
    public[3] = 1;
    let longer = [good.message.as_ref(), &[0]].concat();
    let others = [
        private_message(GroupId::new([9; 16]), 1, 1, "of another log"),
        private_message(group.log, 2, 1, "of another epoch"),
        private_message(group.log, 1, 2, "a proposal"),
        private_message(group.log, 1, 3, "a commit"),
        bytes(public),
        bytes(longer),
        bytes(good.message.slice(..good.message.len() - 1)),
        bytes("not MLS"),
    ];
    for message in others {
        let answer = alice.ask(group.submit(&alice, &with(message))).await;
        assert_eq!(code(&answer), ErrorCode::Malformed);
    }
    let proposal = wire::Entry {
        kind: EntryKind::Proposal as i32,
        ..with(private_message(group.log, 1, 1, "an application message"))
    };
    assert_eq!(code(&alice.ask(group.submit(&alice, &proposal)).await), ErrorCode::Malformed);
    let mut bundle = group.bundle(Effect::None);
    bundle.commit = private_message(group.log, 1, 1, "an application message");
    assert_eq!(code(&alice.ask(group.commit(&alice, &bundle, vec![])).await), ErrorCode::Malformed);
    assert!(matches!(outcome(alice.ask(group.submit(&alice, &good)).await), Outcome::Accepted(_)));
}

/// All rows of a table, by column.
fn columns(db: &rusqlite::Connection, table: &str) -> BTreeMap<String, Vec<Value>> {
    let mut query = db.prepare(&format!("SELECT rowid AS the_rowid, * FROM {table} ORDER BY rowid")).unwrap();
    let names: Vec<String> = query.column_names().iter().map(|name| (*name).to_owned()).collect();
    let mut columns: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut rows = query.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        for (i, name) in names.iter().enumerate() {
            columns.entry(name.clone()).or_default().push(row.get(i).unwrap());
        }
    }
    columns
}

/// The order of the groups when their rows are sorted by a column; none if the column is empty or repeats a value.
fn order(values: &[Value], groups: &[u8]) -> Option<Vec<u8>> {
    let mut rows: Vec<(Vec<u8>, u8)> = values.iter().map(sortable).zip(groups.iter().copied()).collect();
    rows.sort();
    let distinct = rows.windows(2).all(|two| two[0].0 != two[1].0);
    distinct.then(|| rows.into_iter().map(|(_, group)| group).collect())
}

fn sortable(value: &Value) -> Vec<u8> {
    match value {
        Value::Integer(number) => number.to_be_bytes().to_vec(),
        Value::Blob(bytes) => bytes.clone(),
        other => format!("{other:?}").into_bytes(),
    }
}

/// Joins every table of the logs with every table of the inboxes by every column, and by the order of every column, as
/// someone who reads the database could: nothing reveals which group a Welcome belongs to.
#[tokio::test]
async fn the_database_does_not_say_who_is_in_which_group() {
    const GROUPS: u8 = 10;
    // A Welcome's content is as good as random to anyone who can't open it.
    const LABELS: [u8; GROUPS as usize] = [5, 8, 1, 4, 7, 0, 3, 6, 9, 2];
    let folder = TempDir::new().unwrap();
    let mut config = ServiceConfig::directory(folder.path());
    (config.clock, config.executor) = (clock(), Executor::Inline);
    let service = Service::open(config).unwrap();
    let mut people = Vec::new();
    for i in 0..GROUPS {
        // Their order reveals nothing either.
        let person = Person::enrol(&service, &format!("p{}", (i * 7) % GROUPS), 100 + i).await;
        person.connect(&service).await;
        people.push(person);
    }
    let mut alice = Connection::anonymous(&service).await;
    for i in 0..GROUPS {
        let mut group = Group::new(i + 1);
        let bundle = group.bundle(Effect::None);
        // All of one size: a size only reveals something if the sizes of groups differ.
        let delivery = welcome(people[usize::from(i)].client.inbox(), [LABELS[usize::from(i)]; 40]);
        accepted(alice.ask(group.commit(&alice, &bundle, vec![delivery])).await);
        group.committed(&bundle);
        group.say(&mut alice, "hello").await;
    }
    service.close().await;

    let db = rusqlite::Connection::open(folder.path().join("conclave.db")).unwrap();
    let key = std::fs::read_to_string(folder.path().join("database.key")).unwrap();
    db.execute_batch(&format!("PRAGMA key = \"x'{}'\";", key.trim())).unwrap();
    let blob = |value: &Value| match value {
        Value::Blob(bytes) => bytes.clone(),
        other => panic!("{other:?}"),
    };
    // The group of each row, which only this test knows.
    let logs = columns(&db, "delivery_log");
    let by_row = |row: &Value| {
        logs["id"].iter().zip(&logs["log"]).find(|(id, _)| *id == row).map(|(_, log)| blob(log)[0] - 1)
    };
    let of_inbox = |inbox: &Value| {
        people.iter().position(|p| p.client.inbox().as_bytes() == blob(inbox).as_slice()).unwrap() as u8
    };
    let sides = |table: &str| -> (BTreeMap<String, Vec<Value>>, Vec<u8>) {
        let columns = columns(&db, table);
        let groups = match table {
            "delivery_log" => columns["log"].iter().map(|log| blob(log)[0] - 1).collect(),
            "delivery_inbox" => columns["inbox"].iter().map(of_inbox).collect(),
            "delivery_welcome" => columns["welcome"]
                .iter()
                .map(|welcome| LABELS.iter().position(|l| *l == blob(welcome)[0]).unwrap() as u8)
                .collect(),
            _ => columns["log"].iter().map(|row| by_row(row).unwrap()).collect(),
        };
        (columns, groups)
    };
    let mut compared = 0;
    for log_table in ["delivery_log", "delivery_epoch", "delivery_entry"] {
        let (left, of_left) = sides(log_table);
        // The first row of each group, and the last.
        for last in [false, true] {
            let rows: Vec<usize> = (0..GROUPS)
                .map(|group| {
                    let mut of = of_left.iter().enumerate().filter(|(_, one)| **one == group).map(|(i, _)| i);
                    if last { of.next_back().unwrap() } else { of.next().unwrap() }
                })
                .collect();
            for inbox_table in ["delivery_inbox", "delivery_welcome"] {
                let (right, of_right) = sides(inbox_table);
                assert_eq!(of_right.len(), usize::from(GROUPS));
                for (a, values) in &left {
                    let values: Vec<Value> = rows.iter().map(|row| values[*row].clone()).collect();
                    let groups: Vec<u8> = rows.iter().map(|row| of_left[*row]).collect();
                    for (b, others) in &right {
                        compared += 1;
                        let names = format!("{log_table}.{a} and {inbox_table}.{b}");
                        let tells = |(value, group): (&Value, &u8)| {
                            let found: Vec<u8> = values
                                .iter()
                                .zip(&groups)
                                .filter(|(one, _)| *one == value)
                                .map(|(_, of)| *of)
                                .collect();
                            found == [*group]
                        };
                        let told = others.iter().zip(&of_right).filter(|pair| tells(*pair)).count();
                        assert!(told < usize::from(GROUPS) / 2, "{names} are equal for {told}");
                        if let (Some(one), Some(other)) = (order(&values, &groups), order(others, &of_right))
                        {
                            let backwards: Vec<u8> = other.iter().rev().copied().collect();
                            assert!(one != other && one != backwards, "{names} have one order");
                        }
                    }
                }
            }
        }
    }
    assert!(compared > 100, "{compared}");
}
