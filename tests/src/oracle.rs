//! What must hold after every scenario, once it has settled.

use std::collections::{BTreeMap, BTreeSet};

use conclave_engine::api::{
    GroupHealth, LogChain, LogPage, LogRow, MembershipKind, MessageRow, MessageState, RowBody,
};
use conclave_store::inspect::decrypted_pages;
use conclave_vault::Vault as _;

use crate::Person;

/// All members hold the same epoch, authenticator, roster and name; their logs agree on what they all saw; every
/// message is there once, for everybody who was a member; nothing is on its way; no key is on disk.
pub async fn agree(group: &str, members: &[&Person]) {
    let first = members[0].sees(group).await;
    let mut logs = BTreeMap::new();
    let mut messages = BTreeMap::new();
    for member in members {
        let name = member.name();
        let seen = member.sees(group).await;
        assert_eq!(seen.health, GroupHealth::Healthy, "{name} sees the group so");
        assert_eq!(seen.epoch, first.epoch, "{name}'s epoch is {}'s", members[0].name());
        assert_eq!(seen.epoch_authenticator, first.epoch_authenticator, "{name}'s epoch authenticator");
        assert_eq!(seen.name, first.name, "{name}'s name of the group");
        assert_eq!(seen.queued, 0, "{name} has nothing queued");
        assert_eq!(member.roster(group).await, members[0].roster(group).await, "{name}'s roster");
        for state in member.states(group).await {
            assert_eq!(state, MessageState::Sent, "{name}'s own messages");
        }
        let log = member.log(group).await;
        assert!(matches!(log.chain, LogChain::Intact { .. }), "{name}'s log: {:?}", log.chain);
        logs.insert(name, log);
        messages.insert(name, shown(member, group).await);
        no_keys_on_disk(member);
    }
    same_rows(&logs);
    same_messages(&logs, &messages);
}

/// A message as everybody must see it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    epoch: u64,
    at_ms: u64,
    message: String,
    sender: String,
    body: String,
    edited: bool,
    reactions: BTreeSet<(String, String)>,
}

impl Shown {
    fn new(epoch: u64, at_ms: u64, row: MessageRow) -> Self {
        let one = |emoji: &String, user: String| (emoji.clone(), user);
        let reactions = row.reactions.iter();
        Self {
            epoch,
            at_ms,
            message: row.message,
            sender: row.sender.user,
            body: format!("{:?}", row.body),
            edited: row.edited,
            reactions: reactions
                .flat_map(|r| r.people.iter().map(|p| one(&r.emoji, p.user.clone())))
                .collect(),
        }
    }
}

/// The messages of a timeline; each is there once.
async fn shown(member: &Person, group: &str) -> Vec<Shown> {
    let mut seen = BTreeSet::new();
    let mut messages = Vec::new();
    for row in member.timeline(group).await {
        if let RowBody::Message(message) = row.body {
            let new = seen.insert(message.message.clone());
            assert!(new, "{} sees {} more than once", member.name(), message.message);
            messages.push(Shown::new(row.epoch, row.at_ms, message));
        }
    }
    messages
}

/// Since any of them last joined, all see the same messages, identical and in the same order.
fn same_messages(logs: &BTreeMap<&str, LogPage>, messages: &BTreeMap<&str, Vec<Shown>>) {
    let since = logs.values().map(joined).max().unwrap_or(0);
    let common = |name: &str| -> Vec<&Shown> {
        messages[name].iter().filter(|message| message.epoch >= since).collect()
    };
    let Some(first) = messages.keys().next() else { return };
    let theirs = common(first);
    for name in messages.keys() {
        let own = common(name);
        // One by one: whole lists would hide the difference.
        for (one, other) in own.iter().zip(&theirs) {
            assert_eq!(one, other, "what {name} and {first} see");
        }
        assert_eq!(own.len(), theirs.len(), "how many messages {name} and {first} see");
    }
}

/// Row hashes after the newest joining of any of them are the same; the row of each one's own joining is in the log of
/// everybody who was a member before.
fn same_rows(logs: &BTreeMap<&str, LogPage>) {
    let since = logs.values().map(joined).max().unwrap_or(0);
    let common = |page: &LogPage| -> Vec<String> {
        let later = page.rows.iter().filter(|r| r.change.epoch > since);
        later.map(|r| r.row_hash.clone()).collect()
    };
    let mut all = logs.iter();
    let Some((first_name, first)) = all.next() else { return };
    for (name, log) in all {
        assert_eq!(common(log), common(first), "the logs of {name} and {first_name}");
        let own =
            |r: &&LogRow| r.change.epoch == joined(log) && r.change.target.as_ref().is_some_and(|t| t.me);
        for row in log.rows.iter().filter(own) {
            let known = logs.values().filter(|other| joined(other) < row.change.epoch);
            for other in known {
                let found = other.rows.iter().any(|r| r.row_hash == row.row_hash);
                assert!(found, "the row of {name}'s joining is in everybody's log");
            }
        }
    }
}

/// The epoch that this log's owner last joined in.
fn joined(page: &LogPage) -> u64 {
    let came = page.rows.iter().filter(|r| match r.change.kind {
        MembershipKind::Created => true,
        MembershipKind::Added => r.change.target.as_ref().is_some_and(|t| t.me),
        _ => false,
    });
    came.map(|r| r.change.epoch).max().unwrap_or(0)
}

/// The decrypted bytes of a store's database and write-ahead log.
#[must_use]
pub fn pages(person: &Person) -> Vec<u8> {
    decrypted_pages(&person.store_file(), &person.store_key()).expect("the store is there and whole")
}

/// The first of these values that is found.
#[must_use]
pub fn found(pages: &[u8], values: &BTreeSet<[u8; 32]>) -> Option<[u8; 32]> {
    // A table makes scanning megabytes fast enough, even without optimisation.
    let mut begins = vec![false; 1 << 16];
    let first = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    values.iter().for_each(|value| begins[first(value)] = true);
    let mut windows = pages.windows(32).filter(|window| begins[first(window)]);
    windows.find_map(|window| values.get::<[u8]>(window).copied())
}

/// Every secret in the vault: seeds of signature keys, and the store's own key.
#[must_use]
pub fn secrets(person: &Person) -> BTreeSet<[u8; 32]> {
    let vault = person.vault();
    let items = vault.list().expect("the vault is open");
    let secret = |item| vault.get(item).expect("the vault is open").expect("it was listed");
    items.iter().filter_map(|item| secret(item).expose().try_into().ok()).collect()
}

/// Private signature keys are only in the vault.
pub fn no_keys_on_disk(person: &Person) {
    let secrets = secrets(person);
    assert!(secrets.len() > 2, "{}'s vault holds keys", person.name());
    assert_eq!(found(&pages(person), &secrets), None, "no key of {}'s vault is in the store", person.name());
}
