//! Loads a stored group. State and tree are stored apart, and mls-rs accepts any tree: they are compared here, or the
//! group would diverge silently.

use std::collections::BTreeMap;

use conclave_record::{GroupStatus, Saved};
use mls_rs::group::ExportedTree;

use super::mls::Parts;
use super::{Env, Live, LoadError, Machine, Pending};
use crate::policy::GroupPolicy;
use crate::storage::CapturedGroup;

impl Machine {
    /// Loads a group. The first input handled sends again the submissions under way.
    pub fn load(env: Env, saved: Saved) -> Result<Self, LoadError> {
        check_epochs(&saved)?;
        let parts = Parts { storage: CapturedGroup::of(&saved.snapshot, &saved.prior), ..Parts::new(&env) };
        let tree = ExportedTree::from_bytes(&saved.tree)?;
        let group =
            parts.client(&env).load_group_with_ratchet_tree(saved.generation.group.as_bytes(), tree)?;
        parts.storage.forget_loaded();
        if group.current_epoch() != saved.head.epoch.0 {
            return Err(mismatch(&saved));
        }
        let context = group.context();
        if context.tree_hash != saved.tree_hash || context.tree_hash != saved.head.tree_hash {
            return Err(LoadError::OtherTree);
        }
        if group.current_member_index() != saved.head.own_leaf || !has_own_leaf(&saved) {
            return Err(LoadError::OtherRoster);
        }
        let policy = GroupPolicy::of(&context.extensions)?;
        let asks_to_leave =
            saved.submissions.iter().any(|saved| !saved.submission.is_commit() && saved.message.is_none());
        parts.rules.view().began = saved.head.stated;
        parts.rules.view().roster = saved.roster.into_iter().collect();
        let submissions =
            saved.submissions.into_iter().map(|saved| (saved.submission.id, Pending { saved, intent: None }));
        let mut machine = Self {
            env,
            id: saved.generation.group,
            group,
            storage: parts.storage,
            rules: parts.rules,
            last_opened: parts.last_opened,
            policy,
            former: saved.former,
            staged: saved.staged,
            live: None,
            submissions: submissions.collect(),
            access: saved.access.into_iter().map(|seed| (seed.epoch, seed)).collect(),
            cursor: saved.cursor,
            log_time: saved.log_time,
            log_next: saved.log_next,
            log_chain: saved.log_chain,
            queue: BTreeMap::new(),
            races: std::collections::HashMap::new(),
            at_head: false,
            floor: saved.head.epoch,
            own_refusals: 0,
            // Not known: asking twice is harmless, not asking would keep the user in the group.
            propose_again: saved.head.status == GroupStatus::Leaving && !asks_to_leave,
            signer_asked: false,
            timers: super::Timers::default(),
            resubmit: true,
            dirty: false,
            state_bytes: saved.snapshot.bytes.len(),
            epoch_bytes: saved.snapshot.bytes.len(),
            tree_bytes: saved.tree.len(),
            head: saved.head,
        };
        machine.live = machine.live_commit();
        debug_assert!(machine.roster_is_mls(), "the stored roster is the tree's");
        Ok(machine)
    }

    /// The commit among the submissions under way: at most one.
    fn live_commit(&self) -> Option<Live> {
        let (id, pending) = self.submissions.iter().find(|(_, pending)| pending.is_commit())?;
        Some(Live { submission: *id, blocks: pending.saved.intent.is_some() })
    }
}

fn check_epochs(saved: &Saved) -> Result<(), LoadError> {
    let same = saved.snapshot.epoch == saved.tree_epoch && saved.snapshot.epoch == saved.head.epoch;
    if same { Ok(()) } else { Err(mismatch(saved)) }
}

fn has_own_leaf(saved: &Saved) -> bool {
    saved.roster.iter().any(|entry| entry.leaf == saved.head.own_leaf)
}

fn mismatch(saved: &Saved) -> LoadError {
    LoadError::Mismatch { state: saved.snapshot.epoch, tree: saved.tree_epoch, head: saved.head.epoch }
}
