use serde::{Deserialize, Serialize};

use super::Service;

/// What an invitation to a service says; whether it is true shows when the service is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// A server.
    pub service: Service,
    /// The name there of who invites, as the link has it.
    pub by: String,
}

/// Why a text is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum BadInvitation {
    /// It is something else.
    Other,
    /// It has the form of another version.
    Version,
    /// It begins like one, and a part is missing, cut off, or not as it must be.
    Damaged,
}
