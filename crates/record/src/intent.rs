use std::fmt;

use bytes::Bytes;
use conclave_protocol::{MessageId, PersonName, Timestamp, UserUri};

use crate::{FailReason, KeyHandle, stored_enum};

/// The row id of an intent; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(pub i64);

/// Something that a user wants done in a group; durable before the group's machine gets it. What is encrypted is
/// derived from it, and may be derived again for a later epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub id: IntentId,
    pub kind: IntentKind,
    /// How often it was refused or derived again so far.
    pub attempts: u32,
}

/// What a user wants done in a group.
#[derive(Clone, PartialEq, Eq)]
pub enum IntentKind {
    /// Send this encoded MIMI content of any kind; the id was computed from its salt.
    Send { message: MessageId, content: Bytes },
    /// Add these people, each with the key packages claimed for them (at most [`limits::ADDS_PER_COMMIT_MAX`] in all).
    ///
    /// [`limits::ADDS_PER_COMMIT_MAX`]: conclave_protocol::limits::ADDS_PER_COMMIT_MAX
    Add { people: Vec<PersonKeyPackages> },
    /// Remove all devices of these people.
    Remove { people: Vec<UserUri> },
    /// Rename the group.
    Rename { name: String },
    /// Renew this client's own key material; with `signer`, its signature key and leaf certificate as well.
    Update { signer: Option<NewSigner> },
    /// Leave: propose our own removal in each epoch until it happens.
    Leave,
    /// Send this user's name until `due`, or with the next message. Replaces one that is queued.
    Profile { name: PersonName, due: Option<Timestamp> },
}

impl IntentKind {
    /// The kind without its details.
    #[must_use]
    pub const fn code(&self) -> IntentCode {
        match self {
            Self::Send { .. } => IntentCode::Send,
            Self::Add { .. } => IntentCode::Add,
            Self::Remove { .. } => IntentCode::Remove,
            Self::Rename { .. } => IntentCode::Rename,
            Self::Update { .. } => IntentCode::Update,
            Self::Leave => IntentCode::Leave,
            Self::Profile { .. } => IntentCode::Profile,
        }
    }

    /// The people it concerns.
    pub fn people(&self) -> impl Iterator<Item = &UserUri> {
        let (added, removed): (&[PersonKeyPackages], &[UserUri]) = match self {
            Self::Add { people } => (people, &[]),
            Self::Remove { people } => (&[], people),
            _ => (&[], &[]),
        };
        added.iter().map(|person| &person.user).chain(removed)
    }
}

stored_enum! {
    /// The kind of an intent, without its details.
    pub enum IntentCode: "intent kind" {
        Send = 0,
        Add = 1,
        Remove = 2,
        Rename = 3,
        Update = 4,
        Leave = 5,
        Profile = 6,
    }
}

/// Shows the kind, never what is sent.
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

/// A person to add, with a key package for each of their devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonKeyPackages {
    pub user: UserUri,
    /// MLSMessage(KeyPackage).
    pub key_packages: Vec<Bytes>,
}

/// A new signature key for this client's leaf: its id in the vault, and the certificate chain for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSigner {
    pub handle: KeyHandle,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
}

/// The next state of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentChange {
    /// Back to the queue, refused this often so far. Queued intents are handed to the machine again after this write;
    /// it skips those it still knows.
    Queued { attempts: u32 },
    /// Encrypted and submitted.
    Submitted,
    /// Done: the row is deleted. A done update's new signer becomes the generation's.
    Done,
    /// Given up; shown until it is retried or discarded.
    Failed(FailReason),
}
