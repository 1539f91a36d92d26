use conclave_protocol::{Epoch, UserUri};
use conclave_record::{MembershipKind, MembershipRow};

/// One row of the membership log, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipEntry {
    /// As written, except that the index is the position in the *group's* log: generations follow each other.
    pub row: MembershipRow,
    /// Which membership of the group it belongs to.
    pub generation: u32,
    /// Whether it was on screen, or is this user's own change.
    pub seen: bool,
}

/// Which rows of a membership log to read, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Rows with a smaller index than this.
    pub before: Option<u64>,
    /// Only rows in which this user is actor or target.
    pub person: Option<UserUri>,
    /// Only these kinds; empty means all.
    pub kinds: Vec<MembershipKind>,
    /// Only rows whose names (others' handles as actor and target, new name) contain this text, ignoring ASCII case.
    pub text: Option<String>,
}

/// A page of a membership log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// Newest first.
    pub rows: Vec<MembershipEntry>,
    /// Whether older rows match too.
    pub more: bool,
    /// How many rows match, on all pages.
    pub total: u32,
}

/// Whether each row of a membership log still has the hash of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainState {
    /// All rows fit, and each epoch has one.
    Intact {
        /// How many rows were checked: all.
        entries: u64,
    },
    /// The rows fit, but this epoch has none.
    EpochMissing { epoch: Epoch },
    /// The first row that does not fit, or is missing.
    BrokenAt { index: u64 },
}
