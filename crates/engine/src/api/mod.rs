//! The data that the window, the tests and the tools exchange with the engine.
//!
//! Everything here is data: codes with parameters, never sentences. The window has the words (`ui/src/lib/words`).
//! Ids travel as lower-case hex; times are milliseconds since the Unix epoch, as stamped by the Delivery Service.

mod account;
mod draft;
mod error;
mod event;
mod group;
mod invitation;
mod limits;
mod log;
mod number;
mod settings;
mod timeline;
mod waiting;

pub use conclave_record::{FailReason, MembershipKind, Role, TextFormat, UnreadableCause};

pub use account::{Account, AppState, Connection, NewAccount, Person, Service, ServiceOffer};
pub use draft::{DraftToKeep, EditToKeep, KeptDraft, KeptEdit};
pub use error::{Error, Refusal};
pub use event::Event;
pub use group::{
    GroupDetail, GroupHealth, GroupMay, GroupSummary, HeldUp, LastRow, NotFollowed, PersonMay, PolicyView,
    Roster, RosterDevice, RosterPerson,
};
pub use invitation::{BadInvitation, Invitation};
pub use limits::{LIMITS, Limits};
pub use log::{LogChain, LogExport, LogPage, LogQuery, LogRow};
pub use number::{Position, Time};
pub use settings::Settings;
pub use timeline::*;
pub use waiting::{NewKeyWaits, WaitingChange, WaitingFor};
