use conclave_protocol::{GroupName, Handle, Invitation, PersonName, limits};
use serde::Serialize;

/// Limits that the engine enforces; the window shows them before they are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Longest text of a message, in bytes of UTF-8.
    pub text_bytes: usize,
    /// Longest name of a person, in letters.
    pub person_name_letters: usize,
    /// Longest name of a group, in letters.
    pub group_name_letters: usize,
    /// Longest login.
    pub login_length: usize,
    /// Longest invitation.
    pub invitation_length: usize,
    /// Most rows in a page of a timeline or a log.
    pub page_rows: u32,
}

/// The limits of this version.
pub const LIMITS: Limits = Limits {
    text_bytes: limits::TEXT_BYTES_MAX,
    person_name_letters: PersonName::LETTERS_MAX,
    group_name_letters: GroupName::LETTERS_MAX,
    login_length: Handle::LEN_MAX,
    invitation_length: Invitation::LEN_MAX,
    page_rows: 200,
};
