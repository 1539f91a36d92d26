use serde::{Deserialize, Serialize};

use super::timeline::Quote;

/// What is being written in a group, to be kept until it is sent. Each text has at most 64 KiB of UTF-8.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct DraftToKeep {
    /// Empty together with the rest: there is no draft.
    pub text: String,
    /// Message id, hex.
    pub reply_to: Option<String>,
    pub edit: Option<EditToKeep>,
}

/// An edit of an own message that is under way over the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct EditToKeep {
    /// Message id, hex.
    pub message: String,
    pub text: String,
}

/// What was being written in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct KeptDraft {
    pub text: String,
    pub reply_to: Option<Quote>,
    pub edit: Option<KeptEdit>,
}

/// An edit that was under way over the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct KeptEdit {
    pub message: String,
    pub text: String,
    /// What the message says now.
    pub before: String,
}
