//! The operator's commands, next to a running server and with the server stopped.

use std::path::Path;
use std::process::{Command, Output};

use conclave_protocol::wire::{self, KeyPackageUpload, WelcomeDelivery};
use conclave_server::{Executor, Service, ServiceConfig};
use tempfile::TempDir;

use crate::client::{
    Answer, Ask, Connection, Effect, Group, Person, START, accepted, bytes, clock, code, enrol, entries, key,
    seqs,
};

fn open(folder: &Path) -> Service {
    let mut config = ServiceConfig::directory(folder);
    (config.clock, config.executor) = (clock(), Executor::Threads);
    Service::open(config).unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave-server"));
    command.env_clear().arg("--data").arg(folder).args(arguments).output().unwrap()
}

fn printed(folder: &Path, arguments: &[&str]) -> Vec<Vec<String>> {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A large group and a small one, and bob with key packages and a Welcome.
async fn filled(service: &Service) -> (Person, Group, Group) {
    let bob = Person::enrol(service, "bob", 2).await;
    let mut of_bob = bob.connect(service).await;
    let upload = KeyPackageUpload {
        key_package: bytes([0, 1, 0, 5, 7]),
        cipher_suite: 1,
        not_after_ms: START.0 + 86_400_000,
    };
    let publish = wire::PublishKeyPackages { key_packages: vec![upload.clone()], last_resort: Some(upload) };
    of_bob.ask(Ask::PublishKeyPackages(publish)).await;
    let mut alice = Connection::anonymous(service).await;
    let (mut large, mut small) = (Group::new(1), Group::new(2));
    let bundle = large.bundle(Effect::None);
    let welcome = WelcomeDelivery { inbox: bytes(bob.client.inbox().as_bytes()), welcome: bytes("w") };
    accepted(alice.ask(large.commit(&alice, &bundle, vec![welcome])).await);
    large.committed(&bundle);
    for i in 0..1_500 {
        large.say(&mut alice, &format!("{i}")).await;
    }
    small.advance(&mut alice, Effect::None).await;
    (bob, large, small)
}

#[tokio::test]
async fn logs_are_listed_by_size_and_one_is_deleted() {
    let folder = TempDir::new().unwrap();
    let service = open(folder.path());
    let (_, large, small) = filled(&service).await;
    // While it runs.
    let rows = printed(folder.path(), &["logs"]);
    let ids: Vec<_> = rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(ids, [large.log.to_string(), small.log.to_string()]);
    assert_eq!((rows[0][1].as_str(), rows[1][1].as_str()), ("1501", "1"));
    let size = |row: &[String]| row[2].parse::<u64>().unwrap();
    assert!(size(&rows[0]) > size(&rows[1]) && size(&rows[1]) > 0);
    assert!(rows[0][3].parse::<u64>().unwrap() >= START.0 && rows[0][4] >= rows[0][3]);
    assert_eq!(printed(folder.path(), &["logs", "--most", "1"]).len(), 1);
    assert!(refused(folder.path(), &["logs", "--delete", &ids[0]]).contains("in use"));
    service.close().await;

    assert!(refused(folder.path(), &["logs", "--delete", "xyz"]).contains("32 hex digits"));
    assert!(run(folder.path(), &["logs", "--delete", &ids[0]]).status.success());
    assert!(refused(folder.path(), &["logs", "--delete", &ids[0]]).contains("no such log"));
    let service = open(folder.path());
    let mut alice = Connection::anonymous(&service).await;
    let answer = alice.ask(large.read(&alice, 1, 0)).await;
    assert_eq!(code(&answer), wire::ErrorCode::NoSuchLog);
    assert_eq!(seqs(&entries(alice.ask(small.read(&alice, 1, 0)).await)), [1]);
}

#[tokio::test]
async fn names_are_listed_and_one_is_freed() {
    let folder = TempDir::new().unwrap();
    let service = open(folder.path());
    let (bob, ..) = filled(&service).await;
    Person::enrol(&service, "alice", 1).await;
    let rows = printed(folder.path(), &["accounts"]);
    assert_eq!(rows, [vec!["alice", "0", "0"], vec!["bob", "1", "10"]]);
    assert!(refused(folder.path(), &["accounts", "--free", "bob"]).contains("in use"));
    service.close().await;

    assert!(run(folder.path(), &["accounts", "--free", "bob"]).status.success());
    assert!(refused(folder.path(), &["accounts", "--free", "bob"]).contains("no such name"));
    assert!(refused(folder.path(), &["accounts", "--free", "Not a name"]).contains("not a name"));
    let service = open(folder.path());
    let mut other = Connection::raw(&service, conclave_protocol::link::ConnectionKind::Identified).await;
    other.hello().await;
    let answer = other.ask(enrol(&other, "bob", &key(77))).await;
    assert!(matches!(answer, Answer::Enrolled(_)), "{answer:?}");
    // Nothing of the previous account is left: nobody receives what was for its device.
    let mut alice = Connection::anonymous(&service).await;
    let group = Group::new(9);
    let bundle = group.bundle(Effect::None);
    let welcome = WelcomeDelivery { inbox: bytes(bob.client.inbox().as_bytes()), welcome: bytes("w") };
    let answer = alice.ask(group.commit(&alice, &bundle, vec![welcome])).await;
    assert!(matches!(crate::client::outcome(answer), wire::submitted::Outcome::Refused(_)));
}

#[tokio::test]
async fn a_backup_is_of_one_moment_and_can_be_served() {
    let folder = TempDir::new().unwrap();
    let service = open(folder.path());
    let (_, mut large, _) = filled(&service).await;
    let backup = TempDir::new().unwrap();
    let file = backup.path().join("conclave.db");
    let name = file.to_str().unwrap();
    let output = run(folder.path(), &["backup", name]);
    assert!(output.status.success(), "{output:?}");
    assert!(refused(folder.path(), &["backup", name]).contains(name), "nothing is written over");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Sent after the backup.
    let mut alice = Connection::anonymous(&service).await;
    large.say(&mut alice, "later").await;
    service.close().await;

    assert!(
        !String::from_utf8_lossy(&std::fs::read(&file).unwrap()).contains("SQLite format"),
        "it is encrypted"
    );
    for key in ["service.key", "authority.key", "database.key"] {
        std::fs::copy(folder.path().join(key), backup.path().join(key)).unwrap();
    }
    let restored = open(backup.path());
    let mut alice = Connection::anonymous(&restored).await;
    let page = entries(alice.ask(large.read(&alice, 1, 1_495)).await);
    assert_eq!((seqs(&page), page.head), ((1_496..=1_501).collect(), 1_501));
    assert!(large.advance(&mut alice, Effect::None).await == 1_502);
}

#[test]
fn what_makes_no_sense_is_said_and_nothing_is_started() {
    let folder = TempDir::new().unwrap();
    assert!(refused(folder.path(), &["--retention-days", "0"]).contains("retention-days"));
    assert!(refused(folder.path(), &["--storage-gib-max", "0"]).contains("storage-gib-max"));
    assert!(refused(folder.path(), &["--log", "loud=very=much"]).contains("--log"));
    assert!(refused(folder.path(), &["logs"]).contains("data folder"));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
}

#[cfg(unix)]
#[tokio::test]
async fn folder_and_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let service = open(folder.path());
    filled(&service).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("conclave.db")) {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 2, "database and write-ahead log");
}
