//! Typed ids and counters that can't be confused with each other.

use std::fmt;

use sha2::{Digest, Sha256};

/// A byte string of the wrong length for an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} takes {want} bytes, not {got}")]
pub struct BadLength {
    /// The kind of id.
    pub what: &'static str,
    /// Expected length in bytes.
    pub want: usize,
    /// Actual length in bytes.
    pub got: usize,
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Wraps bytes of the right length.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Lower-case hex.
            #[must_use]
            pub fn to_hex(&self) -> String {
                hex::encode(self.0)
            }

            /// Parses hex; none if it is not hex of this length.
            #[must_use]
            pub fn from_hex(text: &str) -> Option<Self> {
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes).ok()?;
                Some(Self(bytes))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = BadLength;

            fn try_from(bytes: &[u8]) -> Result<Self, BadLength> {
                let wrong = BadLength { what: stringify!($name), want: $len, got: bytes.len() };
                bytes.try_into().map(Self).map_err(|_| wrong)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), &self.to_hex()[..8])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.to_hex())
            }
        }
    };
}

byte_id! {
    /// An MLS group id; also the id of its log at the Delivery Service. 16 random bytes.
    GroupId, 16
}
byte_id! {
    /// The inbox of one client at the Delivery Service.
    InboxId, 16
}
byte_id! {
    /// One submission to a log; the service answers the same id with the first answer. 16 random bytes.
    SubmissionId, 16
}
byte_id! {
    /// SHA-256 over an MLSMessage that holds a commit.
    CommitHash, 32
}
byte_id! {
    /// A MIMI MessageId (draft-ietf-mimi-content-08 §3.3): 0x01 and 31 bytes of SHA-256.
    MessageId, 32
}

impl CommitHash {
    /// The hash of an encoded commit message.
    #[must_use]
    pub fn of(commit: &[u8]) -> Self {
        Self(Sha256::digest(commit).into())
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// The next one.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter! {
    /// An MLS epoch (RFC 9420 §8).
    Epoch
}
counter! {
    /// A position in a log or inbox, from 1; 0 is before the first.
    Seq
}
counter! {
    /// Milliseconds since the Unix epoch.
    Timestamp
}

impl Epoch {
    /// The previous one; none before 0.
    #[must_use]
    pub const fn before(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(epoch) => Some(Self(epoch)),
            None => None,
        }
    }
}

impl Timestamp {
    /// This time plus a number of milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Whole seconds since the Unix epoch, the unit of certificates and leaf lifetimes.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }
}
