//! What the store takes and returns: rows in terms of protocol ids and primitives, so that this crate contains no MLS
//! and a group's machine no SQL.

mod account;
mod draft;
mod group;
mod intent;
mod membership;
mod message;
mod name;
mod saved;
mod timeline;
mod welcome;

pub(crate) use account::ServiceCode;
pub use account::{AccountRow, ContactRow, ContactSeen, ServiceKind};
pub use draft::{DraftPart, DraftRow, DraftView, EditRow, EditView};
pub use group::{GroupEntry, LastRow, LiveGroup, LogPlace, RosterPage, RosterPerson};
pub(crate) use intent::IntentState;
pub use intent::{WaitingChange, WaitingChanges};
pub use membership::{ChainState, LogFilter, LogPage, MembershipEntry};
pub(crate) use message::StateCode;
pub use name::{KnownName, Names};
pub use saved::Signers;
pub use timeline::*;
pub use welcome::{HeldWelcome, HeldWelcomeId, Standing, WelcomeToHold};
