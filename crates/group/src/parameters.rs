//! Operational parameters (RFC 9750 §7), each with its default and the reason for it. What members must agree on is
//! written into the group's policy at its creation; the rest is each client's own.
//!
//! Settled elsewhere, or not used:
//! - cipher suites: [`CIPHER_SUITES`](crate::credential::CIPHER_SUITES), the group's is its first member's choice;
//! - when two credentials are one client: the same device id
//!   ([`Identities`](crate::credential::Identities));
//! - who may add, remove, rename and change policy, external joins: [`GroupPolicy`](crate::policy::GroupPolicy);
//! - group ids: 16 random bytes, which are the log's id as well; `application_id` is not used;
//! - external senders, PSK, ReInit and Update proposals, external commits: refused by
//!   [`decide`](crate::policy::decide);
//! - buffer of future messages: none, since the log is ordered; an entry of a later epoch is a sign of divergence;
//! - GroupInfo is never published: it travels in Welcomes only;
//! - commits always carry a path; a client that has something to send commits pending proposals at once, the others as
//!   [`LEAVE_STEP_MS`] says.

use std::ops::RangeInclusive;

use conclave_protocol::limits;
use mls_rs::client_builder::PaddingMode;

use crate::credential::LEAF_LIFETIME_S;

/// Milliseconds in a second, where a delay is easier to read in seconds.
const SECOND_MS: u64 = 1000;
/// Seconds in a day.
pub const DAY_S: u64 = 24 * 60 * 60;

/// Longest lifetime, in seconds, of a key package and of a leaf that came with one (RFC 9420 §7.2): three times 28
/// days and an hour for clocks that differ, as in openmls.
pub const LIFETIME_S_MAX: u64 = 3 * 28 * DAY_S + 60 * 60;
/// KeyPackage lifetime: as long as its leaf certificate, so that neither outlives the other.
pub const KEY_PACKAGE_LIFETIME_S: u64 = LEAF_LIFETIME_S;
const _: () = assert!(KEY_PACKAGE_LIFETIME_S + KEY_PACKAGE_BACKDATE_S <= LIFETIME_S_MAX);
/// A key package that expires within this time is not used any more: the commit that adds it is judged by the log's
/// time, which is later than its building time.
pub const KEY_PACKAGE_MARGIN_S: u64 = 60 * 60;
/// How far before its creation a key package's lifetime begins: clocks differ, and the log's clock decides.
pub const KEY_PACKAGE_BACKDATE_S: u64 = DAY_S;

/// Past epochs whose secrets are kept to read late messages; the service accepts messages for as many.
pub const EPOCHS_RETAINED: u64 = limits::EPOCHS_RETAINED;
/// Maximum forward ratchet within an epoch, which is also how many skipped message keys of a sender are kept: fixed in
/// mls-rs 0.57 (`MAX_RATCHET_BACK_HISTORY`), stated here. They are deleted with the epoch, not by time.
pub const FORWARD_RATCHET_MAX: u32 = 1024;
/// A client whose stored state grew by more than this within an epoch commits: only a new epoch deletes skipped
/// message keys.
pub const STATE_GROWTH_BYTES_MAX: usize = 256 << 10;

/// Own encrypted messages that are not in the log yet: receivers skip at most [`FORWARD_RATCHET_MAX`] keys, and a lost
/// window of this size stays far below.
pub const IN_FLIGHT_MAX: usize = 64;
/// How often an intent may be refused before it is shown as failed.
pub const REFUSALS_MAX: u32 = 3;
/// How often a commit may lose to another member's, or a message be overtaken by an epoch, before its intent is shown
/// as failed. Counted since the group was loaded.
pub const RACES_MAX: u32 = 32;

/// In groups up to this many people, every member sends their name again when somebody joins, so that the newcomer
/// knows all; in larger groups with their next message only. So a join costs at most this many small messages.
pub const INTRODUCTIONS_MAX: u32 = 64;
/// How long a name waits after a join: others may join too, and one message serves them all.
pub const INTRODUCE_AFTER_MS: u64 = SECOND_MS;
/// Additional delay per further member, so that not all send at once.
pub const INTRODUCE_STEP_MS: u64 = SECOND_MS / 4;

/// Delay per further member before it commits another's leaving, if those before it did not.
pub const LEAVE_STEP_MS: u64 = 10 * SECOND_MS;
/// How long a new member waits before its first commit, which soon replaces the HPKE key from its key package.
pub const FIRST_COMMIT_AFTER_MS: u64 = 20 * SECOND_MS;
/// Additional delay per further new member: without it they would only race.
pub const FIRST_COMMIT_STEP_MS: u64 = 3 * SECOND_MS;
/// Number of distinct steps; members beyond wait equally long and may race.
pub const STEPS_MAX: u64 = 120;
/// How long no commit without an intent is tried after one was refused before it was sent, or by the service for the
/// [`REFUSALS_MAX`]th time: the same cause would refuse it at each input until the epoch ends.
pub const HOUSEKEEPING_AGAIN_AFTER_MS: u64 = 60 * 60 * SECOND_MS;

/// Most leaves that one commit empties plus roles that it changes: each is a row of the membership log, and all rows
/// of a commit share one sequence number in the timeline.
pub const CHANGES_PER_COMMIT_MAX: usize = 800;
/// Most leaving members removed by one commit: a role may end with each. The others propose it again.
pub const LEAVES_PER_COMMIT_MAX: usize = 400;
/// Most clients of a group.
pub const CLIENTS_MAX: usize = 10_000;
/// The ratchet tree travels inside the Welcomes up to this many clients…
pub const TREE_IN_WELCOME_CLIENTS_MAX: usize = 500;
/// …and up to this many bytes over all Welcomes of a commit; apart, as an encrypted blob, beyond.
pub const TREE_IN_WELCOMES_BYTES_MAX: usize = 1 << 20;
/// Generous estimate of what a leaf's certificate chain adds to a tree, before the commit is built.
pub const LEAF_BYTES_ESTIMATE: usize = 1536;

/// Handshake messages are encrypted: changes in a group concern its members only.
pub const ENCRYPT_HANDSHAKE: bool = true;
/// Padding of encrypted messages: the length's two leading bits remain visible.
pub const PADDING: PaddingMode = PaddingMode::StepFunction;
/// Whether padding hides anything of the length.
pub const IS_PADDED: bool = !matches!(PADDING, PaddingMode::None);

/// Key-update interval in the policy of a new group: each client commits at least this often while it runs.
pub const UPDATE_INTERVAL_S: u32 = 7 * DAY_S as u32;
/// The bounds of that interval: below, a group would do nothing but commit.
pub const UPDATE_INTERVAL_S_RANGE: RangeInclusive<u32> = DAY_S as u32..=30 * DAY_S as u32;
/// How long a member may go without a key update before it may be evicted, in the policy of a new group.
pub const EVICT_IDLE_AFTER_S: u32 = 90 * DAY_S as u32;
/// The least such time that a policy may name, unless it is 0 (never), and the least in update intervals.
pub const EVICT_IDLE_AFTER_S_MIN: u32 = 14 * DAY_S as u32;
/// See [`EVICT_IDLE_AFTER_S_MIN`].
pub const EVICT_IDLE_AFTER_INTERVALS_MIN: u32 = 3;
/// Longest room URI, in bytes: the scheme, a domain name (253) and the group's id in hex, with room to spare.
pub const ROOM_URI_BYTES_MAX: usize = 512;

/// GroupContext extension with the group's policy (private use range, RFC 9420 §17.3).
pub const POLICY_EXTENSION: u16 = 0xF0C1;
/// Proposal with the grounds of a commit (private use range, RFC 9420 §17.4).
pub const GROUNDS_PROPOSAL: u16 = 0xF0C4;
/// Largest grounds.
pub const GROUNDS_BYTES_MAX: usize = 64 << 10;
/// GroupInfo extension that says where an encrypted tree is and how to open it.
pub const TREE_BLOB_EXTENSION: u16 = 0xF0C2;
/// Exporter label of the epochs' access keys.
pub const ACCESS_LABEL: &[u8] = b"conclave access v1";
