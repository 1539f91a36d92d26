use serde::{Deserialize, Serialize};

use super::timeline::Quote;

/// A group's draft, to be stored. Each text has at most 64 KiB of UTF-8.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct DraftToKeep {
    /// If this is empty and there is nothing else, there is no draft.
    pub text: String,
    /// Message id, hex.
    pub reply_to: Option<String>,
    pub edit: Option<EditToKeep>,
}

/// An unfinished edit of an own message. The text waits behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct EditToKeep {
    /// Message id, hex.
    pub message: String,
    pub text: String,
}

/// A group's stored draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct KeptDraft {
    pub text: String,
    pub reply_to: Option<Quote>,
    pub edit: Option<KeptEdit>,
}

/// A stored, unfinished edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct KeptEdit {
    pub message: String,
    pub text: String,
    /// The present text of the message.
    pub before: String,
}
