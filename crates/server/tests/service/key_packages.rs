//! Key packages: handed out once, the oldest first, one for each device.

use std::time::Duration;

use conclave_protocol::limits::{KEY_PACKAGE_BYTES_MAX, KEY_PACKAGES_MAX};
use conclave_protocol::wire::{self, ClaimedKeyPackage, ErrorCode, KeyPackageUpload};

use crate::client::{Answer, Ask, Connection, Person, START, bytes, code, error, key, service, service_with};

const SUITE: u32 = 1;
const DAY_MS: u64 = 24 * 3_600_000;

fn package(text: &str) -> KeyPackageUpload {
    let key_package = bytes([&[0, 1, 0, 5], text.as_bytes()].concat());
    KeyPackageUpload { key_package, cipher_suite: SUITE, not_after_ms: START.0 + 30 * DAY_MS }
}

fn publish(texts: &[&str]) -> Ask {
    let key_packages = texts.iter().map(|text| package(text)).collect();
    Ask::PublishKeyPackages(wire::PublishKeyPackages { key_packages, last_resort: None })
}

fn last_resort(text: &str) -> Ask {
    let last_resort = Some(package(text));
    Ask::PublishKeyPackages(wire::PublishKeyPackages { key_packages: vec![], last_resort })
}

async fn done(connection: &mut Connection, ask: Ask) {
    let answer = connection.ask(ask).await;
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
}

fn claim(user: &Person) -> Ask {
    let user = user.client.user().to_string();
    Ask::ClaimKeyPackages(wire::ClaimKeyPackages { user, cipher_suites: vec![2, SUITE] })
}

async fn claimed(connection: &mut Connection, user: &Person) -> Vec<ClaimedKeyPackage> {
    match connection.ask(claim(user)).await {
        Answer::ClaimedKeyPackages(claimed) => claimed.key_packages,
        other => panic!("{other:?}"),
    }
}

fn texts(claimed: &[ClaimedKeyPackage]) -> Vec<(String, bool)> {
    let text = |c: &ClaimedKeyPackage| String::from_utf8(c.key_package[4..].to_vec()).unwrap();
    claimed.iter().map(|c| (text(c), c.last_resort)).collect()
}

async fn counted(connection: &mut Connection) -> (u32, bool) {
    match connection.ask(Ask::CountKeyPackages(wire::CountKeyPackages {})).await {
        Answer::KeyPackageCount(count) => (count.count, count.last_resort),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_is_handed_out_once_the_oldest_first_and_then_the_last_resort_one() {
    let service = service();
    let (alice, bob) = (Person::enrol(&service, "alice", 1).await, Person::enrol(&service, "bob", 2).await);
    let (mut of_alice, mut of_bob) = (alice.connect(&service).await, bob.connect(&service).await);
    assert_eq!(claimed(&mut of_alice, &bob).await, []);
    done(&mut of_bob, publish(&["one", "two"])).await;
    done(&mut of_bob, last_resort("old last")).await;
    done(&mut of_bob, last_resort("last")).await;
    assert_eq!(counted(&mut of_bob).await, (2, true));
    let first = claimed(&mut of_alice, &bob).await;
    assert_eq!(first[0].client, bob.client.to_string());
    assert_eq!(texts(&first), [("one".to_owned(), false)]);
    assert_eq!(texts(&claimed(&mut of_alice, &bob).await), [("two".to_owned(), false)]);
    for _ in 0..2 {
        assert_eq!(texts(&claimed(&mut of_alice, &bob).await), [("last".to_owned(), true)]);
    }
    assert_eq!(counted(&mut of_bob).await, (0, true));
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_out_does_not_come_back_when_it_is_published_again() {
    let service = service();
    let (alice, bob) = (Person::enrol(&service, "alice", 1).await, Person::enrol(&service, "bob", 2).await);
    let (mut of_alice, mut of_bob) = (alice.connect(&service).await, bob.connect(&service).await);
    done(&mut of_bob, publish(&["one"])).await;
    done(&mut of_bob, publish(&["one"])).await;
    assert_eq!(counted(&mut of_bob).await, (1, false));
    assert_eq!(texts(&claimed(&mut of_alice, &bob).await).len(), 1);
    done(&mut of_bob, publish(&["one", "two"])).await;
    assert_eq!(texts(&claimed(&mut of_alice, &bob).await), [("two".to_owned(), false)]);
    assert_eq!(claimed(&mut of_alice, &bob).await, []);
}

#[tokio::test(start_paused = true)]
async fn every_device_of_a_user_gives_one() {
    let service = service();
    let alice = Person::enrol(&service, "alice", 1).await;
    let laptop = Person::enrol(&service, "bob", 2).await;
    let phone = Person::with(&key(2), laptop.identity_certificate.clone(), 3);
    let mut of_alice = alice.connect(&service).await;
    done(&mut laptop.connect(&service).await, publish(&["laptop"])).await;
    done(&mut phone.connect(&service).await, publish(&["phone", "phone again"])).await;
    let both = claimed(&mut of_alice, &laptop).await;
    let clients: Vec<_> = both.iter().map(|c| c.client.clone()).collect();
    assert_eq!(clients, [laptop.client.to_string(), phone.client.to_string()]);
    assert_eq!(texts(&claimed(&mut of_alice, &laptop).await), [("phone again".to_owned(), false)]);
}

#[tokio::test(start_paused = true)]
async fn expired_ones_are_not_handed_out() {
    let service = service();
    let (alice, bob) = (Person::enrol(&service, "alice", 1).await, Person::enrol(&service, "bob", 2).await);
    let mut of_bob = bob.connect(&service).await;
    let short = KeyPackageUpload { not_after_ms: START.0 + DAY_MS, ..package("short") };
    let key_packages = vec![short, package("long")];
    let both = wire::PublishKeyPackages { key_packages, last_resort: None };
    done(&mut of_bob, Ask::PublishKeyPackages(both)).await;
    assert_eq!(counted(&mut of_bob).await, (2, false));
    tokio::time::advance(Duration::from_secs(2 * 24 * 3600)).await;
    assert_eq!(counted(&mut of_bob).await, (1, false));
    let mut of_alice = alice.connect(&service).await;
    assert_eq!(texts(&claimed(&mut of_alice, &bob).await), [("long".to_owned(), false)]);
    tokio::time::advance(Duration::from_secs(30 * 24 * 3600)).await;
    let stale = of_bob.ask(publish(&["too late"])).await;
    assert_eq!(code(&stale), ErrorCode::Malformed);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_key_package_or_too_much_is_refused_as_a_whole() {
    let service = service();
    let bob = Person::enrol(&service, "bob", 2).await;
    let mut of_bob = bob.connect(&service).await;
    let upload = |key_package: Vec<u8>| {
        let key_packages =
            vec![package("good"), KeyPackageUpload { key_package: key_package.into(), ..package("") }];
        Ask::PublishKeyPackages(wire::PublishKeyPackages { key_packages, last_resort: None })
    };
    // A Welcome is wire format 3.
    assert_eq!(code(&of_bob.ask(upload(vec![0, 1, 0, 3, 1])).await), ErrorCode::Malformed);
    assert_eq!(code(&of_bob.ask(upload(vec![])).await), ErrorCode::Malformed);
    let mut large = vec![0; KEY_PACKAGE_BYTES_MAX + 1];
    large[..4].copy_from_slice(&[0, 1, 0, 5]);
    let refused = error(of_bob.ask(upload(large)).await);
    assert_eq!((refused.code(), refused.limit), (ErrorCode::TooLarge, KEY_PACKAGE_BYTES_MAX as u64));

    let many: Vec<String> = (0..=KEY_PACKAGES_MAX).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = error(of_bob.ask(publish(&many)).await);
    assert_eq!((refused.code(), refused.limit), (ErrorCode::TooMany, KEY_PACKAGES_MAX as u64));
    assert_eq!(counted(&mut of_bob).await, (0, false));
    done(&mut of_bob, publish(&many[1..])).await;
    assert_eq!(code(&of_bob.ask(publish(&["one more"])).await), ErrorCode::TooMany);
}

#[tokio::test(start_paused = true)]
async fn nobody_can_use_up_the_key_packages_of_another() {
    let service = service();
    let people = [
        Person::enrol(&service, "alice", 1).await,
        Person::enrol(&service, "bob", 2).await,
        Person::enrol(&service, "carol", 3).await,
    ];
    let [alice, bob, carol] = &people;
    let many: Vec<String> = (0..KEY_PACKAGES_MAX).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut of_bob = bob.connect(&service).await;
    done(&mut of_bob, publish(&many)).await;
    let (mut of_alice, mut of_carol) = (alice.connect(&service).await, carol.connect(&service).await);
    let mut taken = 0;
    let refused = loop {
        match of_alice.ask(claim(bob)).await {
            Answer::ClaimedKeyPackages(_) => taken += 1,
            other => break error(other),
        }
    };
    assert!(taken < KEY_PACKAGES_MAX);
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert_eq!(texts(&claimed(&mut of_carol, bob).await), [(taken.to_string(), false)]);
    // A second connection does not help; waiting does.
    assert_eq!(code(&alice.connect(&service).await.ask(claim(bob)).await), ErrorCode::RateLimited);
    tokio::time::advance(Duration::from_millis(refused.retry_after_ms.into())).await;
    assert_eq!(claimed(&mut of_alice, bob).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn devices_of_a_user_are_bounded() {
    let service = service_with(|limits| limits.devices_max = 2);
    let first = Person::enrol(&service, "bob", 2).await;
    for device in [2, 3, 4] {
        let person = Person::with(&key(2), first.identity_certificate.clone(), device);
        let answer = person.connect(&service).await.ask(publish(&["x"])).await;
        match device {
            4 => assert_eq!(code(&answer), ErrorCode::TooMany),
            _ => assert!(matches!(answer, Answer::Done(_))),
        }
    }
}

/// Dead devices free their places when the last key package they published has expired.
#[tokio::test(start_paused = true)]
async fn dead_devices_make_room_when_their_last_resort_ones_have_expired() {
    let service = service_with(|limits| limits.devices_max = 2);
    let first = Person::enrol(&service, "bob", 2).await;
    let device = |number| Person::with(&key(2), first.identity_certificate.clone(), number);
    for number in [2, 3] {
        done(&mut device(number).connect(&service).await, last_resort("last")).await;
    }
    let mut third = device(4).connect(&service).await;
    assert_eq!(code(&third.ask(last_resort("x")).await), ErrorCode::TooMany);
    tokio::time::advance(Duration::from_millis(31 * DAY_MS)).await;
    let not_after_ms = START.0 + 60 * DAY_MS;
    let later = Some(KeyPackageUpload { not_after_ms, ..package("x") });
    let publish = wire::PublishKeyPackages { key_packages: vec![], last_resort: later };
    done(&mut third, Ask::PublishKeyPackages(publish)).await;
    let mut of_alice = Person::enrol(&service, "alice", 1).await.connect(&service).await;
    assert_eq!(texts(&claimed(&mut of_alice, &first).await), [("x".to_owned(), true)]);
}
