use serde::{Deserialize, Serialize};

use super::Service;

/// What an invitation to a service says. It is verified only by connecting to the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// A server.
    pub service: Service,
    /// The login of who invites, as in the link.
    pub by: String,
}

/// Why a text is not a valid invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum BadInvitation {
    /// It is something else.
    Other,
    /// It has the form of another version.
    Version,
    /// It starts like one, but a part is missing, cut off, or malformed.
    Damaged,
}
