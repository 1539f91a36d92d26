//! What a client keeps about its groups: ids, rows, intents, and the integers that represent enums.
//!
//! A group's machine returns [`Write`]s, the store applies them, and the window shows the plain enums: each fact is
//! declared once, here. The crate contains no MLS, SQL or I/O.

mod code;
mod failure;
mod group;
mod intent;
mod key;
mod membership;
mod message;
mod role;
mod roster;
mod secret;
mod state;
mod submission;
mod write;

pub use code::Code;
pub use failure::{FailReason, UnreadableCause, UnreadableRow};
pub use group::{Generation, GroupHead, GroupStatus, Renewal, StatusCode};
pub use intent::{Intent, IntentChange, IntentCode, IntentId, IntentKind, NewSigner, PersonKeyPackages};
pub use key::{KeyHandle, KeyPackageRow};
pub use membership::{MembershipKind, MembershipRow};
pub use message::{MessageCode, MessageKind, MessageRow, OwnMessage, TextFormat};
pub use role::Role;
pub use roster::RosterEntry;
pub use secret::SecretBytes;
pub use state::{AccessSeed, EpochSecret, Saved, StagedCommit};
pub use submission::{Submission, SubmissionBody, SubmissionCode, SubmissionRow, TreeBlob, WelcomeFor};
pub use write::Write;
