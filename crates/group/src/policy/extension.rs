//! The GroupContext extension that holds the group's rules.

use std::collections::BTreeMap;

use conclave_protocol::{GroupId, GroupName, UserUri};
use conclave_record::Role;
use mls_rs_codec::{MlsDecode, MlsEncode, MlsSize};
use mls_rs_core::extension::{Extension, ExtensionList, ExtensionType};

use super::Rights;
use crate::parameters;

/// The encoding this client writes and reads.
const VERSION: u16 = 1;

/// Why an extension is not a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// There is none.
    #[error("the group has no policy")]
    Missing,
    /// Not this encoding, or one that is not canonical.
    #[error("the policy can't be decoded")]
    Malformed,
    /// A value that no group may have.
    #[error("the policy's {0} is out of bounds")]
    OutOfBounds(&'static str),
    /// Written by a later version.
    #[error("the policy is of version {0}")]
    Version(u16),
}

/// The rules of a group, agreed on by all its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPolicy {
    /// The group's name: one that [`GroupName::is_taken`] takes.
    pub name: String,
    /// The room's URI; part of each MessageId, fixed for life.
    pub room: String,
    /// Owners and admins; everybody else is a member.
    pub roles: BTreeMap<UserUri, Role>,
    /// The minimum role for each right.
    pub rights: Rights,
    /// Whether people may join by external commit.
    pub external_joins: bool,
    /// How often each client should renew its keys, in seconds
    /// ([`UPDATE_INTERVAL_S_RANGE`](parameters::UPDATE_INTERVAL_S_RANGE)).
    pub update_interval_s: u32,
    /// After how long without renewal a client may be evicted, in seconds; 0: never, else at least
    /// [`EVICT_IDLE_AFTER_S_MIN`](parameters::EVICT_IDLE_AFTER_S_MIN) and three update intervals.
    pub evict_idle_after_s: u32,
    /// After how long messages disappear by default, in seconds; 0: never.
    pub disappear_after_s: u32,
}

#[derive(MlsSize, MlsEncode, MlsDecode)]
struct Wire {
    version: u16,
    name: String,
    room: String,
    roles: Vec<Grant>,
    rights: Rights,
    external_joins: u8,
    update_interval_s: u32,
    evict_idle_after_s: u32,
    disappear_after_s: u32,
}

#[derive(MlsSize, MlsEncode, MlsDecode)]
struct Grant {
    user: String,
    #[mls_codec(with = "super::role_bytes")]
    role: Role,
}

impl GroupPolicy {
    /// The policy of a new group: its creator is its owner.
    #[must_use]
    pub fn new(group: &GroupId, name: String, creator: &UserUri) -> Self {
        Self {
            name,
            room: room_uri(creator.domain(), group),
            roles: BTreeMap::from([(creator.clone(), Role::Owner)]),
            rights: Rights::default(),
            external_joins: false,
            update_interval_s: parameters::UPDATE_INTERVAL_S,
            evict_idle_after_s: parameters::EVICT_IDLE_AFTER_S,
            disappear_after_s: 0,
        }
    }

    /// A person's role.
    #[must_use]
    pub fn role(&self, user: &UserUri) -> Role {
        self.roles.get(user).copied().unwrap_or_default()
    }

    /// The extension's bytes; the same for the same policy.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let grant = |(user, role): (&UserUri, &Role)| Grant { user: user.to_string(), role: *role };
        let wire = Wire {
            version: VERSION,
            name: self.name.clone(),
            room: self.room.clone(),
            roles: self.roles.iter().map(grant).collect(),
            rights: self.rights,
            external_joins: u8::from(self.external_joins),
            update_interval_s: self.update_interval_s,
            evict_idle_after_s: self.evict_idle_after_s,
            disappear_after_s: self.disappear_after_s,
        };
        wire.mls_encode_to_vec().expect("all fields are far shorter than a length can say")
    }

    /// Reads the extension's bytes; refuses what [`encode`](Self::encode) would not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadPolicy> {
        let version = u16::mls_decode(&mut &*bytes).map_err(|_| BadPolicy::Malformed)?;
        if version != VERSION {
            return Err(BadPolicy::Version(version));
        }
        let wire = Wire::mls_decode(&mut &*bytes).map_err(|_| BadPolicy::Malformed)?;
        let grant = |g: Grant| g.user.parse().map(|user| (user, g.role)).map_err(|_| BadPolicy::Malformed);
        let policy = Self {
            name: wire.name,
            room: wire.room,
            roles: wire.roles.into_iter().map(grant).collect::<Result<_, _>>()?,
            rights: wire.rights,
            external_joins: wire.external_joins == 1,
            update_interval_s: wire.update_interval_s,
            evict_idle_after_s: wire.evict_idle_after_s,
            disappear_after_s: wire.disappear_after_s,
        };
        let canonical = policy.encode() == bytes && !policy.roles.values().any(|role| *role == Role::Member);
        if !canonical {
            return Err(BadPolicy::Malformed);
        }
        policy.check_bounds()?;
        Ok(policy)
    }

    /// The bounds of each value: nobody can read a policy beyond them.
    fn check_bounds(&self) -> Result<(), BadPolicy> {
        let bound = |holds: bool, field| if holds { Ok(()) } else { Err(BadPolicy::OutOfBounds(field)) };
        let interval_s = self.update_interval_s;
        let idle_min_s = interval_s
            .saturating_mul(parameters::EVICT_IDLE_AFTER_INTERVALS_MIN)
            .max(parameters::EVICT_IDLE_AFTER_S_MIN);
        bound(GroupName::is_taken(&self.name), "name")?;
        bound(is_room(&self.room), "room")?;
        bound(self.roles.len() <= parameters::CLIENTS_MAX, "roles")?;
        bound(parameters::UPDATE_INTERVAL_S_RANGE.contains(&interval_s), "update interval")?;
        let idle_s = self.evict_idle_after_s;
        bound(idle_s == 0 || idle_s >= idle_min_s, "idle time")
    }

    /// Finds and reads the policy among a group's extensions.
    pub fn of(extensions: &ExtensionList) -> Result<Self, BadPolicy> {
        let found =
            extensions.get(ExtensionType::new(parameters::POLICY_EXTENSION)).ok_or(BadPolicy::Missing)?;
        Self::decode(found.extension_data())
    }

    /// The extension with this policy.
    #[must_use]
    pub fn extension(&self) -> Extension {
        Extension::new(ExtensionType::new(parameters::POLICY_EXTENSION), self.encode())
    }
}

/// Whether this may be a room's URI: printable, without spaces, and bounded.
fn is_room(room: &str) -> bool {
    let plain = room.len() <= parameters::ROOM_URI_BYTES_MAX && room.bytes().all(|b| b.is_ascii_graphic());
    plain && room.strip_prefix("mimi://").is_some_and(|rest| !rest.is_empty())
}

/// A group's room URI: `mimi://domain/r/` and the first group id in hex.
fn room_uri(domain: &str, group: &GroupId) -> String {
    format!("mimi://{domain}/r/{group}")
}
