//! A commit that removes this client. It is not in the new epoch, so it can't check all that the remaining members
//! check; a commit that it can tell they refuse removes nobody.

use std::collections::BTreeSet;

use conclave_record::{GroupStatus, MembershipKind};
use mls_rs::group::proposal::Proposal;
use mls_rs::group::{NewEpoch, Sender};

use super::Machine;
use super::commit_content::CommitContent;
use super::commit_received::Received;
use super::membership::Happening;
use super::output::Output;

impl Machine {
    /// Whether the remaining members can accept a commit that removes this client, as far as a non-member of the new
    /// epoch can tell. The secrets of the path, the parent hashes, the confirmation tag and whether the next access
    /// key is the epoch's are for its members only.
    pub(super) fn could_be_taken(
        &self,
        committer: u32,
        new: &NewEpoch,
        received: &Received<'_>,
        content: &CommitContent,
    ) -> bool {
        let view = self.rules.view();
        let Some(before) = view.roster.get(committer) else { return false };
        let Some((signature_key, nodes)) = content.path() else { return false };
        let rotates = signature_key != before.signature_key;
        let mut leaves: BTreeSet<u32> = view.roster.iter().map(|entry| entry.leaf).collect();
        let moved = new.applied_proposals().iter().map(|info| &info.proposal);
        for proposal in moved.clone() {
            if let Proposal::Remove(remove) = proposal {
                leaves.remove(&remove.to_remove());
            }
        }
        for _ in moved.filter(|proposal| matches!(proposal, Proposal::Add(_))) {
            let free = (0..).find(|leaf| !leaves.contains(leaf)).unwrap_or(u32::MAX);
            leaves.insert(free);
        }
        received.bundle.rotates == rotates
            && nodes == path_nodes(&leaves, committer)
            && self.signed_by_next_access_key(received)
    }

    /// This client was removed, by itself or by another.
    pub(super) fn removed(
        &mut self,
        committer: u32,
        new: &NewEpoch,
        received: &Received<'_>,
        out: &mut Output,
    ) {
        let own = self.own_leaf();
        let asked = new.applied_proposals().iter().any(|info| {
            let removes = matches!(&info.proposal, Proposal::Remove(remove) if remove.to_remove() == own);
            removes && *info.sender() == Sender::Member(own)
        });
        let by = self.rules.view().roster.get(committer).map(|entry| entry.client.clone());
        let me = self.own_client();
        let (kind, actor) = if asked {
            (MembershipKind::Left, Some(me.clone()))
        } else {
            (MembershipKind::Removed, by.clone())
        };
        let mut row = Happening::new(kind, actor, Some(me.user().clone()));
        row.devices = 1;
        // The new epoch's transcript hash is for its members only: this row's hash is not compared with theirs.
        let epoch = self.head.epoch.next();
        self.record(vec![row], epoch, &bytes::Bytes::new(), received.hash, received.place, out);
        self.head.status = match asked {
            true => GroupStatus::Left,
            false => GroupStatus::Removed { by: by.map(|client| client.user().clone()) },
        };
        out.head = true;
        out.forget = true;
    }
}

/// How many nodes above a leaf get new keys from a path (RFC 9420 §4.1.2, the filtered direct path): those with
/// somebody on the other side.
fn path_nodes(leaves: &BTreeSet<u32>, leaf: u32) -> usize {
    let Some(last) = leaves.last() else { return 0 };
    let height = (u64::from(*last) + 1).next_power_of_two().trailing_zeros();
    let others = |level: &u32| {
        let width = 1u64 << level;
        let start = ((u64::from(leaf) / width) ^ 1) * width;
        leaves.iter().any(|other| (start..start + width).contains(&u64::from(*other)))
    };
    (0..height).filter(others).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_node_for_each_side_with_somebody() {
        let nodes = |leaves: &[u32], leaf| path_nodes(&leaves.iter().copied().collect(), leaf);
        assert_eq!(nodes(&[0], 0), 0);
        assert_eq!(nodes(&[0, 1], 1), 1);
        assert_eq!(nodes(&[0, 1, 2], 2), 1);
        assert_eq!(nodes(&[0, 2], 0), 1);
        assert_eq!(nodes(&[0, 1, 2, 3, 4], 4), 1);
        assert_eq!(nodes(&[0, 1, 2, 3, 4], 0), 3);
        assert_eq!(nodes(&[3, 5, 6], 5), 2);
    }
}
