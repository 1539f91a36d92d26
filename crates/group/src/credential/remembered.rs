//! A bounded map that evicts what was not looked up recently.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Two generations: new entries go into the young one; when it is full, the old one is dropped and the young one
/// becomes old. So the map holds between `bound` and twice `bound` of the newest entries. A caller that finds an old
/// entry inserts it again, so that entries in use stay.
pub(super) struct Remembered<V> {
    young: HashMap<[u8; 32], V, KeyHashing>,
    old: HashMap<[u8; 32], V, KeyHashing>,
    bound: usize,
}

impl<V: Clone> Remembered<V> {
    pub(super) fn new(bound: usize) -> Self {
        let hashing = KeyHashing::new();
        Self { young: HashMap::with_hasher(hashing), old: HashMap::with_hasher(hashing), bound }
    }

    /// Looks an entry up, and says whether it is an old one, to be inserted again.
    pub(super) fn get(&self, key: &[u8; 32]) -> Option<(&V, bool)> {
        match self.young.get(key) {
            Some(value) => Some((value, false)),
            None => self.old.get(key).map(|value| (value, true)),
        }
    }

    pub(super) fn insert(&mut self, key: [u8; 32], value: V) {
        if self.young.len() >= self.bound && !self.young.contains_key(&key) {
            self.old = std::mem::replace(&mut self.young, HashMap::with_hasher(*self.old.hasher()));
        }
        self.young.insert(key, value);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.keys().filter(|key| !self.young.contains_key(*key)).count()
    }
}

/// Hashes keys that are hashes or public keys: one multiplication over 16 of their bytes with a random seed, which
/// defeats keys crafted to collide. SipHash would cost more than the rest of a look-up.
#[derive(Clone, Copy)]
pub(super) struct KeyHashing {
    add: u64,
    multiply: u64,
}

impl KeyHashing {
    fn new() -> Self {
        let random = RandomState::new();
        Self { add: random.hash_one(1), multiply: random.hash_one(2) | 1 }
    }
}

impl BuildHasher for KeyHashing {
    type Hasher = KeyHasher;

    fn build_hasher(&self) -> KeyHasher {
        KeyHasher { seed: *self, hash: 0 }
    }
}

pub(super) struct KeyHasher {
    seed: KeyHashing,
    hash: u64,
}

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let Some((head, _)) = bytes.split_first_chunk::<16>() else { return };
        let words = u128::from_le_bytes(*head);
        let (low, high) = (words as u64, (words >> 64) as u64);
        let product = u128::from(low ^ self.seed.add) * u128::from(high ^ self.seed.multiply);
        self.hash ^= product as u64 ^ (product >> 64) as u64;
    }

    /// The length prefix that is hashed before a key: always 32.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.hash
    }
}
