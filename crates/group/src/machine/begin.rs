//! The initial state of a group, created or joined.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use conclave_protocol::{Epoch, GroupId, Seq, Timestamp};
use conclave_record::{GroupHead, GroupStatus, Renewal, Role, RosterEntry, Write};

use super::mls::{MlsGroup, Parts};
use super::output::Output;
use super::timers::Timers;
use super::{Env, Failure, Machine, access};
use crate::policy::GroupPolicy;

impl Machine {
    /// A machine for a group that was just created or joined.
    pub(super) fn begin(
        env: Env,
        parts: Parts,
        group: MlsGroup,
        policy: GroupPolicy,
        roster: Vec<RosterEntry>,
        status: GroupStatus,
        since: Timestamp,
    ) -> Self {
        parts.rules.view().roster = roster.into_iter().collect();
        let head = GroupHead {
            name: policy.name.clone(),
            status,
            epoch: Epoch(group.current_epoch()),
            tree_hash: Bytes::new(),
            epoch_authenticator: Bytes::new(),
            policy: Bytes::new(),
            cipher_suite: group.cipher_suite().into(),
            own_leaf: group.current_member_index(),
            own_role: Role::default(),
            people: 0,
            devices: 0,
            key_renewed: since,
            renewal: Renewal::Done,
            added_by: None,
            parent: None,
            stated: Timestamp(0),
            behind: None,
        };
        Self {
            env,
            id: GroupId::try_from(group.group_id()).expect("the caller made or checked the id"),
            group,
            storage: parts.storage,
            rules: parts.rules,
            last_opened: parts.last_opened,
            floor: head.epoch,
            head,
            policy,
            former: Vec::new(),
            staged: Vec::new(),
            live: None,
            submissions: HashMap::new(),
            access: BTreeMap::new(),
            cursor: Seq(0),
            log_time: Timestamp(0),
            log_next: 0,
            log_chain: [0; 32],
            queue: BTreeMap::new(),
            races: HashMap::new(),
            at_head: false,
            own_refusals: 0,
            propose_again: false,
            signer_asked: false,
            timers: Timers::default(),
            resubmit: false,
            dirty: true,
            state_bytes: 0,
            epoch_bytes: 0,
            tree_bytes: 0,
        }
    }

    /// Writes a new group's roster, access key and head; state and tree are written with every new epoch.
    pub(super) fn write_beginning(&mut self, out: &mut Output) -> Result<(), Failure> {
        let seed = access::seed_of(&self.group).map_err(Failure::internal("deriving the access key"))?;
        self.access.insert(seed.epoch, seed.clone());
        out.write(Write::AccessKey { keep_from: seed.epoch, seed });
        out.write(Write::RosterPut(self.roster()));
        self.describe_epoch().map_err(Failure::internal("describing the epoch"))?;
        let tree = self.group.export_tree().byte_size();
        self.tree_bytes = tree;
        out.head = true;
        out.epoch = true;
        Ok(())
    }
}
