use serde::{Deserialize, Serialize};

use super::BadInvitation;

/// Why a command or query did nothing. Each is a condition that a person or caller can act on.
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
    #[error("{handle} has no key package to be added with; they must open the app once")]
    NoKeyPackage { handle: String },
    #[error("no host of this name is found; nothing was changed")]
    NoSuchHost,
    #[error("the service can't be reached; nothing was changed")]
    ServiceUnreachable,
    #[error("what answers there is not a Conclave service")]
    NotAService,
    #[error("the certificate of the service does not verify; nothing was sent")]
    UntrustedService,
    #[error("the certificate of the service is not valid at this computer's time; nothing was sent")]
    ServiceNotValidNow,
    /// No account is made: what this device issues and judges by its clock would be of no use to anybody.
    #[error("this computer's clock shows {here_ms}, the service's {service_ms}; set it right and try again")]
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
    #[error("the service shows another key than the pinned one; nothing was sent")]
    WrongService,
    #[error("not an address of a service: https://host, or http:// on this computer")]
    BadServiceUrl,
    #[error("not an invitation that can be read")]
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
    #[error("too many at once: at most {max}")]
    TooMany {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        max: u64,
    },
    #[error("the disk refuses; nothing was changed")]
    DiskUnavailable,
    #[error("the app is closing")]
    Closing,
    /// A fault of ours; the id is in the log file.
    #[error("internal fault {id}")]
    Internal { id: String },
}

/// What the policy says no to.
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
    /// An owner or an admin is to be removed by somebody who is no owner.
    OnlyOwnersRemove,
}
