//! What a group's machine is told.

use std::fmt;

use bytes::Bytes;
use conclave_protocol::{Epoch, MessageId, PersonName, Seq, SubmissionId, Timestamp, UserUri, wire};

use crate::effect::UnreadableCause;

/// The row id of an intent in the client's store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(pub i64);

/// Something that a user wants, durable before it gets here. What is encrypted is derived from it, and may be
/// derived again for a later epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its row.
    pub id: IntentId,
    /// What is wanted.
    pub kind: IntentKind,
    /// How often it was refused or derived again so far.
    pub attempts: u32,
}

/// What a user wants of a group.
#[derive(Clone, PartialEq, Eq)]
pub enum IntentKind {
    /// Send this encoded MIMI content (text, reaction, edit or delete alike); the id was computed from its salt.
    Send { message: MessageId, content: Bytes },
    /// Add these people, each with the key packages claimed for them (at most [`limits::ADDS_PER_COMMIT_MAX`] in all).
    ///
    /// [`limits::ADDS_PER_COMMIT_MAX`]: conclave_protocol::limits::ADDS_PER_COMMIT_MAX
    Add { people: Vec<PeopleKeyPackages> },
    /// Remove all devices of these people.
    Remove { people: Vec<UserUri> },
    /// Give the group another name.
    Rename { name: String },
    /// Renew this client's own key material; with `signer`, its signature key and leaf certificate as well.
    Update { signer: Option<NewSigner> },
    /// Leave: propose one's own removal in each epoch until it happened.
    Leave,
    /// Tell this user's name until `due`, or with the next message. It takes the place of one that waits.
    Profile { name: PersonName, due: Option<Timestamp> },
}

/// Shows the kind, never what is to be said.
impl fmt::Debug for IntentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { message, content } => write!(f, "Send({message:?}, {} bytes)", content.len()),
            Self::Add { people } => write!(f, "Add({} people)", people.len()),
            Self::Remove { people } => write!(f, "Remove({} people)", people.len()),
            Self::Rename { .. } => f.write_str("Rename"),
            Self::Update { signer } => write!(f, "Update(new signature key: {})", signer.is_some()),
            Self::Leave => f.write_str("Leave"),
            Self::Profile { due, .. } => write!(f, "Profile(due {due:?})"),
        }
    }
}

/// A new signature key for this client's leaf: its handle in the vault, and the certificate chain for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSigner {
    /// The vault key id.
    pub handle: crate::signer::KeyHandle,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
}

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleKeyPackages {
    /// Who.
    pub user: UserUri,
    /// MLSMessage(KeyPackage), one for each of their devices.
    pub key_packages: Vec<Bytes>,
}

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
