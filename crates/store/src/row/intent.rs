use bytes::Bytes;
use conclave_protocol::{MessageId, PersonName, Timestamp, UserUri};

use crate::code::persisted;

/// The row id of an intent; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(pub i64);

/// Something that a user wants of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentRow {
    pub id: IntentId,
    pub kind: IntentKind,
    /// How often it was refused or derived again so far.
    pub attempts: u32,
}

/// What a user wants of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentKind {
    /// Made by [`Tx::add_send`](crate::Tx::add_send) only.
    Send {
        message: MessageId,
        content: Bytes,
    },
    Add {
        people: Vec<PersonKeyPackages>,
    },
    Remove {
        people: Vec<UserUri>,
    },
    Rename {
        name: String,
    },
    Update {
        signer: Option<NewSigner>,
    },
    Leave,
    /// Made by [`Tx::introduce`](crate::Tx::introduce) only.
    Profile {
        /// The account's, whenever it is read.
        name: PersonName,
        /// Until when it is to be told; none: with the next message.
        due: Option<Timestamp>,
    },
}

impl IntentKind {
    /// Those whom it is about.
    pub fn people(&self) -> impl Iterator<Item = &UserUri> {
        let (added, removed): (&[PersonKeyPackages], &[UserUri]) = match self {
            Self::Add { people } => (people, &[]),
            Self::Remove { people } => (&[], people),
            _ => (&[], &[]),
        };
        added.iter().map(|person| &person.user).chain(removed)
    }
}

/// The changes of a group that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingChanges {
    /// Oldest first; as many as were asked for.
    pub first: Vec<WaitingChange>,
    /// How many there are in all.
    pub total: u32,
}

/// A change that the user asked for, and that is neither done nor given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingChange {
    pub intent: IntentId,
    pub wish: IntentKind,
    /// Its commit is built, and under way.
    pub submitted: bool,
    /// When it was asked for.
    pub since: Timestamp,
}

/// A person to be added, with a key package for each of their devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonKeyPackages {
    pub user: UserUri,
    /// MLSMessage(KeyPackage).
    pub key_packages: Vec<Bytes>,
}

/// A new signature key for this client's leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSigner {
    /// Vault handle.
    pub handle: String,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
}

/// What is to become of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentChange {
    /// Back to the queue, having been tried this often.
    Queued { attempts: u32 },
    /// Encrypted and handed over.
    Submitted,
    /// Done: the row goes. A done update's new signer becomes the generation's.
    Done,
    /// Given up; shown until it is tried again or discarded.
    Failed(FailReason),
}

persisted! {
    /// Why an intent was given up.
    pub enum FailReason: "failure" {
        Refused = 0,
        NotAllowed = 1,
        NotAMember = 2,
        BadKeyPackage = 3,
        GroupBroken = 4,
        TooManyAttempts = 5,
        NotBuilt = 6,
    }
}

persisted! {
    /// How far an intent has come.
    pub(crate) enum IntentState: "intent state" {
        Queued = 0,
        Submitted = 1,
        Failed = 2,
    }
}

persisted! {
    /// What an intent is about.
    pub(crate) enum IntentCode: "intent kind" {
        Send = 0,
        Add = 1,
        Remove = 2,
        Rename = 3,
        Update = 4,
        Leave = 5,
        Profile = 6,
    }
}
