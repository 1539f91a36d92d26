//! What must hold after every scenario, once it is quiet.

use std::collections::BTreeMap;

use conclave_engine::api::{GroupHealth, LogChain, MessageState, RowBody};

use crate::Person;

/// All members hold the same epoch, authenticator, roster and name; their logs agree on what they all saw; every
/// message is there once, and nothing is still on its way.
pub async fn agree(group: &str, members: &[&Person]) {
    let first = members[0].sees(group).await;
    assert_eq!(first.health, GroupHealth::Healthy, "{} sees the group so", members[0].name());
    let mut logs = BTreeMap::new();
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
        assert_eq!(log.chain, LogChain::Intact, "{name}'s log");
        logs.insert(name, log);
        once(member, group).await;
    }
    same_rows(&logs);
}

/// Each message is shown once.
async fn once(member: &Person, group: &str) {
    let mut seen = BTreeMap::new();
    for row in member.timeline(group).await {
        if let RowBody::Message(message) = row.body {
            *seen.entry(message.message).or_insert(0) += 1;
        }
    }
    let twice: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "{} sees messages more than once: {twice:?}", member.name());
}

/// Row hashes of the epochs that all were in are the same.
fn same_rows(logs: &BTreeMap<&str, conclave_engine::api::LogPage>) {
    let joined = logs.values().filter_map(|l| l.rows.first()).map(|r| r.change.epoch).max().unwrap_or(0);
    let common = |page: &conclave_engine::api::LogPage| -> Vec<String> {
        let later = page.rows.iter().filter(|r| r.change.epoch > joined);
        later.map(|r| r.row_hash.clone()).collect()
    };
    let mut all = logs.iter();
    let Some((first_name, first)) = all.next() else { return };
    for (name, log) in all {
        assert_eq!(common(log), common(first), "the logs of {name} and {first_name}");
    }
}
