//! Faults of one person's store: chosen by number, or drawn from the story's seed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_engine::{StoreAccess, StoreFaults, StoreTrouble};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// One person's disk. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// For the next reads and writes; `None`: it works.
    reads: VecDeque<Option<StoreTrouble>>,
    writes: VecDeque<Option<StoreTrouble>>,
    /// Every read, or every write, while it is set.
    all_reads: Option<StoreTrouble>,
    all_writes: Option<StoreTrouble>,
    /// One access in this many fails.
    drawn: Option<(StdRng, u32)>,
    struck: u32,
}

/// Random faults.
const TROUBLES: [StoreTrouble; 5] = [
    StoreTrouble::Busy,
    StoreTrouble::TooSlow,
    StoreTrouble::DiskFull,
    StoreTrouble::Panic,
    StoreTrouble::AnswerLost,
];

impl Disk {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The access after `well` good ones of its kind fails like this.
    pub fn fails_once(&self, access: StoreAccess, well: usize, trouble: StoreTrouble) {
        let mut state = self.state();
        let queue = match access {
            StoreAccess::Read => &mut state.reads,
            StoreAccess::Write => &mut state.writes,
        };
        queue.clear();
        queue.extend(std::iter::repeat_n(None, well));
        queue.push_back(Some(trouble));
    }

    /// Every access of this kind fails like this, until changed.
    pub fn fails(&self, access: StoreAccess, trouble: Option<StoreTrouble>) {
        let mut state = self.state();
        match access {
            StoreAccess::Read => state.all_reads = trouble,
            StoreAccess::Write => state.all_writes = trouble,
        }
    }

    /// One access in `many` fails, by this seed.
    pub fn is_bad(&self, seed: u64, many: u32) {
        self.state().drawn = Some((StdRng::seed_from_u64(seed), many));
    }

    /// The disk works again.
    pub fn is_good(&self) {
        let mut state = self.state();
        let struck = state.struck;
        *state = State { struck, ..State::default() };
    }

    /// How many accesses failed.
    #[must_use]
    pub fn struck(&self) -> u32 {
        self.state().struck
    }
}

impl StoreFaults for Disk {
    fn next(&self, access: StoreAccess) -> Option<StoreTrouble> {
        let mut state = self.state();
        let asked_for = match access {
            StoreAccess::Read => state.all_reads.or(state.reads.pop_front().flatten()),
            StoreAccess::Write => state.all_writes.or(state.writes.pop_front().flatten()),
        };
        let drawn = state.drawn.as_mut().and_then(|(random, many)| {
            (random.random_range(0..*many) == 0).then(|| TROUBLES[random.random_range(0..TROUBLES.len())])
        });
        let trouble = asked_for.or(drawn);
        state.struck += u32::from(trouble.is_some());
        trouble
    }
}
