//! The inputs of a group's machine.

use conclave_protocol::{Epoch, Seq, SubmissionId, Timestamp, wire};
use conclave_record::{Intent, UnreadableCause};

/// An input to [`Machine::handle`](crate::Machine::handle).
#[derive(Debug, Clone)]
pub enum Input {
    /// The next entries of the log, in order, after the cursor (at most `limits::LOG_ENTRIES_MAX`).
    Log {
        /// The entries; those at or before the cursor are skipped.
        items: Vec<LogItem>,
        /// Whether these reach the log's head: only then are others' proposals committed and intents encrypted.
        at_head: bool,
    },
    /// Intents that are queued in the store, oldest first. Known ones are skipped.
    Intents(Vec<Intent>),
    /// The service was set back: it has lost what this client handled after the entry `kept`. With `goes_on` its log
    /// is still in this epoch, and its next entries get places after the cursor; otherwise the log can't be followed.
    SetBack { kept: Seq, goes_on: bool },
    /// The service answered a submission.
    Outcome { submission: SubmissionId, outcome: Outcome },
    /// The time requested in [`Effects::wake_at`](crate::Effects::wake_at) has come, or the group was loaded: then
    /// submissions under way are sent again at once, and everything else once the log's head is reached.
    Wake,
}

/// An entry of the log as received, or one that an earlier attempt at the same batch failed on.
#[derive(Debug, Clone)]
pub enum LogItem {
    /// As read from the service.
    Entry(wire::LogEntry),
    /// It failed before (see [`Failure::Tainted`](crate::Failure)): record why, and continue after it.
    Failed(FailedEntry),
}

/// An entry that can't be handled.
#[derive(Debug, Clone)]
pub struct FailedEntry {
    /// The entry.
    pub entry: wire::LogEntry,
    /// Why.
    pub cause: UnreadableCause,
    /// Whom it fails for.
    pub scope: FailureScope,
}

/// Whom an entry of the log fails for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureScope {
    /// For every member alike: decoding, signature, policy, proposals, access key. The next commit of the same epoch
    /// may be accepted.
    Universal,
    /// For this member only: path decryption, confirmation tag, a missing key. After a commit that fails this way, no
    /// other of that epoch is accepted: the group must be set up again.
    Local,
}

/// The service's answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the log at this place.
    Accepted { seq: Seq },
    /// The log is at another epoch: derive it again.
    Stale { epoch: Epoch },
    /// It will never be accepted; the reason is for logs.
    Refused { reason: String },
}

/// The time at which an input is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The client's clock, corrected by the service's as far as that is known. For delays, and as a lower bound of the
    /// log's time for what is built now; what is received is judged by the log's time alone.
    pub local: Timestamp,
}
