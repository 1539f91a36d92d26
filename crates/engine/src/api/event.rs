use serde::{Deserialize, Serialize};

/// Something changed: read it again through a query. Coalesced; at most 20 a second a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The app's state or the connection.
    State,
    /// Which groups there are.
    Groups,
    /// A group's line in the list: its newest row, counts, health, name.
    Group { group: String },
    /// Rows of a group's timeline: new, edited, or of another state.
    Timeline { group: String },
    /// Who is here, the policy, the epoch, and the membership log.
    Membership { group: String },
    /// A row worth a desktop notification: a message from someone else, or a membership change, not yet seen.
    Notify { group: String, row: String },
}
