use conclave_protocol::Timestamp;
use conclave_record::{IntentId, IntentKind, stored_enum};

/// The waiting changes of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingChanges {
    /// Oldest first; as many as requested.
    pub first: Vec<WaitingChange>,
    /// How many there are in all.
    pub total: u32,
}

/// A change that the user requested, neither done nor given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingChange {
    pub intent: IntentId,
    pub kind: IntentKind,
    /// Whether its commit is built, and under way.
    pub submitted: bool,
    /// When it was requested.
    pub since: Timestamp,
}

stored_enum! {
    /// The progress of an intent.
    pub(crate) enum IntentState: "intent state" {
        Queued = 0,
        Submitted = 1,
        Failed = 2,
    }
}
