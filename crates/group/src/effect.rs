//! What a group's machine wants done: writes first, in one transaction, then submissions, then events.

use std::fmt;

use bytes::Bytes;
use conclave_protocol::{
    ClientUri, CommitHash, Epoch, GroupId, InboxId, MessageId, PersonName, Seq, SubmissionId, Timestamp,
    UserUri,
};
use zeroize::Zeroizing;

use crate::input::IntentId;
use crate::policy::Role;
use crate::saved::{AccessSeed, PriorEpoch, SavedStaged, SavedSubmission, Snapshot};

/// What an input leads to.
#[derive(Debug, Default)]
pub struct Effects {
    /// To be made durable in one transaction, in order, before anything else.
    pub writes: Vec<Write>,
    /// To be handed to the Delivery Service after that.
    pub submissions: Vec<Submission>,
    /// To be told after that.
    pub events: Vec<Event>,
    /// When to send [`Input::Wake`](crate::Input::Wake), by the local clock; replaces the former one. None: no need.
    pub wake_at: Option<Timestamp>,
}

/// A change of the client's store, within one group's generation.
#[derive(Debug)]
pub enum Write {
    /// The MLS state without its tree, with the epochs added, changed and trimmed.
    State {
        snapshot: Snapshot,
        /// Epoch records to insert or replace.
        prior: Vec<PriorEpoch>,
        /// Epoch records older than this are to be deleted.
        prior_from: Epoch,
    },
    /// The ratchet tree of an epoch; replaces the former one. Comes before the commits that are staged on it.
    Tree { epoch: Epoch, tree_hash: Bytes, tree: Bytes },
    /// The access key of an epoch; those older than `keep_from` are to be deleted.
    AccessKey { seed: AccessSeed, keep_from: Epoch },
    /// The group's head row.
    Head(GroupHead),
    /// Leaves that are now occupied so (inserted or replaced).
    RosterPut(Vec<RosterEntry>),
    /// Leaves that were emptied by the commit that began this epoch. Kept for the retained epochs, then deleted.
    RosterEnd { leaves: Vec<u32>, until: Epoch },
    /// Rows of the membership log, each also a row of the timeline.
    Membership(Vec<MembershipRow>),
    /// A message from another member.
    Message(MessageRow),
    /// A person calls themselves so from now on. One for each person is kept.
    Name { user: UserUri, name: PersonName },
    /// Somebody in the group does not know this user's name: it is to be told until `due`, or with the next message, by
    /// an intent of kind [`Profile`](crate::IntentKind::Profile). One waits at a time; none where the user has no name.
    /// What is queued is to be handed in after this write.
    Introduce { due: Option<Timestamp>, at: Timestamp },
    /// An own message got its place: the row made with its intent moves there, and the intent is done.
    Sent { message: MessageId, seq: Seq, at: Timestamp, epoch: Epoch },
    /// An entry that could not be read.
    Unreadable(UnreadableRow),
    /// An intent's state.
    Intent { intent: IntentId, change: IntentChange },
    /// A submission that is under way; its bytes may be needed again.
    Submission(SavedSubmission),
    /// A submission that is over (its echo was seen, or it is derived again).
    SubmissionDone(SubmissionId),
    /// The commit that was built and submitted in this epoch.
    Staged(SavedStaged),
    /// Its epoch is over: all staged commits are to be deleted.
    StagedDrop,
    /// Everything up to this entry of the log, which bears this log time, was handled.
    Cursor { seq: Seq, at: Timestamp },
    /// The service has lost what came after this entry: own messages of then are queued again, in their order.
    SayAgain { after: Seq },
    /// This device is out of the group: delete MLS state, tree, access keys, staged commits and submissions; fail the
    /// queued intents. Timeline, membership log and the last roster stay.
    Forget,
    /// The key package this group was joined with is used up.
    KeyPackageUsed { reference: Bytes },
}

/// What is to become of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentChange {
    /// Back to the queue, having been refused this often. Queued intents are to be handed in again after this write;
    /// the machine passes over those it still knows.
    Queued { attempts: u32 },
    /// Encrypted and handed over.
    Submitted,
    /// Done: the row can go.
    Done,
    /// Given up; shown with a way to try again.
    Failed(FailReason),
}

/// Why an intent was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailReason {
    /// The service refused it.
    Refused,
    /// The group's policy does not allow it (any more).
    NotAllowed,
    /// This client is no longer a member.
    NotAMember,
    /// A key package is not usable (expired, wrong suite, not of that person).
    BadKeyPackage,
    /// The group's state is broken.
    GroupBroken,
    /// Tried as often as is reasonable.
    TooManyAttempts,
    /// It could not be built with what the group holds now.
    NotBuilt,
}

/// The group's head: what lists and headers show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupHead {
    pub group: GroupId,
    pub name: String,
    pub status: GroupStatus,
    pub epoch: Epoch,
    pub tree_hash: Bytes,
    pub epoch_authenticator: Bytes,
    /// The encoded policy extension (GroupPolicy, 0xF0C1).
    pub policy: Bytes,
    pub cipher_suite: u16,
    pub own_leaf: u32,
    pub own_role: Role,
    pub people: u32,
    pub devices: u32,
    /// Log time at which this client's leaf was last renewed.
    pub key_renewed: Timestamp,
    /// What of this client's leaf its next own commit has to renew.
    pub renewal: Renewal,
    /// Who added this client; none where it made the group.
    pub added_by: Option<ClientUri>,
    /// The commit that began the current epoch; none in epoch 0, and none after a join until the log showed it.
    pub parent: Option<CommitHash>,
    /// The time which that commit states; 0 where there is none.
    pub stated: Timestamp,
    /// An entry of the log that claims an epoch whose beginning this client did not see: it may lack a commit. Nothing
    /// authenticated says so. None again once something that is authenticated shows that it goes on.
    pub behind: Option<Seq>,
}

/// What of a client's leaf its next own commit has to renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Renewal {
    /// Nothing.
    Done = 0,
    /// The leaf still comes from a key package: its HPKE key.
    Leaf = 1,
    /// It comes from a last-resort key package, which others may have got too: its signature key as well.
    Signer = 2,
}

/// How a group stands, as far as its machine knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupStatus {
    /// Made here; its first commit is not accepted yet.
    Creating,
    Active,
    /// This user asked to leave.
    Leaving,
    /// This user left (or closed the group as its last member).
    Left,
    Removed {
        by: Option<UserUri>,
    },
    /// The state is broken since this epoch; the cause is for people who look.
    Broken {
        cause: UnreadableCause,
    },
}

/// One leaf of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    pub leaf: u32,
    pub client: ClientUri,
    pub role: Role,
    /// The user's identity key (Ed25519).
    pub identity_key: [u8; 32],
    /// The leaf's signature key.
    pub signature_key: Bytes,
    /// The epoch that began with the client's adding.
    pub since_epoch: Epoch,
    pub since: Timestamp,
}

/// What happened in a membership change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum MembershipKind {
    Created = 0,
    Added = 1,
    Removed = 2,
    Left = 3,
    RoleChanged = 4,
    Renamed = 5,
    PolicyChanged = 6,
    /// The committer has another signature key.
    KeyRotated = 7,
    /// The commit did nothing else: it renewed the committer's keys. So each epoch has a row.
    KeysRenewed = 8,
}

/// One row of the membership log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipRow {
    /// Position in this member's log, from 0.
    pub index: u64,
    pub kind: MembershipKind,
    pub actor: Option<ClientUri>,
    pub target: Option<UserUri>,
    /// How many devices of the target.
    pub devices: u32,
    /// Renamed: the new name.
    pub name: Option<String>,
    /// RoleChanged: the new role.
    pub role: Option<Role>,
    /// The epoch that began with it.
    pub epoch: Epoch,
    pub at: Timestamp,
    pub seq: Seq,
    pub commit: CommitHash,
    /// Over what all members agree on: epoch, confirmed transcript hash, kind, actor, target, detail, log time.
    pub row_hash: [u8; 32],
    /// Over the former row's chain hash and this row hash.
    pub chain_hash: [u8; 32],
}

/// What a message does.
#[derive(Clone, PartialEq, Eq)]
pub enum MessageKind {
    Text {
        text: String,
        markdown: bool,
    },
    Reaction {
        target: MessageId,
        emoji: String,
    },
    Edit {
        target: MessageId,
        text: String,
        markdown: bool,
    },
    /// Of a text, or of a reaction.
    Delete {
        target: MessageId,
    },
    Unknown {
        content_type: String,
    },
}

/// Shows the kind, never what was said.
impl fmt::Debug for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => write!(f, "Text({} bytes)", text.len()),
            Self::Reaction { target, .. } => write!(f, "Reaction({target:?})"),
            Self::Edit { target, text, .. } => write!(f, "Edit({target:?}, {} bytes)", text.len()),
            Self::Delete { target } => write!(f, "Delete({target:?})"),
            Self::Unknown { content_type } => write!(f, "Unknown({content_type})"),
        }
    }
}

/// A message from another member.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRow {
    pub message: MessageId,
    pub sender: ClientUri,
    pub epoch: Epoch,
    pub seq: Seq,
    pub at: Timestamp,
    pub kind: MessageKind,
    pub in_reply_to: Option<MessageId>,
    /// The encoded MIMI content as received.
    pub content: Bytes,
}

/// Shows where it is, never what was said.
impl fmt::Debug for MessageRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageRow({}, {:?}, {:?})", self.seq, self.message, self.kind)
    }
}

/// Why an entry could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum UnreadableCause {
    Damaged = 0,
    KeyGone = 1,
    TooOld = 2,
    OtherEpoch = 3,
    SenderGone = 4,
    BadContent = 5,
    RefusedChange = 6,
    /// A commit of the others that this client can't follow.
    Diverged = 7,
    /// Entries that the log no longer has, or that are withheld.
    Missing = 8,
    /// The service was set back: it has lost entries that this client handled.
    SetBack = 9,
}

/// An entry that could not be read; shown as a row, never dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    pub seq: Seq,
    pub at: Timestamp,
    pub epoch: Epoch,
    pub sender: Option<ClientUri>,
    pub cause: UnreadableCause,
}

/// Something to hand to the Delivery Service. The same bytes go again until there is an answer.
#[derive(Clone)]
pub enum Submission {
    /// A commit bundle with its Welcomes.
    Commit {
        submission: SubmissionId,
        epoch: Epoch,
        /// Encoded `CommitBundle`.
        bundle: Bytes,
        welcomes: Vec<WelcomeFor>,
        /// For the first commit of a group: the access key of epoch 0.
        first_access_key: Option<[u8; 32]>,
        /// To be stored before the commit.
        blob: Option<TreeBlob>,
    },
    /// An application message or a proposal: encoded `Entry`.
    Entry { submission: SubmissionId, epoch: Epoch, entry: Bytes },
}

impl Submission {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> SubmissionId {
        match self {
            Self::Commit { submission, .. } | Self::Entry { submission, .. } => *submission,
        }
    }
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { submission, epoch, bundle, welcomes, .. } => {
                write!(
                    f,
                    "Commit({submission:?}, epoch {epoch}, {} bytes, {} Welcomes)",
                    bundle.len(),
                    welcomes.len()
                )
            }
            Self::Entry { submission, epoch, entry } => {
                write!(f, "Entry({submission:?}, epoch {epoch}, {} bytes)", entry.len())
            }
        }
    }
}

/// A Welcome and whose inbox it is for.
#[derive(Debug, Clone)]
pub struct WelcomeFor {
    pub inbox: InboxId,
    pub welcome: Bytes,
}

/// An encrypted ratchet tree that travels apart from its Welcomes.
#[derive(Debug, Clone)]
pub struct TreeBlob {
    pub id: [u8; 16],
    pub data: Bytes,
}

/// Something that happened, told once the writes are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Rows of the timeline are new or changed.
    Timeline,
    /// Somebody has another name.
    Names,
    /// A message from someone else, worth a notification.
    Arrived { message: MessageId },
    /// Roster, policy, epoch or log changed.
    Membership { index_from: u64 },
    /// The head changed.
    Head,
    /// The epoch changed: whoever reads the log must prove the new one.
    Epoch(Epoch),
    /// Key packages in an Add intent are no longer usable: claim others for these people and hand the intent in again.
    ClaimAgain { intent: IntentId, people: Vec<UserUri> },
    /// This client's leaf needs a new signature key (see [`Renewal::Signer`]): make one and hand in an
    /// [`IntentKind::Update`](crate::IntentKind::Update) with it. Told
    /// once after each load, when the log's head is reached and no such intent is known.
    NeedsNewSigner,
}

/// Secret bytes of a stored state.
pub type SecretBytes = Zeroizing<Vec<u8>>;
