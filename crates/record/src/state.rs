use std::fmt;

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch, Seq, SubmissionId, Timestamp};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Generation, GroupHead, IntentId, KeyHandle, RosterEntry, SecretBytes, SubmissionRow};

/// The MLS state of an epoch without its ratchet tree, as mls-rs writes it; or the record of a past epoch, kept to
/// read late messages. Holds secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochSecret {
    pub epoch: Epoch,
    pub bytes: SecretBytes,
}

/// The seed of an epoch's Ed25519 access key, from the epoch's exporter.
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

/// A commit that was built and submitted, and what is needed to apply it once the log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct StagedCommit {
    pub epoch: Epoch,
    pub commit: CommitHash,
    /// mls-rs `CommitSecrets`.
    pub secrets: SecretBytes,
    pub submission: SubmissionId,
    /// The intent it carries out, if any (a commit of others' proposals has none).
    pub intent: Option<IntentId>,
}

impl fmt::Debug for StagedCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StagedCommit(epoch {}, {:?})", self.epoch, self.commit)
    }
}

/// All that a group's machine is loaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub generation: Generation,
    pub snapshot: EpochSecret,
    /// By epoch.
    pub prior: Vec<EpochSecret>,
    /// The tree with the epoch and hash it was written with.
    pub tree: Bytes,
    pub tree_epoch: Epoch,
    pub tree_hash: Bytes,
    pub head: GroupHead,
    /// Occupied leaves, by leaf.
    pub roster: Vec<RosterEntry>,
    /// Leaves emptied within the retained epochs, with the epoch that began with it.
    pub former: Vec<(RosterEntry, Epoch)>,
    pub staged: Vec<StagedCommit>,
    /// Oldest first.
    pub submissions: Vec<SubmissionRow>,
    /// By epoch.
    pub access: Vec<AccessSeed>,
    pub cursor: Seq,
    /// Log time of the newest entry handled.
    pub log_time: Timestamp,
    /// The next index of the generation's membership log.
    pub log_next: u64,
    /// The chain hash of its last row; 32 zero bytes if it has none.
    pub log_chain: [u8; 32],
    /// The vault's id of the leaf's signature key.
    pub signer: Option<KeyHandle>,
}
