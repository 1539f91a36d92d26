//! A cache of decoded access keys, so that proofs for a busy log need no database lookup.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use conclave_protocol::{Epoch, GroupId};
use ed25519_dalek::VerifyingKey;

use crate::limits::ACCESS_KEYS_MAX;

type Keys = HashMap<(GroupId, Epoch), VerifyingKey>;

/// At most [`ACCESS_KEYS_MAX`] recently used keys. A cached key may be outdated: callers compare it again in the
/// transaction that relies on it.
#[derive(Debug, Default)]
pub(crate) struct AccessKeys(Mutex<Kept>);

/// Two generations: what is not used while the newer one fills is dropped with the older one.
#[derive(Debug, Default)]
struct Kept {
    newer: Keys,
    older: Keys,
}

impl AccessKeys {
    pub(crate) fn get(&self, log: &GroupId, epoch: Epoch) -> Option<VerifyingKey> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = (*log, epoch);
        if let Some(key) = kept.newer.get(&at) {
            return Some(*key);
        }
        let key = kept.older.remove(&at)?;
        kept.keep(at, key);
        Some(key)
    }

    pub(crate) fn put(&self, log: &GroupId, epoch: Epoch, key: VerifyingKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep((*log, epoch), key);
    }

    /// Removes a key that is no longer its epoch's.
    pub(crate) fn forget(&self, log: &GroupId, epoch: Epoch) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.newer.remove(&(*log, epoch));
        kept.older.remove(&(*log, epoch));
    }
}

impl Kept {
    fn keep(&mut self, at: (GroupId, Epoch), key: VerifyingKey) {
        if self.newer.len() >= ACCESS_KEYS_MAX / 2 {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(at, key);
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    #[test]
    fn what_is_used_stays_and_the_number_is_bounded() {
        let keys = AccessKeys::default();
        let key = SigningKey::from_bytes(&[1; 32]).verifying_key();
        let log = GroupId::new([1; 16]);
        keys.put(&log, Epoch(0), key);
        for epoch in 1..3 * ACCESS_KEYS_MAX as u64 {
            keys.put(&log, Epoch(epoch), key);
            assert!(keys.get(&log, Epoch(0)).is_some(), "{epoch}");
        }
        assert!(keys.get(&log, Epoch(1)).is_none());
        let kept = keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(kept.newer.len() + kept.older.len() <= ACCESS_KEYS_MAX);
    }
}
