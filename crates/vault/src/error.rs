//! What can go wrong with a vault, as conditions that the caller acts on.

use std::fmt;
use std::io;

use crate::ItemName;

/// Why a vault is unavailable. All of them mean "try again later", none means "absent".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnavailableReason {
    /// The keychain is locked and the prompt was dismissed or could not be shown.
    Locked,
    /// No keychain service: no session bus, or no secret service on it.
    NoService,
    /// A keychain answers, but not the one that holds this namespace's items, or it hides them.
    OtherBackend,
    /// The service returned another error.
    Failed,
}

impl fmt::Display for UnavailableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Locked => "it is locked",
            Self::NoService => "no keychain service answers",
            Self::OtherBackend => "it does not hold this profile's items",
            Self::Failed => "the keychain service failed",
        })
    }
}

/// A vault operation that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The vault is unavailable now. Show "unlock and try again"; never generate a new key, never wipe.
    #[error("the vault is unavailable, {reason} ({detail}); unlock it and try again")]
    Unavailable {
        /// The kind of obstacle.
        reason: UnavailableReason,
        /// The backend's error message, for logs; holds no secret.
        detail: String,
    },
    /// The passphrase does not unlock the file. The file is unchanged.
    #[error("the passphrase does not open this vault")]
    WrongPassphrase,
    /// The vault, or an item in it, is corrupt. It is left as it is, never recreated.
    #[error("the vault is damaged: {detail}")]
    Damaged {
        /// Which part, for logs; holds no secret.
        detail: String,
    },
    /// There is no vault file to open; create one.
    #[error("there is no vault file")]
    Missing,
    /// A vault file is already there; open it instead.
    #[error("a vault file already exists")]
    AlreadyExists,
    /// The handle for a new key already holds something.
    #[error("item {item} already holds a secret")]
    Occupied {
        /// The handle.
        item: ItemName,
    },
    /// Several keychain items have the same name; which one is ours is unknown.
    #[error("the keychain holds {count} items called {item}; remove the wrong ones")]
    Ambiguous {
        /// The name they share.
        item: ItemName,
        /// Their number.
        count: usize,
    },
    /// The secret is longer than [`crate::SECRET_BYTES_MAX`].
    #[error("a secret of {bytes} bytes is too large for a vault")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// The vault holds [`crate::ITEMS_MAX`] items already.
    #[error("the vault is full")]
    Full,
    /// The system's random source failed; no key was generated.
    #[error("no randomness from the system: {0}")]
    Random(String),
    /// The vault's file could not be read or written. Its previous content is unchanged.
    #[error("vault file: {0}")]
    Io(#[from] io::Error),
}

impl VaultError {
    pub(crate) fn unavailable(reason: UnavailableReason, detail: impl fmt::Display) -> Self {
        Self::Unavailable { reason, detail: detail.to_string() }
    }

    pub(crate) fn damaged(detail: impl fmt::Display) -> Self {
        Self::Damaged { detail: detail.to_string() }
    }

    /// Whether the same call may succeed later without the caller changing anything.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
