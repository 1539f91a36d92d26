use bytes::Bytes;
use conclave_protocol::{Epoch, MessageId, PersonName, Seq, SubmissionId, Timestamp, UserUri};

use crate::{
    AccessSeed, EpochSecret, GroupHead, IntentChange, IntentId, MembershipRow, MessageRow, RosterEntry,
    StagedCommit, SubmissionRow, UnreadableRow,
};

/// A change of the client's store, within one generation of a group.
#[derive(Debug)]
pub enum Write {
    /// The MLS state without its tree, with the epochs added, changed and trimmed.
    State {
        snapshot: EpochSecret,
        /// Records of past epochs to insert or replace.
        prior: Vec<EpochSecret>,
        /// Records of epochs before this one are deleted.
        prior_from: Epoch,
    },
    /// The ratchet tree of an epoch; replaces the previous one. Comes before the commits that are staged on it.
    Tree { epoch: Epoch, tree_hash: Bytes, tree: Bytes },
    /// The access key of an epoch; those of epochs before `keep_from` are deleted.
    AccessKey { seed: AccessSeed, keep_from: Epoch },
    /// The group's head.
    Head(GroupHead),
    /// Leaves that are now occupied like this (inserted or replaced).
    RosterPut(Vec<RosterEntry>),
    /// Leaves that were emptied by the commit that began this epoch. Kept for the retained epochs, then deleted.
    RosterEnd { leaves: Vec<u32>, until: Epoch },
    /// Rows of the membership log, each also a row of the timeline.
    Membership(Vec<MembershipRow>),
    /// A message from another member.
    Message(MessageRow),
    /// A person's current name. One for each person is kept.
    Name { user: UserUri, name: PersonName },
    /// Somebody in the group does not know this user's name: it is sent until `due`, or with the next message, by an
    /// intent of kind [`Profile`](crate::IntentKind::Profile). One is queued at a time; none if the user has no name.
    /// Queued intents are handed to the machine after this write.
    Introduce { due: Option<Timestamp>, at: Timestamp },
    /// Our own message got its place in the log: the row made with its intent moves there, and the intent is done.
    Sent { message: MessageId, seq: Seq, at: Timestamp, epoch: Epoch },
    /// An entry that could not be read.
    Unreadable(UnreadableRow),
    /// The next state of an intent.
    Intent { intent: IntentId, change: IntentChange },
    /// A submission under way.
    Submission(SubmissionRow),
    /// A submission that is over (its echo was seen, or it is derived again).
    SubmissionDone(SubmissionId),
    /// A commit that was built and submitted in this epoch.
    Staged(StagedCommit),
    /// Its epoch is over: all staged commits are deleted.
    StagedDrop,
    /// Everything up to this entry of the log, which has this log time, was handled.
    Cursor { seq: Seq, at: Timestamp },
    /// The service has lost what came after this entry: our own messages from then on are queued again, in their
    /// order.
    SayAgain { after: Seq },
    /// This device is out of the group: delete MLS state, tree, access keys, staged commits and submissions; fail the
    /// queued intents. Timeline, membership log and the last roster stay.
    Forget,
    /// The key package this group was joined with is used up.
    KeyPackageUsed { reference: Bytes },
}
