//! The state machine of one group. One verb per file.

mod access;
mod begin;
mod commit_content;
mod commit_own;
mod commit_received;
mod commit_removed;
mod commit_submit;
mod create;
mod epoch;
mod error;
mod intents;
mod join;
mod leave;
mod leaves;
mod load;
mod log;
mod membership;
pub(crate) mod mls;
mod outcome;
mod output;
mod own_signer;
mod profile;
mod proposals;
mod receive;
mod seal;
mod set_back;
mod timers;
mod tree_blob;
mod vet;
mod waits;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::{Epoch, GroupId, Seq, SubmissionId, Timestamp};
use conclave_record::{AccessSeed, GroupHead, Intent, IntentId, RosterEntry, StagedCommit, SubmissionRow};
use mls::MlsGroup;
use output::Output;
use timers::Timers;

use crate::credential::{Identities, LastOpened};
use crate::effect::Effects;
use crate::input::{Input, Now};
use crate::mls_rules::Rules;
use crate::policy::GroupPolicy;
use crate::signer::Signer;
use crate::storage::CapturedGroup;

pub use access::{access_key, sign_commit};
pub(crate) use commit_content::KeyPackageFacts;
pub use create::{CreateError, NewGroup};
pub use error::{Failure, LoadError};
pub use join::{JoinError, WelcomeInfo, inspect_welcome, welcome_references};
pub use own_signer::SignerMismatch;
pub(crate) use own_signer::identity_of;
pub use tree_blob::TreeRef;
pub use waits::Waits;

/// Source of ids: fills with random bytes. Seeded in tests; keys never come from it.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// What a machine works with.
pub struct Env {
    /// Signs by handle.
    pub signer: Arc<dyn Signer>,
    /// Verifies credentials; shared by all groups of an account.
    pub identities: Identities,
    /// For submission ids.
    pub random: Random,
}

impl Env {
    fn submission_id(&mut self) -> SubmissionId {
        let mut id = [0; SubmissionId::LEN];
        (self.random)(&mut id);
        SubmissionId::new(id)
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Env")
    }
}

/// Where to read the log from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// Entries with a greater sequence number.
    After(Seq),
    /// From the commit that began this epoch, inclusive: the group was just joined.
    StartOf(Epoch),
}

/// One MLS group of this client.
///
/// After any error from [`handle`](Self::handle), drop the machine and load it again: its group may have changed
/// without a report.
pub struct Machine {
    env: Env,
    id: GroupId,
    group: MlsGroup,
    storage: CapturedGroup,
    rules: Rules,
    /// What mls-rs does not expose of a commit.
    last_opened: LastOpened,
    head: GroupHead,
    policy: GroupPolicy,
    /// Leaves emptied within the retained epochs, with the epoch that began with it.
    former: Vec<(RosterEntry, Epoch)>,
    /// Commits built in this epoch, kept until it ends: the log may still show any of them.
    staged: Vec<StagedCommit>,
    /// The one under way.
    live: Option<Live>,
    /// Submissions under way: at most `IN_FLIGHT_MAX` messages, a commit and a proposal.
    submissions: HashMap<SubmissionId, Pending>,
    /// Access keys of the retained epochs.
    access: BTreeMap<Epoch, AccessSeed>,
    cursor: Seq,
    log_time: Timestamp,
    log_next: u64,
    log_chain: [u8; 32],
    /// Waiting intents, oldest first. As many as the caller hands in.
    queue: BTreeMap<IntentId, Intent>,
    /// How often each known intent was overtaken since the group was loaded. Entries go with their intents.
    races: HashMap<IntentId, u32>,
    /// Whether the log's head was reached.
    at_head: bool,
    /// Nothing is sent before this epoch is reached: the service reported that the log is in it.
    floor: Epoch,
    /// Refusals of submissions without an intent, in this epoch and since the last pause.
    own_refusals: u32,
    /// The service refused the proposal to leave: it must be made again.
    propose_again: bool,
    /// Whether a new signature key was requested since the group was loaded.
    signer_asked: bool,
    timers: Timers,
    /// Whether the submissions that were under way when the group was loaded, or when the service was set back, are
    /// still to be sent again.
    resubmit: bool,
    /// Whether mls-rs's state is ahead of what was written.
    dirty: bool,
    /// Size of the state as last written.
    state_bytes: usize,
    /// Its size when the epoch began, or when the group was loaded since.
    epoch_bytes: usize,
    /// Size of the ratchet tree as last written.
    tree_bytes: usize,
}

/// A commit under way.
#[derive(Debug)]
struct Live {
    submission: SubmissionId,
    /// Whether intents wait for it: it carries one out, or removes someone.
    blocks: bool,
}

/// A submission under way, with its intent where known.
#[derive(Debug)]
struct Pending {
    saved: SubmissionRow,
    intent: Option<Intent>,
}

impl Pending {
    /// The bytes that the log will show.
    fn entry(&self) -> &Bytes {
        self.saved.submission.entry()
    }

    fn is_commit(&self) -> bool {
        self.saved.submission.is_commit()
    }
}

impl Machine {
    /// Handles an input. Carry out the effects as [`Effects`] says.
    pub fn handle(&mut self, input: Input, now: Now) -> Result<Effects, Failure> {
        let mut out = Output::default();
        match input {
            Input::Log { items, at_head } => self.log(items, at_head, &mut out)?,
            Input::SetBack { kept, goes_on } => self.set_back(kept, goes_on, &mut out),
            Input::Intents(intents) => self.take_intents(intents, &mut out),
            Input::Outcome { submission, outcome } => self.outcome(submission, outcome, &mut out),
            Input::Wake => {}
        }
        self.advance(now, &mut out)?;
        self.finish(now, out)
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &GroupId {
        &self.id
    }

    /// The head as it is now.
    #[must_use]
    pub fn head(&self) -> &GroupHead {
        &self.head
    }

    /// The group's policy.
    #[must_use]
    pub fn policy(&self) -> &GroupPolicy {
        &self.policy
    }

    /// The occupied leaves, in order.
    #[must_use]
    pub fn roster(&self) -> Vec<RosterEntry> {
        self.rules.view().roster.iter().cloned().collect()
    }

    /// The current epoch.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.head.epoch
    }

    /// The epoch's access seed; none for an epoch that is not retained.
    #[must_use]
    pub fn access_seed(&self, epoch: Epoch) -> Option<&AccessSeed> {
        self.access.get(&epoch)
    }

    /// Those of all retained epochs, in order.
    pub fn access_seeds(&self) -> impl Iterator<Item = &AccessSeed> {
        self.access.values()
    }

    /// Where to read the log from.
    #[must_use]
    pub fn read_from(&self) -> ReadFrom {
        if self.is_anchored() { ReadFrom::After(self.cursor) } else { ReadFrom::StartOf(self.head.epoch) }
    }

    /// Submissions without an answer.
    fn pending(&self) -> impl Iterator<Item = &SubmissionRow> {
        self.submissions.values().map(|p| &p.saved).filter(|s| s.accepted.is_none())
    }

    /// Whether the commit that began the current epoch is known: not after a join until the log showed it.
    fn is_anchored(&self) -> bool {
        self.head.epoch == Epoch(0) || self.head.parent.is_some()
    }

    fn own_leaf(&self) -> u32 {
        self.head.own_leaf
    }

    /// The time that a commit built now states, by which all will judge it. Never before the log's, nor before the one
    /// that the previous commit states.
    fn building_time(&self, now: Now) -> Timestamp {
        self.log_time.max(now.local).max(self.head.stated)
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("group", &self.id)
            .field("epoch", &self.head.epoch)
            .field("status", &self.head.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
