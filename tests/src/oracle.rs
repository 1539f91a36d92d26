//! What must hold after every scenario, once it is quiet.

use std::collections::BTreeMap;

use conclave_engine::api::{GroupHealth, LogChain, LogPage, LogRow, MembershipKind, MessageState, RowBody};

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

/// Row hashes since the newest joining of any of them are the same; that joining's own rows, too.
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

/// The epoch that this log's owner came with, the last time.
fn joined(page: &LogPage) -> u64 {
    let came = page.rows.iter().filter(|r| match r.change.kind {
        MembershipKind::Created => true,
        MembershipKind::Added => r.change.target.as_ref().is_some_and(|t| t.me),
        _ => false,
    });
    came.map(|r| r.change.epoch).max().unwrap_or(0)
}
