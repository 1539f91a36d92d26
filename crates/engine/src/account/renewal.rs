//! Key updates on schedule (RFC 9750 §8.2.2): a group's machine knows when its own is due, but an idle group is not in
//! memory. This finds the groups that have to look.

use conclave_group::policy::GroupPolicy;
use conclave_protocol::GroupId;
use conclave_record::{GroupStatus, Renewal};

use crate::deps::Deps;
use crate::executor::StoreFault;

/// Groups at one time, so that they do not push out those in use; the next look takes the next ones.
const AT_ONCE: usize = 16;

/// The groups in which this client's key update is due: those after the last one that was found, and from the start again.
/// So some that can't be renewed don't keep the others waiting.
pub(super) async fn due(deps: &Deps, last: Option<GroupId>) -> Result<Vec<GroupId>, StoreFault> {
    let now = deps.now();
    let due: Vec<GroupId> = deps
        .store
        .read(move |view| {
            let mut due = Vec::new();
            for entry in view.groups()? {
                let Some(head) = view.head_of(&entry.generation)? else { continue };
                if entry.status != GroupStatus::Active || head.renewal != Renewal::Done || head.devices < 2 {
                    continue;
                }
                // The machine reports a policy that does not decode.
                let Ok(policy) = GroupPolicy::decode(&head.policy) else { continue };
                let at = head.key_renewed.plus_ms(u64::from(policy.update_interval_s) * 1000);
                if at <= now {
                    due.push(entry.generation.group);
                }
            }
            Ok(due)
        })
        .await?;
    Ok(in_turn(due, last))
}

fn in_turn(mut due: Vec<GroupId>, last: Option<GroupId>) -> Vec<GroupId> {
    due.sort_unstable();
    let next = last.map_or(0, |last| due.partition_point(|group| *group <= last));
    due.rotate_left(next);
    due.truncate(AT_ONCE);
    due
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn those_that_stay_due_keep_no_other_waiting() {
        let due: Vec<GroupId> = (0..50).rev().map(|i| GroupId::new([i; 16])).collect();
        let (mut found, mut last) = (BTreeSet::new(), None);
        for _ in 0..4 {
            let groups = in_turn(due.clone(), last);
            assert_eq!(groups.len(), AT_ONCE);
            last = groups.last().copied();
            found.extend(groups);
        }
        assert_eq!(found.len(), due.len());
        // The one that was last is not there any more.
        assert_eq!(in_turn(due[..3].to_vec(), Some(GroupId::new([48; 16])))[0], GroupId::new([49; 16]));
        assert_eq!(in_turn(due[..3].to_vec(), Some(GroupId::new([200; 16])))[0], GroupId::new([47; 16]));
        assert!(in_turn(Vec::new(), last).is_empty());
    }
}
