//! People with accounts at the program.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use conclave_protocol::wire::{self, KeyPackageUpload};
use ed25519_dalek::SigningKey;

use super::line::Line;
use crate::client::{Answer, Ask, Person, enrol};

/// Key packages that a person publishes, besides the last-resort one.
const KEY_PACKAGES: u32 = 20;
const KEY_PACKAGE_BYTES: usize = 900;
/// A time long after the run.
const NEVER_MS: u64 = 4_000_000_000_000;

/// Enrols a name; none if it is refused.
pub(crate) async fn enrolled(from: Ipv4Addr, to: SocketAddr, name: &str) -> Option<Person> {
    let mut line = Line::open(from, to, "/v1/identified").await?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).ok()?;
    let identity = SigningKey::from_bytes(&seed);
    match line.ask(enrol(&line.opened, name, &identity)).await? {
        Answer::Enrolled(enrolled) => Some(Person::with(&identity, enrolled.identity_certificate, 1)),
        _ => None,
    }
}

/// An authenticated connection.
pub(crate) async fn identified(person: &Person, from: Ipv4Addr, to: SocketAddr) -> Option<Line> {
    let mut line = Line::open(from, to, "/v1/identified").await?;
    match line.ask(person.authenticate(&line.opened)).await? {
        Answer::Done(_) => Some(line),
        _ => None,
    }
}

/// Publishes a full supply.
pub(crate) async fn publish(line: &mut Line) -> Option<Answer> {
    let one = |number: u32| {
        let mut key_package = vec![0, 1, 0, 5];
        key_package.extend(number.to_be_bytes());
        key_package.resize(KEY_PACKAGE_BYTES, 0);
        KeyPackageUpload { key_package: Bytes::from(key_package), cipher_suite: 1, not_after_ms: NEVER_MS }
    };
    let key_packages = (0..KEY_PACKAGES).map(one).collect();
    let last_resort = Some(one(KEY_PACKAGES));
    line.ask(Ask::PublishKeyPackages(wire::PublishKeyPackages { key_packages, last_resort })).await
}
