//! The data folder: what was answered survives a restart, and nothing in it is readable without the key.

use std::path::Path;

use conclave_protocol::wire::{self, KeyPackageUpload, WelcomeDelivery};
use conclave_server::{Executor, OpenError, Service, ServiceConfig};
use tempfile::TempDir;

use crate::client::{Answer, Ask, Connection, Effect, Group, Person, accepted, bytes, clock, entries, seqs};

fn open(folder: &Path, executor: Executor) -> Service {
    try_open(folder, executor, None).unwrap()
}

fn try_open(folder: &Path, executor: Executor, domain: Option<&str>) -> Result<Service, OpenError> {
    let mut config = ServiceConfig::directory(folder);
    config.clock = clock();
    config.executor = executor;
    config.domain = domain.map(str::to_owned);
    Service::open(config)
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    for executor in [Executor::Inline, Executor::Threads] {
        let folder = TempDir::new().unwrap();
        let service = open(folder.path(), executor);
        let (domain, keys) = (service.domain().to_owned(), (service.service_key(), service.authority_key()));
        let bob = Person::enrol(&service, "bob", 2).await;
        let mut of_bob = bob.connect(&service).await;
        let key_package = bytes([0, 1, 0, 5, 7]);
        let upload = KeyPackageUpload { key_package, cipher_suite: 1, not_after_ms: u64::MAX };
        let publish =
            wire::PublishKeyPackages { key_packages: vec![upload.clone()], last_resort: Some(upload) };
        of_bob.ask(Ask::PublishKeyPackages(publish)).await;
        let mut alice = Connection::anonymous(&service).await;
        let mut group = Group::new(1);
        let bundle = group.bundle(Effect::None);
        let welcome = WelcomeDelivery { inbox: bytes(bob.client.inbox().as_bytes()), welcome: bytes("w") };
        accepted(alice.ask(group.commit(&alice, &bundle, vec![welcome])).await);
        group.committed(&bundle);
        let entry = group.entry(1, "hello");
        let seq = accepted(alice.ask(group.submit(&alice, &entry)).await);
        alice.ask(Ask::PutBlob(wire::PutBlob { id: bytes([3; 16]), data: bytes("blob") })).await;
        service.close().await;

        let service = open(folder.path(), executor);
        assert_eq!(service.domain(), domain);
        assert_eq!((service.service_key(), service.authority_key()), keys);
        let mut of_bob = bob.connect(&service).await;
        let count = of_bob.ask(Ask::CountKeyPackages(wire::CountKeyPackages {})).await;
        assert!(
            matches!(count, Answer::KeyPackageCount(count) if (count.count, count.last_resort) == (1, true))
        );
        let inbox = of_bob.ask(Ask::ReadInbox(wire::ReadInbox { after: 0, limit: 9 })).await;
        assert!(matches!(inbox, Answer::InboxEntries(inbox) if inbox.entries[0].welcome == "w"));
        let mut alice = Connection::anonymous(&service).await;
        assert_eq!(accepted(alice.ask(group.submit(&alice, &entry)).await), seq);
        assert_eq!(seqs(&entries(alice.ask(group.read(&alice, 1, 0)).await)), [1, 2]);
        assert_eq!(group.advance(&mut alice, Effect::None).await, 3);
        let blob = alice.ask(Ask::GetBlob(wire::GetBlob { id: bytes([3; 16]) })).await;
        assert!(matches!(blob, Answer::Blob(blob) if blob.data == "blob"));
        service.close().await;
    }
}

#[tokio::test]
async fn nothing_on_disk_can_be_read_without_the_key() {
    let folder = TempDir::new().unwrap();
    let service = open(folder.path(), Executor::Inline);
    let bob = Person::enrol(&service, "bobby-tables", 2).await;
    let mut of_bob = bob.connect(&service).await;
    let upload =
        KeyPackageUpload { key_package: bytes([0, 1, 0, 5, 7]), cipher_suite: 1, not_after_ms: u64::MAX };
    let publish = wire::PublishKeyPackages { key_packages: vec![upload], last_resort: None };
    of_bob.ask(Ask::PublishKeyPackages(publish)).await;
    let on_disk = || {
        let mut all = Vec::new();
        for name in ["conclave.db", "conclave.db-wal"] {
            all.extend(std::fs::read(folder.path().join(name)).unwrap_or_default());
        }
        all
    };
    let contains = |all: &[u8], text: &[u8]| all.windows(text.len()).any(|part| part == text);
    for closed in [false, true] {
        if closed {
            service.close().await;
        }
        let all = on_disk();
        assert!(all.len() > 4096);
        assert!(!contains(&all, b"bobby-tables") && !contains(&all, b"SQLite format 3"));
    }
    std::fs::write(folder.path().join("database.key"), "00".repeat(32)).unwrap();
    assert!(matches!(try_open(folder.path(), Executor::Inline, None), Err(OpenError::Database(_))));
}

#[tokio::test]
async fn a_folder_has_one_process_one_domain_and_its_keys() {
    let folder = TempDir::new().unwrap();
    let bad = try_open(folder.path(), Executor::Inline, Some("Not A Domain"));
    assert!(matches!(bad, Err(OpenError::BadDomain)));
    let service = try_open(folder.path(), Executor::Threads, Some("example.org")).unwrap();
    assert!(matches!(try_open(folder.path(), Executor::Inline, None), Err(OpenError::InUse)));
    service.close().await;
    let other = try_open(folder.path(), Executor::Inline, Some("example.com"));
    assert!(matches!(other, Err(OpenError::OtherDomain { kept }) if kept == "example.org"));
    let service = open(folder.path(), Executor::Inline);
    assert_eq!(service.domain(), "example.org");
    drop(service);
    std::fs::remove_file(folder.path().join("authority.key")).unwrap();
    assert!(matches!(try_open(folder.path(), Executor::Inline, None), Err(OpenError::Folder(_))));
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_left_alone() {
    let folder = TempDir::new().unwrap();
    open(folder.path(), Executor::Inline).close().await;
    let path = folder.path().join("conclave.db");
    std::fs::write(&path, vec![9; 8192]).unwrap();
    assert!(matches!(try_open(folder.path(), Executor::Inline, None), Err(OpenError::Database(_))));
    assert_eq!(std::fs::read(&path).unwrap(), vec![9; 8192]);
}

#[tokio::test]
async fn a_full_storage_says_so_and_still_reads() {
    let folder = TempDir::new().unwrap();
    let mut config = ServiceConfig::directory(folder.path());
    config.executor = Executor::Inline;
    config.limits.storage_bytes_max = 600 << 10;
    let service = Service::open(config).unwrap();
    let mut alice = Connection::anonymous(&service).await;
    let mut group = Group::new(1);
    group.advance(&mut alice, Effect::None).await;
    let put = |n: u8| Ask::PutBlob(wire::PutBlob { id: bytes([n; 16]), data: vec![n; 100 << 10].into() });
    let mut stored = 0;
    let refused = loop {
        match alice.ask(put(stored)).await {
            Answer::BlobStored(_) => stored += 1,
            Answer::Error(error) => break error,
            other => panic!("{other:?}"),
        }
    };
    assert!(stored > 0 && stored < 7);
    assert_eq!(refused.code(), wire::ErrorCode::Busy);
    assert_eq!(seqs(&entries(alice.ask(group.read(&alice, 1, 0)).await)), [1]);
    let blob = alice.ask(Ask::GetBlob(wire::GetBlob { id: bytes([0; 16]) })).await;
    assert!(matches!(blob, Answer::Blob(_)));
}
