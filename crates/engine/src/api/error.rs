use serde::{Deserialize, Serialize};

use super::BadInvitation;

/// Why a command or query failed. Each is a condition that a person or caller can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Error {
    #[error("no account yet; create one first")]
    NoAccount,
    #[error("this profile already has an account")]
    AccountExists,
    #[error("this profile's account has another name; nothing was changed")]
    OtherAccount,
    #[error("not a usable name: 1 to 32 of a-z 0-9 . _ -, starting with a letter")]
    BadHandle,
    #[error("the name is taken on this service; choose another")]
    HandleTaken,
    #[error("nobody has the name {handle} on this service")]
    NoSuchPerson { handle: String },
    #[error("{handle} has no key package to add them with; they must open the app once")]
    NoKeyPackage { handle: String },
    #[error("no host has this name; nothing was changed")]
    NoSuchHost,
    #[error("the service can't be reached; nothing was changed")]
    ServiceUnreachable,
    #[error("this is not a Conclave service")]
    NotAService,
    #[error("the service's certificate is not trusted; nothing was sent")]
    UntrustedService,
    #[error("the service's certificate is not valid at this computer's time; nothing was sent")]
    ServiceNotValidNow,
    /// No account is created: others would reject what this device issues by its clock.
    #[error("this computer's clock shows {here_ms}, the service's {service_ms}; correct it and try again")]
    ClockWrong {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        here_ms: u64,
        #[cfg_attr(feature = "specta", specta(type = f64))]
        service_ms: u64,
    },
    #[error("the service asks to wait {minutes} min; nothing was changed")]
    ServiceBusy {
        /// At least one.
        minutes: u32,
    },
    #[error("the service has another key than the pinned one; nothing was sent")]
    WrongService,
    #[error("not a service address: use https://host, or http:// on this computer")]
    BadServiceUrl,
    #[error("not a valid invitation")]
    BadInvitation { why: BadInvitation },
    #[error("the service refused: {reason}")]
    ServiceRefused { reason: String },
    #[error("the keychain is locked or absent; unlock it and try again")]
    KeychainLocked,
    #[error("no such group")]
    NoSuchGroup,
    #[error("no such message")]
    NoSuchMessage,
    #[error("not allowed by the group's policy")]
    NotAllowed { why: Refusal },
    #[error("you are no longer in this group")]
    NotAMember,
    #[error("this group needs to be set up again")]
    GroupBroken,
    #[error("too long: at most {max} bytes")]
    TooLong {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        max: u64,
    },
    #[error("too long for a name: at most {max} letters")]
    NameTooLong {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        max: u64,
    },
    #[error("empty")]
    Empty,
    #[error("a reaction is an emoji, without line breaks; nothing was sent")]
    NotAReaction,
    #[error("too many at once: at most {max}")]
    TooMany {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        max: u64,
    },
    #[error("the disk can't be used; nothing was changed")]
    DiskUnavailable,
    #[error("the app is closing")]
    Closing,
    /// A fault of ours; the id is in the log file.
    #[error("internal fault {id}")]
    Internal { id: String },
}

/// What the policy does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    MayNotAdd,
    MayNotRemove,
    MayNotRename,
    MayNotChangeRoles,
    MayNotChangePolicy,
    AlreadyMember,
    NotAMember,
    /// Only owners may remove owners and admins.
    OnlyOwnersRemove,
}
