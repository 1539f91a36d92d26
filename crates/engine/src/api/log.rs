use conclave_record::MembershipKind;
use serde::{Deserialize, Serialize};

use super::timeline::MembershipChange;

/// Which rows of a membership log to read, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase", default)]
pub struct LogQuery {
    /// Rows with a smaller index than this.
    #[cfg_attr(feature = "specta", specta(type = Option<f64>))]
    pub before: Option<u64>,
    /// At most this many (1 to 200; 0 means 50).
    pub limit: u32,
    /// Only rows in which this user is actor or target (`mimi://…`).
    pub person: Option<String>,
    /// Only these kinds; empty means all.
    pub kinds: Vec<MembershipKind>,
    /// Only rows whose names contain this text. This user's own name does not match: rows say "you".
    pub text: Option<String>,
}

/// A page of a membership log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct LogPage {
    pub rows: Vec<LogRow>,
    pub more: bool,
    pub total: u32,
    pub chain: LogChain,
}

/// Whether each row still has the hash of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LogChain {
    /// All rows were checked and fit, and no epoch is without one.
    Intact {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        entries: u64,
    },
    /// The rows fit, but this epoch has none.
    EpochMissing {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        epoch: u64,
    },
    /// The first row that does not fit.
    BrokenAt {
        #[cfg_attr(feature = "specta", specta(type = f64))]
        index: u64,
    },
}

/// One row of a membership log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct LogRow {
    /// Position in this member's log, from 0.
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub index: u64,
    pub change: MembershipChange,
    /// Hex of SHA-256 over the commit message.
    pub commit_hash: String,
    /// Hex; covers what all members agree on, so members can compare.
    pub row_hash: String,
    pub seen: bool,
}

/// The form of an exported log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum LogExport {
    Json,
    Csv,
}
