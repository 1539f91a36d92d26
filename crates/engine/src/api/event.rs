use serde::{Deserialize, Serialize};

/// Something changed: read it again through a query. Coalesced; at most 20 per second and group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The app's state or the connection.
    State,
    /// The list of groups.
    Groups,
    /// What the list shows of a group: its newest row, counts, health, name.
    Group { group: String },
    /// Rows of a group's timeline: new, edited, or of another state.
    Timeline { group: String },
    /// A group's roster, policy, epoch and membership log.
    Membership { group: String },
    /// A row worth a desktop notification: a message from someone else, or a membership change, not yet seen.
    Notify { group: String, row: String },
}
