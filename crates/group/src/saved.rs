//! What of a group is in the store, as its machine writes it and is loaded from it.

use std::fmt;

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch, Seq, SubmissionId, Timestamp};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::effect::{RosterEntry, Submission};
use crate::input::IntentId;
use crate::signer::KeyHandle;

/// The MLS state without its ratchet tree, as mls-rs writes it. Holds secrets of the epoch.
#[derive(Clone)]
pub struct Snapshot {
    pub epoch: Epoch,
    pub bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot(epoch {}, {} bytes)", self.epoch, self.bytes.len())
    }
}

/// The record of a former epoch, kept to read late messages.
#[derive(Clone)]
pub struct PriorEpoch {
    pub epoch: Epoch,
    pub bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for PriorEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PriorEpoch({}, {} bytes)", self.epoch, self.bytes.len())
    }
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

/// A commit that was built and submitted, and what applies it once the log shows it.
#[derive(Clone)]
pub struct SavedStaged {
    pub epoch: Epoch,
    pub commit: CommitHash,
    /// mls-rs `CommitSecrets`.
    pub secrets: Zeroizing<Vec<u8>>,
    pub submission: SubmissionId,
    /// The intent it carries out, if any (a commit of others' proposals has none).
    pub intent: Option<IntentId>,
}

impl fmt::Debug for SavedStaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SavedStaged(epoch {}, {:?})", self.epoch, self.commit)
    }
}

/// A submission that is under way.
#[derive(Debug, Clone)]
pub struct SavedSubmission {
    /// The bytes to submit, again and again until there is an answer.
    pub submission: Submission,
    /// The intent it is derived from, if any.
    pub intent: Option<IntentId>,
    /// For an own message: its id.
    pub message: Option<conclave_protocol::MessageId>,
    /// The place in the log, once the service said so; the row goes when its echo was seen.
    pub accepted: Option<Seq>,
}

/// All that a machine is loaded from.
#[derive(Debug)]
pub struct Saved {
    pub group: conclave_protocol::GroupId,
    pub snapshot: Snapshot,
    pub prior: Vec<PriorEpoch>,
    /// The tree with the epoch and hash it was written with.
    pub tree: Bytes,
    pub tree_epoch: Epoch,
    pub tree_hash: Bytes,
    pub head: crate::effect::GroupHead,
    /// Occupied leaves.
    pub roster: Vec<RosterEntry>,
    /// Leaves emptied within the retained epochs, with the epoch that began with it.
    pub former: Vec<(RosterEntry, Epoch)>,
    pub staged: Vec<SavedStaged>,
    pub submissions: Vec<SavedSubmission>,
    pub access: Vec<AccessSeed>,
    pub cursor: Seq,
    /// Log time of the newest entry handled.
    pub log_time: Timestamp,
    /// The next index of the membership log and the chain hash of its last row.
    pub log_next: u64,
    pub log_chain: [u8; 32],
}

/// A key package of this client, private parts included, as mls-rs keeps it.
#[derive(Clone)]
pub struct StoredKeyPackage {
    /// The KeyPackageRef (RFC 9420 §5.2).
    pub reference: Bytes,
    /// The vault key id of its signature key.
    pub handle: KeyHandle,
    pub last_resort: bool,
    pub cipher_suite: u16,
    pub not_after: Timestamp,
    /// mls-rs `KeyPackageData`, encoded: holds the init and leaf HPKE private keys.
    pub data: Zeroizing<Vec<u8>>,
    /// MLSMessage(KeyPackage), public.
    pub public: Bytes,
    /// DER: leaf, device, identity.
    pub chain: Vec<Bytes>,
}

impl fmt::Debug for StoredKeyPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredKeyPackage({}, last resort {})", self.handle, self.last_resort)
    }
}
