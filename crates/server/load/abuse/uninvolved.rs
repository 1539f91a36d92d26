//! A person who takes no part in an attack, but whose name, key packages and inbox are its target.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use conclave_protocol::ClientUri;
use conclave_protocol::wire::submitted::Outcome;
use conclave_protocol::wire::{self, WelcomeDelivery};
use tokio::time::timeout;

use super::line::Line;
use super::person::{enrolled, identified, publish};
use crate::client::{Answer, Ask, Effect, Group, Person, outcome};

const HOME: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 2);
/// The address of a friend who needs these things.
const FRIEND: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 3);
/// How long each action may take.
const PATIENCE: Duration = Duration::from_secs(10);
const WELCOME: &[u8] = b"a Welcome that a friend sends";
/// How often a temporarily refused action is retried, as a client does.
const TRIES: usize = 5;

pub(crate) struct Uninvolved {
    to: SocketAddr,
    person: Person,
    name: &'static str,
}

impl Uninvolved {
    pub(crate) async fn arrive(to: SocketAddr) -> Self {
        let name = "ursula";
        let person = enrolled(HOME, to, name).await.expect("a free name");
        let mut line = identified(&person, HOME, to).await.expect("an account");
        assert!(matches!(publish(&mut line).await, Some(Answer::Done(_))));
        Self { to, person, name }
    }

    pub(crate) fn client(&self) -> ClientUri {
        self.person.client.clone()
    }

    /// What a friend and this person usually do; returns whether each action was possible.
    pub(crate) async fn try_everything(&mut self) -> Vec<(&'static str, bool)> {
        let mut tried = Vec::new();
        let friend = self.again(async || enrolled(FRIEND, self.to, "frieda").await).await;
        tried.push(("a new name can be had", friend.is_some()));
        let Some(friend) = friend else { return tried };
        let name = self.again(async || self.looked_up(&friend).await).await;
        tried.push(("the person's name is found", name.is_some()));
        let claimed = self.again(async || self.claimed(&friend).await).await;
        tried.push(("the person has a key package left", claimed.is_some()));
        let sent = self.again(async || self.welcomed().await).await;
        tried.push(("the person's inbox takes a Welcome", sent.is_some()));
        let read = self.again(async || self.read().await).await;
        tried.push(("the person finds it there", read.is_some()));
        tried
    }

    async fn again<T>(&self, what: impl AsyncFn() -> Option<T>) -> Option<T> {
        for _ in 0..TRIES {
            if let Ok(Some(done)) = timeout(PATIENCE, what()).await {
                return Some(done);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        None
    }

    async fn looked_up(&self, friend: &Person) -> Option<()> {
        let mut line = identified(friend, FRIEND, self.to).await?;
        let found = line.ask(Ask::LookUp(wire::LookUp { name: self.name.to_owned() })).await?;
        matches!(found, Answer::Found(_)).then_some(())
    }

    /// Not the last-resort one.
    async fn claimed(&self, friend: &Person) -> Option<()> {
        let mut line = identified(friend, FRIEND, self.to).await?;
        let user = self.person.client.user().to_string();
        match line.ask(Ask::ClaimKeyPackages(wire::ClaimKeyPackages { user, cipher_suites: vec![1] })).await?
        {
            Answer::ClaimedKeyPackages(claimed) => {
                claimed.key_packages.first().filter(|one| !one.last_resort).map(|_| ())
            }
            _ => None,
        }
    }

    async fn welcomed(&self) -> Option<()> {
        let mut line = Line::open(FRIEND, self.to, "/v1/anonymous").await?;
        let group = Group::new(78);
        let inbox = bytes::Bytes::copy_from_slice(self.person.client.inbox().as_bytes());
        let welcome = WelcomeDelivery { inbox, welcome: WELCOME.into() };
        let ask = group.commit(&line.opened, &group.bundle(Effect::None), vec![welcome]);
        match line.ask(ask).await? {
            answer @ Answer::Submitted(_) => matches!(outcome(answer), Outcome::Accepted(_)).then_some(()),
            _ => None,
        }
    }

    /// Reads the inbox from the beginning to the end.
    async fn read(&self) -> Option<()> {
        let mut line = identified(&self.person, HOME, self.to).await?;
        let mut after = 0;
        loop {
            match line.ask(Ask::ReadInbox(wire::ReadInbox { after, limit: 0 })).await? {
                Answer::InboxEntries(page) => {
                    if page.entries.iter().any(|entry| entry.welcome == WELCOME) {
                        return Some(());
                    }
                    after = page.entries.last()?.seq;
                }
                _ => return None,
            }
        }
    }
}
