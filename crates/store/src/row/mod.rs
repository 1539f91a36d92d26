//! What goes into the store and comes out of it: rows in terms of protocol ids and primitives, so that this crate
//! knows nothing of MLS and the machine of a group knows nothing of SQL.

mod account;
mod group;
mod intent;
mod membership;
mod message;
mod saved;
mod timeline;

pub use account::{AccountRow, ContactRow, ContactSeen, KeyPackageRow, ServiceKind};
pub use group::{
    Generation, GroupEntry, GroupStatus, HeadRow, LastRow, LiveGroup, Role, RosterPage, RosterPerson,
    RosterRow, UnreadableCause,
};
pub use intent::{FailReason, IntentChange, IntentId, IntentKind, IntentRow, NewSigner, PersonKeyPackages};
pub use membership::{ChainState, LogFilter, LogPage, MembershipEntry, MembershipKind, MembershipRow};
pub use message::{MessageKind, MessageRow, OwnMessage, UnreadableRow};
pub use saved::{
    AccessSeed, EpochSecret, SavedGroup, SecretBytes, StagedRow, SubmissionBody, SubmissionRow, TreeBlob,
    Welcome,
};
pub use timeline::{
    FailedChange, MessageBody, MessageState, MessageView, PageFrom, Quote, Reaction, RowBody, RowId,
    TimelinePage, TimelineRow,
};
