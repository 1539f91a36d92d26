use conclave_protocol::Timestamp;
use conclave_record::{IntentId, IntentKind, stored_enum};

/// The changes of a group that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingChanges {
    /// Oldest first; as many as were asked for.
    pub first: Vec<WaitingChange>,
    /// How many there are in all.
    pub total: u32,
}

/// A change that the user asked for, and that is neither done nor given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingChange {
    pub intent: IntentId,
    pub kind: IntentKind,
    /// Its commit is built, and under way.
    pub submitted: bool,
    /// When it was asked for.
    pub since: Timestamp,
}

stored_enum! {
    /// How far an intent has come.
    pub(crate) enum IntentState: "intent state" {
        Queued = 0,
        Submitted = 1,
        Failed = 2,
    }
}
