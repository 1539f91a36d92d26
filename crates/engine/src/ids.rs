//! Random ids and salts, from one seedable source, so that a test run can be repeated.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_protocol::{DeviceId, GroupId};
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

/// Ids, salts and jitter. Never key material: that comes from the operating system. Clones share the source.
#[derive(Clone)]
pub struct IdSource(Arc<Mutex<StdRng>>);

impl IdSource {
    /// Seeded by the operating system.
    #[must_use]
    pub fn from_os() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// The same sequence for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    pub(crate) fn bytes16(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }

    pub(crate) fn group(&self) -> GroupId {
        GroupId::new(self.bytes16())
    }

    pub(crate) fn device(&self) -> DeviceId {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        DeviceId(bytes)
    }

    /// A number below `end` (which is not 0).
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..end.max(1))
    }
}

impl fmt::Debug for IdSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdSource")
    }
}
