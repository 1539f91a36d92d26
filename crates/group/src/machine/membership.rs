//! The membership log: what each commit changed, in rows that every member writes identically.

use bytes::Bytes;
use conclave_protocol::{ClientUri, CommitHash, Epoch, UserUri};
use conclave_record::{MembershipKind, MembershipRow, Role, RosterEntry, Write};
use sha2::{Digest, Sha256};

use super::Machine;
use super::log::Place;
use super::output::Output;
use crate::policy::GroupPolicy;

/// A row that has no place in the log yet.
#[derive(Debug, Clone)]
pub(super) struct Happening {
    pub(super) kind: MembershipKind,
    pub(super) actor: Option<ClientUri>,
    pub(super) target: Option<UserUri>,
    pub(super) devices: u32,
    pub(super) name: Option<String>,
    pub(super) role: Option<Role>,
}

impl Happening {
    pub(super) fn new(kind: MembershipKind, actor: Option<ClientUri>, target: Option<UserUri>) -> Self {
        Self { kind, actor, target, devices: 0, name: None, role: None }
    }

    /// Hashes what all members agree on. Each field is preceded by its length, or by whether it is there.
    fn hash(&self, epoch: Epoch, transcript_hash: &[u8], at_ms: u64) -> [u8; 32] {
        let mut hash = Sha256::new().chain_update(b"conclave membership row v1");
        let mut field = |bytes: &[u8]| {
            hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(bytes);
        };
        field(&epoch.0.to_be_bytes());
        field(transcript_hash);
        field(&[self.kind as u8]);
        field(self.actor.as_ref().map(ToString::to_string).unwrap_or_default().as_bytes());
        field(self.target.as_ref().map(UserUri::as_str).unwrap_or_default().as_bytes());
        field(&self.devices.to_be_bytes());
        field(self.name.as_deref().unwrap_or_default().as_bytes());
        field(self.role.map(|role| vec![role as u8]).unwrap_or_default().as_slice());
        field(&at_ms.to_be_bytes());
        hash.finalize().into()
    }
}

/// What a commit did to a group, by name.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) committer: &'a ClientUri,
    /// Leaves that left, and leaves that were removed, each in order.
    pub(super) left: Vec<RosterEntry>,
    pub(super) removed: Vec<RosterEntry>,
    pub(super) added: Vec<RosterEntry>,
    pub(super) before: &'a GroupPolicy,
    pub(super) after: &'a GroupPolicy,
    /// Whether the committer has a new signature key.
    pub(super) rotated: bool,
}

impl Change<'_> {
    /// The rows, at least one, in an order that does not depend on the writer.
    pub(super) fn happenings(&self) -> Vec<Happening> {
        let by = || Some(self.committer.clone());
        let mut rows = Vec::new();
        for (user, entries) in by_user(&self.left) {
            let leaver = entries.first().map(|entry| entry.client.clone());
            rows.push(counted(MembershipKind::Left, leaver, user, entries.len()));
        }
        for (user, entries) in by_user(&self.removed) {
            rows.push(counted(MembershipKind::Removed, by(), user, entries.len()));
        }
        for (user, entries) in by_user(&self.added) {
            rows.push(counted(MembershipKind::Added, by(), user, entries.len()));
        }
        rows.extend(self.role_changes());
        if self.before.name != self.after.name {
            let mut row = Happening::new(MembershipKind::Renamed, by(), None);
            row.name = Some(self.after.name.clone());
            rows.push(row);
        }
        let rest = GroupPolicy {
            name: self.after.name.clone(),
            roles: self.after.roles.clone(),
            ..self.before.clone()
        };
        if rest != *self.after {
            rows.push(Happening::new(MembershipKind::PolicyChanged, by(), None));
        }
        if self.rotated {
            rows.push(Happening::new(MembershipKind::KeyRotated, by(), Some(self.committer.user().clone())));
        }
        if rows.is_empty() {
            rows.push(Happening::new(MembershipKind::KeysRenewed, by(), Some(self.committer.user().clone())));
        }
        rows
    }

    fn role_changes(&self) -> Vec<Happening> {
        let gone = |user: &UserUri| self.left.iter().chain(&self.removed).any(|e| e.client.user() == user);
        let users: std::collections::BTreeSet<_> =
            self.before.roles.keys().chain(self.after.roles.keys()).collect();
        let changed = users.into_iter().filter(|user| self.before.role(user) != self.after.role(user));
        let shown = changed.filter(|user| !(gone(user) && self.after.role(user) == Role::Member));
        let mut owners = self.before.roles.iter().filter(|(_, role)| **role == Role::Owner);
        let inherited = owners.all(|(owner, _)| gone(owner));
        let row = |user: &UserUri| {
            let role = self.after.role(user);
            // Where no owner stayed, nobody appointed the new one.
            let by = (!(inherited && role == Role::Owner)).then(|| self.committer.clone());
            Happening {
                role: Some(role),
                ..Happening::new(MembershipKind::RoleChanged, by, Some(user.clone()))
            }
        };
        shown.map(row).collect()
    }
}

fn counted(kind: MembershipKind, actor: Option<ClientUri>, user: &UserUri, devices: usize) -> Happening {
    let devices = u32::try_from(devices).unwrap_or(u32::MAX);
    Happening { devices, ..Happening::new(kind, actor, Some(user.clone())) }
}

/// Entries by user, in the order of each user's first.
fn by_user(entries: &[RosterEntry]) -> Vec<(&UserUri, Vec<&RosterEntry>)> {
    let mut users: Vec<(&UserUri, Vec<&RosterEntry>)> = Vec::new();
    for entry in entries {
        match users.iter_mut().find(|(user, _)| *user == entry.client.user()) {
            Some((_, of)) => of.push(entry),
            None => users.push((entry.client.user(), vec![entry])),
        }
    }
    users
}

impl Machine {
    /// Gives rows their places in the log and writes them.
    pub(super) fn record(
        &mut self,
        happenings: Vec<Happening>,
        epoch: Epoch,
        transcript_hash: &Bytes,
        commit: CommitHash,
        place: Place,
        out: &mut Output,
    ) {
        let mut rows = Vec::with_capacity(happenings.len());
        for happening in happenings {
            let row_hash = happening.hash(epoch, transcript_hash, place.at.0);
            let chain = Sha256::new().chain_update(self.log_chain).chain_update(row_hash).finalize();
            self.log_chain = chain.into();
            rows.push(MembershipRow {
                index: self.log_next,
                kind: happening.kind,
                actor: happening.actor,
                target: happening.target,
                devices: happening.devices,
                name: happening.name,
                role: happening.role,
                epoch,
                at: place.at,
                seq: place.seq,
                commit,
                row_hash,
                chain_hash: self.log_chain,
            });
            self.log_next += 1;
        }
        if !rows.is_empty() {
            out.write(Write::Membership(rows));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use conclave_protocol::DeviceId;

    use super::*;

    /// Members compare these hashes, also across versions.
    #[test]
    fn a_row_has_this_hash() {
        let user: UserUri = "mimi://chat.example/u/alice".parse().unwrap();
        let actor = user.client(DeviceId([1; 8]));
        let mut row = Happening::new(MembershipKind::Added, Some(actor), Some(user));
        row.devices = 2;
        let hash = |row: &Happening| hex::encode(row.hash(Epoch(3), &[7; 32], 1_750_000_000_000));
        assert_eq!(hash(&row), "6e0a6253fcda2c337c8b854c8bc2bae0951ab8b7e78bea0da839b7eead97995d");
        row.role = Some(Role::Member);
        let with_role = hash(&row);
        row.role = None;
        row.name = Some("\0".to_owned());
        assert_ne!(hash(&row), with_role, "each field has its place");
    }
}
