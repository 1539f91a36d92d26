//! Allowances across a restart: which of them are kept, and under which tags.
//!
//! Those that involve two parties (who claims from whom, which address fills which inbox) are kept in memory only: on
//! disk they would reveal who is in contact with whom.

use std::net::IpAddr;
use std::time::Duration;

use conclave_protocol::Timestamp;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::keys::ServiceKey;
use crate::limits::{Allowance, Limits};
use crate::quota::{Quota, Source};
use crate::storage::{AllowanceTag, StoredAllowance};

/// The service's key signs this to derive the tag key: nobody else can derive it, and it is never disclosed.
const LABEL: &[u8] = b"conclave allowances v1";

/// Makes tags under a key that is not in the database.
pub(crate) struct Tags([u8; 32]);

impl Tags {
    pub(crate) fn under(key: &ServiceKey) -> Self {
        Self(Sha256::digest(key.sign(LABEL)).into())
    }

    /// The tag of an allowance; none if it is not kept.
    pub(crate) fn of(&self, quota: &Quota) -> Option<AllowanceTag> {
        let (kind, whose) = kept(quota)?;
        let digest = Sha256::new_with_prefix(self.0).chain_update([kind]).chain_update(whose).finalize();
        let mut tag = [0; 16];
        tag.copy_from_slice(&digest[..16]);
        Some(AllowanceTag { kind, tag })
    }
}

impl std::fmt::Debug for Tags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tags")
    }
}

/// The kind number under which an allowance is kept, and its owner. The numbers are stored in databases and never
/// change.
fn kept(quota: &Quota) -> Option<(u8, Vec<u8>)> {
    Some(match quota {
        Quota::Enrolments(source) => (1, bytes(*source)),
        Quota::LogsCreated(source) => (2, bytes(*source)),
        Quota::BlobsStored(source) => (3, bytes(*source)),
        Quota::Stored(source) => (4, bytes(*source)),
        Quota::LookUps(source) => (5, bytes(*source)),
        Quota::Claims(user) => (6, user.as_str().as_bytes().to_vec()),
        // Full again within seconds.
        Quota::Faults(_) | Quota::StoredLately(_) => return None,
        Quota::ClaimsOf { .. } | Quota::Welcomes(..) | Quota::RestBy { .. } | Quota::RestFrom { .. } => {
            return None;
        }
    })
}

/// The allowance of a kind number.
fn allowance(kind: u8, limits: &Limits) -> Option<Allowance> {
    Some(match kind {
        1 => limits.enrolments,
        2 => limits.logs_created,
        3 => limits.blobs_stored,
        4 => limits.bytes_stored,
        5 => limits.look_ups,
        6 => limits.claims,
        _ => return None,
    })
}

fn bytes(source: Source) -> Vec<u8> {
    match source {
        Source::Local => Vec::new(),
        Source::Address(IpAddr::V4(address)) => address.octets().to_vec(),
        Source::Address(IpAddr::V6(address)) => address.octets().to_vec(),
    }
}

/// When a kept allowance is full again: never later than if it were used up now, whatever the clock did meanwhile.
pub(crate) fn full_again(kept: &StoredAllowance, limits: &Limits, now: Timestamp) -> Option<Instant> {
    let allowance = allowance(kept.tag.kind, limits)?;
    let left = Duration::from_millis(kept.full_at.0.saturating_sub(now.0));
    let left = left.min(allowance.refill * allowance.burst);
    (!left.is_zero()).then(|| Instant::now() + left)
}
