//! Every limit of the service that is not part of the protocol, with its name and default (docs/operations.md).

use std::time::Duration;

use conclave_protocol::limits::{FRAME_BYTES_MAX, RETENTION_DAYS};

/// An allowance that refills: `burst` at once, then one more per `refill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many at once.
    pub burst: u32,
    /// Time until one more is allowed.
    pub refill: Duration,
}

impl Allowance {
    /// This many at once, and this many more each second.
    #[must_use]
    pub fn per_second(burst: u32, rate: u32) -> Self {
        Self { burst, refill: Duration::from_secs(1) / rate.max(1) }
    }

    /// This many at once, and this many more each hour.
    #[must_use]
    pub fn per_hour(burst: u32, rate: u32) -> Self {
        Self { burst, refill: Duration::from_secs(3600) / rate.max(1) }
    }
}

/// Access keys cached for verification, over all logs: about 250 bytes each.
pub(crate) const ACCESS_KEYS_MAX: usize = 8_192;
/// What each connection may make the service hold on its own, for requests in flight and for answers in transit each,
/// in bytes. More comes from a shared pool.
pub(crate) const OWN_BYTES: usize = 32 << 10;
/// Bytes of one connection's requests in flight; beyond it the connection is not read.
pub(crate) const IN_FLIGHT_BYTES_MAX: usize = 8 << 20;
/// Entries queued for one follower.
pub(crate) const EVENTS_MAX: usize = 128;
/// Units of work that may wait for the database's writer, or for its readers; beyond it the answer is BUSY.
pub(crate) const WORKS_MAX: usize = 4_096;
/// Allowances in use that are remembered; beyond it the fullest are forgotten first.
pub(crate) const ALLOWANCES_MAX: usize = 100_000;
/// Largest frame before Hello, and before an identified connection has named its account, in bytes.
pub(crate) const HELLO_BYTES_MAX: usize = 1 << 10;
pub(crate) const ACCOUNT_BYTES_MAX: usize = 8 << 10;
/// How long a message may take from its first byte, and the bytes per second it must deliver beyond that.
pub(crate) const MESSAGE_TIME: Duration = Duration::from_secs(30);
pub(crate) const MESSAGE_BYTES_PER_SECOND_MIN: u64 = 32 << 10;
/// Bytes of a message that are received before it is accounted for.
pub(crate) const PARTIAL_BYTES: usize = 4 << 10;
/// Bytes of entries in transit to followers, over all connections; beyond it each follower reads from storage.
pub(crate) const PUSH_BYTES_MAX: usize = 8 << 20;
/// Sockets that are told at one time that the service is full; more than that are closed without an answer.
pub(crate) const REFUSED_AT_ONCE_MAX: usize = 64;
/// Kernel buffer of a socket in each direction, in bytes (Linux doubles it).
pub(crate) const SOCKET_BYTES: usize = 64 << 10;
/// Frames charged for a request that is malformed or wrongly signed.
pub(crate) const FAULT_FRAMES: u32 = 20;

/// The service's limits. Exceeding one returns a typed error, never silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest frame from a client, in bytes.
    pub frame_bytes_max: usize,
    /// Frames of one connection; beyond it the connection is not read.
    pub frames: Allowance,
    /// Malformed and wrongly signed requests from one address; beyond it its connections are not read.
    pub faults: Allowance,
    /// Concurrent connections.
    pub connections_max: usize,
    /// Concurrent connections from one address (IPv6: one /64).
    pub connections_per_address_max: usize,
    /// How long a connection may take to send Hello, and to authenticate if it is identified.
    pub opening: Duration,
    /// How long a client may leave its socket unread before it is dropped.
    pub stalled: Duration,
    /// Logs that one connection may follow.
    pub subscriptions_max: usize,
    /// Requests of one connection in flight; beyond it the connection is not read.
    pub in_flight_max: usize,
    /// Bytes of requests received and in flight over all connections, besides `OWN_BYTES` for each; half of it for one
    /// address. Beyond it the connection is not read, and finally closed.
    pub in_flight_bytes_max: usize,
    /// Bytes of answers not yet sent over all connections, besides `OWN_BYTES` for each; half of it for one address.
    /// Beyond it the answer waits, and finally is BUSY.
    pub answer_bytes_max: usize,
    /// Key packages of one user that one other user may claim.
    pub claims_per_target: Allowance,
    /// Key packages that one user may claim in total.
    pub claims: Allowance,
    /// Last key packages of one user that one claimer, and one address, may claim; after that they get the last-resort
    /// one.
    pub claims_of_rest: Allowance,
    /// Names that one address may look up, directly or by claiming key packages.
    pub look_ups: Allowance,
    /// Names that one address may enrol.
    pub enrolments: Allowance,
    /// Logs that one address may create.
    pub logs_created: Allowance,
    /// Blobs that one address may store.
    pub blobs_stored: Allowance,
    /// Welcomes that one address may put in one inbox.
    pub welcomes_per_inbox: Allowance,
    /// Bytes that one address may store: entries, commits, Welcomes, blobs and key packages, each with its overhead.
    pub bytes_stored: Allowance,
    /// The same over a short time: a transaction of several MiB delays the small ones of others.
    pub bytes_stored_at_once: Allowance,
    /// Bytes of one log's entries; commits may use an eighth more, so that a full log can still be changed.
    pub log_bytes_max: u64,
    /// Devices of one user that may have key packages.
    pub devices_max: usize,
    /// Entries of one inbox.
    pub inbox_entries_max: usize,
    /// Bytes of one inbox.
    pub inbox_bytes_max: usize,
    /// Entries of one inbox that came from one address.
    pub inbox_entries_of_address_max: usize,
    /// Bytes of one inbox that came from one address.
    pub inbox_bytes_of_address_max: usize,
    /// How long group logs are kept.
    pub log_retention: Duration,
    /// How long blobs are kept.
    pub blob_retention: Duration,
    /// How long a log without entries, and the inbox of a client that does not connect, are kept after their last use.
    pub idle_retention: Duration,
    /// Size of the database, in bytes; beyond it nothing new is stored.
    pub storage_bytes_max: u64,
    /// Bytes of that, and of the disk, reserved for commits and accounts; see `Limits::reserve`.
    pub storage_reserve_bytes: u64,
}

impl Limits {
    /// The reserve for commits and accounts, in bytes: at most a sixteenth of the total.
    pub(crate) fn reserve(&self) -> u64 {
        self.storage_reserve_bytes.min(self.storage_bytes_max / 16)
    }

    /// Bytes that one log's entries may use, commits included.
    pub(crate) fn log_bytes_with_commits_max(&self) -> u64 {
        self.log_bytes_max.saturating_add(self.log_bytes_max / 8)
    }
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes_max: FRAME_BYTES_MAX,
            frames: Allowance::per_second(5_000, 500),
            faults: Allowance::per_second(2_000, 200),
            connections_max: 10_000,
            connections_per_address_max: 256,
            opening: Duration::from_secs(10),
            stalled: Duration::from_secs(60),
            subscriptions_max: 1_024,
            in_flight_max: 64,
            in_flight_bytes_max: 16 << 20,
            answer_bytes_max: 12 << 20,
            claims_per_target: Allowance::per_hour(12, 12),
            claims: Allowance::per_hour(600, 600),
            claims_of_rest: Allowance::per_hour(2, 2),
            look_ups: Allowance::per_hour(600, 600),
            enrolments: Allowance::per_hour(60, 60),
            logs_created: Allowance::per_hour(600, 600),
            blobs_stored: Allowance::per_hour(600, 600),
            welcomes_per_inbox: Allowance::per_hour(200, 200),
            bytes_stored: Allowance::per_hour(256 << 20, 16 << 20),
            bytes_stored_at_once: Allowance::per_second(16 << 20, 1 << 20),
            log_bytes_max: 2 << 30,
            devices_max: 32,
            inbox_entries_max: 10_000,
            inbox_bytes_max: 64 << 20,
            inbox_entries_of_address_max: 2_500,
            inbox_bytes_of_address_max: 16 << 20,
            log_retention: DAY * RETENTION_DAYS,
            blob_retention: DAY * RETENTION_DAYS,
            idle_retention: DAY * 180,
            storage_bytes_max: 64 << 30,
            storage_reserve_bytes: 256 << 20,
        }
    }
}
