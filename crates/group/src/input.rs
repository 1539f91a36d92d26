//! What a group's machine is told.

use conclave_protocol::{Epoch, Seq, SubmissionId, Timestamp, wire};
use conclave_record::{Intent, UnreadableCause};

/// An input to [`Machine::handle`](crate::Machine::handle).
#[derive(Debug, Clone)]
pub enum Input {
    /// The next entries of the log, in order, after the cursor (at most `limits::LOG_ENTRIES_MAX`).
    Log {
        /// The entries; those at or before the cursor are passed over.
        items: Vec<LogItem>,
        /// Whether the log's head was reached with these: only then are proposals of others judged and intents sealed.
        at_head: bool,
    },
    /// Intents that are queued in the store, oldest first. Those already known are passed over.
    Intents(Vec<Intent>),
    /// The service was set back: it has lost what this client handled after the entry `kept`. With `goes_on` its log
    /// is still in this epoch, and what comes next gets places after the cursor; else it can't be followed.
    SetBack { kept: Seq, goes_on: bool },
    /// The service answered a submission.
    Outcome { submission: SubmissionId, outcome: Outcome },
    /// The time asked for in [`Effects::wake_at`](crate::Effects::wake_at) came, or the group was loaded: then what was
    /// under way goes again at once, and everything else when the log's head was reached.
    Wake,
}

/// An entry of the log as it came, or one that an earlier try of the same batch failed at.
#[derive(Debug, Clone)]
pub enum LogItem {
    /// As read from the service.
    Entry(wire::LogEntry),
    /// It failed before (see [`Failure::Tainted`](crate::Failure)): record why, and go on after it.
    Failed(FailedEntry),
}

/// An entry that can't be handled.
#[derive(Debug, Clone)]
pub struct FailedEntry {
    /// The entry.
    pub entry: wire::LogEntry,
    /// Why.
    pub cause: UnreadableCause,
    /// For whom it fails.
    pub scope: FailureScope,
}

/// For whom an entry of the log fails (docs: log order is the truth).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureScope {
    /// For every member alike: decoding, signature, policy, proposals, access key. The next commit of the same epoch
    /// may be taken.
    Universal,
    /// For this member: path decryption, confirmation tag, a key it lacks. After a commit that fails so, no other of
    /// that epoch is taken: the group needs to be set up again.
    Local,
}

/// The service's answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the log at this place.
    Accepted { seq: Seq },
    /// The log is at another epoch: derive it again.
    Stale { epoch: Epoch },
    /// It will never be taken; the reason is for logs.
    Refused { reason: String },
}

/// The time at which an input is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The client's clock, set right by the service's as far as that is known. For delays, and as a lower bound for the
    /// log's time of what is built now; what is received is judged by the log's time alone.
    pub local: Timestamp,
}
