//! How groups stand at this moment, beside what the store says: catching up, or held up by a fault here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_protocol::GroupId;

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

/// The groups that are catching up or held up; at most as many as there are groups.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveStates(Arc<Mutex<HashMap<GroupId, Live>>>);

impl LiveStates {
    pub(crate) fn get(&self, group: &GroupId) -> Option<Live> {
        self.lock().get(group).copied()
    }

    /// Sets or clears; says whether that is news.
    pub(crate) fn set(&self, group: GroupId, live: Option<Live>) -> bool {
        let mut states = self.lock();
        match live {
            Some(live) => states.insert(group, live) != Some(live),
            None => states.remove(&group).is_some(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<GroupId, Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
