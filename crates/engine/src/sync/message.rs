//! The messages to and from the sync actor.

use std::sync::Arc;

use actix::prelude::*;
use conclave_delivery::{AccessKey, InboxPage};
use conclave_group::{Outcome, ReadFrom};
use conclave_protocol::{Epoch, GroupId, Seq, SubmissionId, wire};
use conclave_record::{Generation, Submission};
use conclave_store::LogPlace;

use super::marks::Mark;
use crate::api::Connection;

/// The access keys that a membership has.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// Of the present epoch.
    pub(crate) present: AccessKey,
    /// Of the retained epochs before it, newest first.
    pub(crate) former: Vec<AccessKey>,
}

impl Keys {
    /// From those of all retained epochs, in any order; none without that of the present one.
    pub(crate) fn of(epoch: Epoch, mut all: Vec<AccessKey>) -> Option<Self> {
        all.sort_by_key(|key| std::cmp::Reverse(key.epoch()));
        let present = all.iter().find(|key| key.epoch() == epoch)?.clone();
        all.retain(|key| key.epoch() < epoch);
        Some(Self { present, former: all })
    }
}

/// How the log of a membership is followed.
#[derive(Debug, Clone)]
pub(crate) struct Follow {
    pub(crate) from: ReadFrom,
    pub(crate) keys: Keys,
    pub(crate) log: LogPlace,
}

/// Follow the log of this membership. Replaces another membership of the group; changes nothing if this one is followed
/// already.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub(crate) struct Attach {
    pub(crate) generation: Generation,
    pub(crate) follow: Follow,
}

/// Stop following a group's log, and drop its submissions.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Detach {
    pub(crate) group: GroupId,
}

/// Submit this, and retry until there is an answer.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Submit {
    pub(crate) group: GroupId,
    pub(crate) key: AccessKey,
    pub(crate) submission: Submission,
}

/// A group's machine was loaded: send its actor a batch at the log's head, even an empty one.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct WantHead {
    pub(crate) group: GroupId,
}

/// Connect, and stay connected. Sent once, when all groups are followed.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Connect;

/// Connect now rather than after the retry delay.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Reconnect;

/// Entries of a group's log, for its actor.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Progress")]
pub(crate) struct LogBatch {
    pub(crate) entries: Vec<wire::LogEntry>,
    /// Their marks, by their places.
    pub(crate) marks: Arc<[(Seq, Mark)]>,
    /// The log had nothing more when this was sent.
    pub(crate) at_head: bool,
    /// Entries that were still to come when this was sent, these included.
    pub(crate) remaining: u64,
    /// What was added to the service's sequence numbers.
    pub(crate) offset: u64,
}

/// The service was set back: it has lost what was handled after the entry `kept`. If `goes_on`, its log is followed on;
/// if not, this is sent once, so that what was lost can be sent again.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Progress")]
pub(crate) struct SetBack {
    pub(crate) kept: Seq,
    pub(crate) goes_on: bool,
}

/// How far a group's actor has come.
#[derive(Debug, Clone, MessageResponse)]
pub(crate) enum Progress {
    /// Everything up to here is durable; go on from there with these keys.
    At { from: ReadFrom, keys: Keys },
    /// Nothing could be done now (disk, keychain): retry after this delay.
    Later { wait_ms: u64 },
    /// This device is no longer in the group.
    Over,
}

/// The answer to a submission, for the group's actor. Answered by whether it was handled.
#[derive(Debug, Clone, Message)]
#[rtype(result = "bool")]
pub(crate) struct Delivered {
    pub(crate) submission: SubmissionId,
    pub(crate) outcome: Outcome,
}

/// The state of the connection changed, for the account actor.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub(crate) struct ConnectionChanged(pub(crate) Connection);

/// Entries of the inbox arrived, for the account actor.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub(crate) struct InboxArrived(pub(crate) InboxPage);
