use conclave_protocol::{ClientUri, Epoch, Seq, Timestamp};

use crate::stored_enum;

stored_enum! {
    /// Why an intent was given up.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "specta", derive(specta::Type))]
    #[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
    pub enum FailReason: "failure" {
        /// The service refused it.
        Refused = 0,
        /// The group's policy does not allow it (any more).
        NotAllowed = 1,
        /// This client is no longer a member.
        NotAMember = 2,
        /// A key package is not usable (expired, wrong suite, not of that person).
        BadKeyPackage = 3,
        /// The group's state is broken.
        GroupBroken = 4,
        /// The limit of attempts was reached.
        TooManyAttempts = 5,
        /// It could not be built with the state that the group has now.
        NotBuilt = 6,
    }
}

stored_enum! {
    /// Why an entry of the log could not be read, or a group is broken.
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "specta", derive(specta::Type))]
    #[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
    pub enum UnreadableCause: "cause" {
        /// It does not decode, or its tag or signature is wrong.
        Damaged = 0,
        /// Its key was used and deleted.
        KeyGone = 1,
        /// Its epoch is older than those that are kept.
        TooOld = 2,
        /// It is of an epoch that this client does not have.
        OtherEpoch = 3,
        /// Its sender is not in the tree.
        SenderGone = 4,
        /// It was decrypted, and its content is not well-formed.
        BadContent = 5,
        /// A commit that breaks the group's rules.
        RefusedChange = 6,
        /// A commit that the other members may have applied, and this client can't.
        Diverged = 7,
        /// Entries that the log no longer has, or that are withheld.
        Missing = 8,
        /// The service was set back: it has lost entries that this client handled.
        SetBack = 9,
    }
}

/// An entry that could not be read; shown as a row, never dropped silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    pub seq: Seq,
    pub at: Timestamp,
    pub epoch: Epoch,
    pub sender: Option<ClientUri>,
    pub cause: UnreadableCause,
}
