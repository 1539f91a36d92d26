use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch, InboxId, MessageId, Seq, SubmissionId, Timestamp};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Generation, HeadRow, IntentId, RosterRow};
use crate::code::persisted;

/// Secret bytes: wiped when dropped, never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// The bytes, still wiped when dropped.
    #[must_use]
    pub fn into_inner(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.0.len())
    }
}

/// An MLS snapshot or the record of a former epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochSecret {
    pub epoch: Epoch,
    pub bytes: SecretBytes,
}

/// The seed of an epoch's Ed25519 access key.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AccessSeed {
    #[zeroize(skip)]
    pub epoch: Epoch,
    pub seed: [u8; 32],
}

impl fmt::Debug for AccessSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessSeed(epoch {})", self.epoch)
    }
}

/// A commit that was built and submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedRow {
    pub epoch: Epoch,
    pub commit: CommitHash,
    pub secrets: SecretBytes,
    pub submission: SubmissionId,
    pub intent: Option<IntentId>,
}

/// A submission that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub submission: SubmissionId,
    pub epoch: Epoch,
    pub body: SubmissionBody,
    pub intent: Option<IntentId>,
    /// For an own message: its id.
    pub message: Option<MessageId>,
    /// The place in the log, once the service said so.
    pub accepted: Option<Seq>,
}

/// The bytes of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmissionBody {
    Commit {
        bundle: Bytes,
        welcomes: Vec<Welcome>,
        first_access_key: Option<[u8; 32]>,
        blob: Option<TreeBlob>,
    },
    Entry {
        entry: Bytes,
    },
}

/// A Welcome and whose inbox it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    pub inbox: InboxId,
    pub welcome: Bytes,
}

/// An encrypted ratchet tree that travels apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeBlob {
    pub id: [u8; 16],
    pub data: Bytes,
}

persisted! {
    /// What is submitted.
    pub(crate) enum SubmissionCode: "submission kind" {
        Commit = 0,
        Entry = 1,
    }
}

/// All that a group's machine is loaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedGroup {
    pub generation: Generation,
    pub snapshot: EpochSecret,
    /// By epoch.
    pub prior: Vec<EpochSecret>,
    /// The tree with the epoch and hash it was written with.
    pub tree: Bytes,
    pub tree_epoch: Epoch,
    pub tree_hash: Bytes,
    pub head: HeadRow,
    /// Occupied leaves, by leaf.
    pub roster: Vec<RosterRow>,
    /// Leaves emptied within the retained epochs, with the epoch that began with it.
    pub former: Vec<(RosterRow, Epoch)>,
    pub staged: Vec<StagedRow>,
    /// Oldest first.
    pub submissions: Vec<SubmissionRow>,
    /// By epoch.
    pub access: Vec<AccessSeed>,
    pub cursor: Seq,
    /// Log time of the newest entry handled.
    pub log_time: Timestamp,
    /// The next index of the generation's membership log.
    pub log_next: u64,
    /// The chain hash of its last row; 32 zero bytes where there is none.
    pub log_chain: [u8; 32],
    /// Vault handle of the leaf's signature key.
    pub signer: Option<String>,
}

/// Vault handles of the signature keys of a membership.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signers {
    /// The leaf's.
    pub leaf: Option<String>,
    /// Of wishes to renew it, oldest first.
    pub coming: Vec<String>,
}
