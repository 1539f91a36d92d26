//! Key updates on schedule (RFC 9750 §8.2.2): a group's machine knows when its own is due, but a group that nothing
//! happens in is not in memory. Here is looked which ones to wake.

use conclave_group::policy::GroupPolicy;
use conclave_protocol::{GroupId, Timestamp};
use conclave_store::{GroupStatus, Renewal};

use crate::deps::Deps;
use crate::executor::StoreFault;

/// Groups that are woken at one time, so that they do not push out those in use; the next look finds the others.
const AT_ONCE: usize = 16;

/// The groups in which this client's key update is due, the longest overdue first.
pub(super) async fn due(deps: &Deps) -> Result<Vec<GroupId>, StoreFault> {
    let now = deps.now();
    let mut due: Vec<(Timestamp, GroupId)> = deps
        .store
        .read(move |view| {
            let mut due = Vec::new();
            for entry in view.groups()? {
                let Some(head) = view.head_of(&entry.generation)? else { continue };
                if entry.status != GroupStatus::Active || head.renewal != Renewal::Done || head.devices < 2 {
                    continue;
                }
                // A policy that does not decode is the machine's to speak of.
                let Ok(policy) = GroupPolicy::decode(&head.policy) else { continue };
                let at = head.key_renewed.plus_ms(u64::from(policy.update_interval_s) * 1000);
                if at <= now {
                    due.push((at, entry.generation.group));
                }
            }
            Ok(due)
        })
        .await?;
    due.sort_unstable();
    due.truncate(AT_ONCE);
    Ok(due.into_iter().map(|(_, group)| group).collect())
}
