//! How groups stand at this moment, beside what the store says: catching up, held up by a fault here, or not followed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_protocol::GroupId;

use crate::api::NotFollowed;

/// Why a group is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldUp {
    /// The disk refuses.
    Disk,
    /// The keychain does not answer.
    Keychain,
    /// A fault of ours.
    Fault,
}

impl HeldUp {
    /// A word for those who look; the sentence is the window's.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Keychain => "keychain",
            Self::Fault => "fault",
        }
    }
}

/// How a group stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    CatchingUp { done: u32, total: u32 },
    HeldUp(HeldUp),
}

/// The groups that stand otherwise than the store says; at most as many as there are groups.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveStates(Arc<Mutex<States>>);

#[derive(Debug, Default)]
struct States {
    /// What a group's actor is at.
    live: HashMap<GroupId, Live>,
    /// What the service says to those who want to follow. Found again after each start, so it is not stored: nothing
    /// that it is based on is authenticated.
    not_followed: HashMap<GroupId, NotFollowed>,
}

impl LiveStates {
    pub(crate) fn get(&self, group: &GroupId) -> Option<Live> {
        self.lock().live.get(group).copied()
    }

    /// Sets or clears; says whether that is news.
    pub(crate) fn set(&self, group: GroupId, live: Option<Live>) -> bool {
        set(&mut self.lock().live, group, live)
    }

    /// Why a group's log is not followed; none where it is, or where that is not known.
    pub(crate) fn not_followed(&self, group: &GroupId) -> Option<NotFollowed> {
        self.lock().not_followed.get(group).copied()
    }

    /// Sets or clears; says whether that is news.
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
