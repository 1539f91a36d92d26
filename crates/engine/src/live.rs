//! The present state of groups, beside what is stored: catching up, held up by a fault here, or not followed; and what
//! their changes wait for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_group::Waits;
use conclave_protocol::{GroupId, UserUri};
use conclave_record::IntentId;

use crate::api::{HeldUp, NotFollowed};

/// The state of a group at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    CatchingUp { done: u32, total: u32 },
    HeldUp(HeldUp),
}

/// What the changes of a group wait for, as its actor knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChangesWait {
    /// For this reason of the machine's.
    Machine(Waits),
    /// For other key packages of these people, for this intent.
    KeyPackages {
        intent: IntentId,
        people: Vec<UserUri>,
        /// The service asked to come again later.
        put_off: bool,
    },
}

/// What became of a commit that was handed to the sync actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It is held back until the log was read: it may be there already.
    Held,
    /// An earlier submission has no answer, and goes first.
    Behind,
    /// It was handed to the service, which has not answered.
    Sent,
    /// The service asked to come again later.
    PutOff,
}

/// What is known of groups beside the store; at most as many as there are groups. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveStates(Arc<Mutex<States>>);

#[derive(Debug, Default)]
struct States {
    /// What a group's actor is doing.
    live: HashMap<GroupId, Live>,
    /// Why the service does not hand out a log. Not stored: nothing that it is based on is authenticated, and it is found
    /// again after each start.
    not_followed: HashMap<GroupId, NotFollowed>,
    /// Why changes wait, for groups that have an actor.
    changes: HashMap<GroupId, ChangesWait>,
    /// What became of commits under way.
    deliveries: HashMap<GroupId, Delivery>,
}

impl LiveStates {
    pub(crate) fn get(&self, group: &GroupId) -> Option<Live> {
        self.lock().live.get(group).copied()
    }

    /// Sets or clears it. Returns whether that changed anything.
    pub(crate) fn set(&self, group: GroupId, live: Option<Live>) -> bool {
        set(&mut self.lock().live, group, live)
    }

    /// Why a group's log is not followed; none where it is, or where the reason is not known.
    pub(crate) fn not_followed(&self, group: &GroupId) -> Option<NotFollowed> {
        self.lock().not_followed.get(group).copied()
    }

    /// Sets or clears it. Returns whether that changed anything.
    pub(crate) fn set_not_followed(&self, group: GroupId, why: Option<NotFollowed>) -> bool {
        set(&mut self.lock().not_followed, group, why)
    }

    /// Whether the service has no log of this group for this client: another membership may take the place of this one.
    pub(crate) fn is_lost(&self, group: &GroupId) -> bool {
        matches!(
            self.not_followed(group),
            Some(NotFollowed::AwayTooLong | NotFollowed::LogGone | NotFollowed::SetBack)
        )
    }

    /// Whether the service was set back to before the epoch that this client is in.
    pub(crate) fn is_set_back(&self, group: &GroupId) -> bool {
        self.not_followed(group) == Some(NotFollowed::SetBack)
    }

    /// What a group's changes wait for; none where none waits, or where its actor does not know yet.
    pub(crate) fn changes_wait(&self, group: &GroupId) -> Option<ChangesWait> {
        self.lock().changes.get(group).cloned()
    }

    /// Sets or clears it. Returns whether that changed anything.
    pub(crate) fn set_changes_wait(&self, group: GroupId, waits: Option<ChangesWait>) -> bool {
        set(&mut self.lock().changes, group, waits)
    }

    /// The groups with changes that wait.
    pub(crate) fn with_changes(&self) -> Vec<GroupId> {
        self.lock().changes.keys().copied().collect()
    }

    /// What became of a group's commit; none where none is under way.
    pub(crate) fn delivery(&self, group: &GroupId) -> Option<Delivery> {
        self.lock().deliveries.get(group).copied()
    }

    /// Sets or clears it. Returns whether that changed anything for changes that wait.
    pub(crate) fn set_delivery(&self, group: GroupId, delivery: Option<Delivery>) -> bool {
        let mut states = self.lock();
        set(&mut states.deliveries, group, delivery) && states.changes.contains_key(&group)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, States> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set<T: PartialEq>(states: &mut HashMap<GroupId, T>, group: GroupId, state: Option<T>) -> bool {
    match state {
        Some(state) => {
            states.get(&group) != Some(&state) && {
                states.insert(group, state);
                true
            }
        }
        None => states.remove(&group).is_some(),
    }
}
