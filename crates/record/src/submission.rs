use std::fmt;

use bytes::Bytes;
use conclave_protocol::{Epoch, InboxId, MessageId, Seq, SubmissionId};

use crate::{IntentId, stored_enum};

/// What is submitted to the Delivery Service. The same bytes are sent again until there is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub id: SubmissionId,
    pub epoch: Epoch,
    pub body: SubmissionBody,
}

impl Submission {
    /// The bytes that the log will show.
    #[must_use]
    pub fn entry(&self) -> &Bytes {
        match &self.body {
            SubmissionBody::Commit { bundle, .. } => bundle,
            SubmissionBody::Entry { entry } => entry,
        }
    }

    /// Whether it is a commit bundle.
    #[must_use]
    pub fn is_commit(&self) -> bool {
        matches!(self.body, SubmissionBody::Commit { .. })
    }
}

/// The bytes of a submission.
#[derive(Clone, PartialEq, Eq)]
pub enum SubmissionBody {
    /// A commit bundle with its Welcomes.
    Commit {
        /// Encoded `CommitBundle`.
        bundle: Bytes,
        welcomes: Vec<WelcomeFor>,
        /// For the first commit of a group: the access key of epoch 0.
        first_access_key: Option<[u8; 32]>,
        /// Stored before the commit.
        blob: Option<TreeBlob>,
    },
    /// An application message or a proposal: encoded `Entry`.
    Entry { entry: Bytes },
}

impl SubmissionBody {
    /// The kind without its bytes.
    #[must_use]
    pub const fn code(&self) -> SubmissionCode {
        match self {
            Self::Commit { .. } => SubmissionCode::Commit,
            Self::Entry { .. } => SubmissionCode::Entry,
        }
    }
}

stored_enum! {
    /// What is submitted.
    pub enum SubmissionCode: "submission kind" {
        Commit = 0,
        Entry = 1,
    }
}

/// Shows the size, never the bytes.
impl fmt::Debug for SubmissionBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { bundle, welcomes, .. } => {
                write!(f, "Commit({} bytes, {} Welcomes)", bundle.len(), welcomes.len())
            }
            Self::Entry { entry } => write!(f, "Entry({} bytes)", entry.len()),
        }
    }
}

/// A Welcome and the inbox it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WelcomeFor {
    pub inbox: InboxId,
    pub welcome: Bytes,
}

/// An encrypted ratchet tree that travels apart from its Welcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeBlob {
    pub id: [u8; 16],
    pub data: Bytes,
}

/// A submission under way; its bytes may be needed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub submission: Submission,
    /// The intent it is derived from, if any.
    pub intent: Option<IntentId>,
    /// For our own message: its id.
    pub message: Option<MessageId>,
    /// The place in the log, once the service named it; the row is deleted when the echo was seen.
    pub accepted: Option<Seq>,
}
