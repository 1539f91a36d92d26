//! Who is in a group: the occupied leaves of the ratchet tree, with what was parsed from their credentials.

use std::collections::{BTreeMap, HashMap};

use conclave_protocol::UserUri;
use conclave_record::RosterEntry;

/// The occupied leaves of a group.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    leaves: BTreeMap<u32, RosterEntry>,
    /// Leaves of each user, in order.
    users: HashMap<UserUri, Vec<u32>>,
}

impl Roster {
    /// A leaf.
    #[must_use]
    pub fn get(&self, leaf: u32) -> Option<&RosterEntry> {
        self.leaves.get(&leaf)
    }

    /// The leaves in order.
    pub fn iter(&self) -> impl Iterator<Item = &RosterEntry> {
        self.leaves.values()
    }

    /// Number of clients.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.leaves.len()
    }

    /// Number of users.
    #[must_use]
    pub fn people(&self) -> usize {
        self.users.len()
    }

    /// A user's leaves, in order; empty for a non-member.
    #[must_use]
    pub fn leaves_of(&self, user: &UserUri) -> &[u32] {
        self.users.get(user).map_or(&[], Vec::as_slice)
    }

    /// The identity key a user is in the group with.
    #[must_use]
    pub fn identity_key(&self, user: &UserUri) -> Option<&[u8; 32]> {
        self.leaves_of(user).first().and_then(|leaf| self.get(*leaf)).map(|entry| &entry.identity_key)
    }

    /// The lowest leaf that is empty.
    #[must_use]
    pub fn lowest_free(&self) -> u32 {
        let mut free = 0;
        for leaf in self.leaves.keys() {
            if *leaf != free {
                break;
            }
            free += 1;
        }
        free
    }

    /// Puts a leaf, replacing the one that was there.
    pub fn put(&mut self, entry: RosterEntry) {
        self.remove(entry.leaf);
        let leaves = self.users.entry(entry.client.user().clone()).or_default();
        if let Err(at) = leaves.binary_search(&entry.leaf) {
            leaves.insert(at, entry.leaf);
        }
        self.leaves.insert(entry.leaf, entry);
    }

    /// Empties a leaf.
    pub fn remove(&mut self, leaf: u32) -> Option<RosterEntry> {
        let entry = self.leaves.remove(&leaf)?;
        let user = entry.client.user();
        if let Some(leaves) = self.users.get_mut(user) {
            leaves.retain(|l| *l != leaf);
            if leaves.is_empty() {
                self.users.remove(user);
            }
        }
        Some(entry)
    }
}

impl FromIterator<RosterEntry> for Roster {
    fn from_iter<T: IntoIterator<Item = RosterEntry>>(entries: T) -> Self {
        let mut roster = Self::default();
        entries.into_iter().for_each(|entry| roster.put(entry));
        roster
    }
}
