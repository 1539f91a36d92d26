//! Accounts for bytes that connections make the service hold. Each connection has a small allowance of its own; beyond
//! it there is a shared pool, of which one address may use half.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::limits::OWN_BYTES;
use crate::quota::Source;

/// A shared pool of bytes.
#[derive(Debug)]
pub(crate) struct Budget {
    all: usize,
    /// The limit for one address.
    share: usize,
    taken: Mutex<Taken>,
    /// Notified when bytes are released.
    freed: Notify,
    /// Number of waiters.
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// By address; connections without an address are not counted.
    by_source: HashMap<Source, usize>,
}

impl Budget {
    pub(crate) fn new(all: usize) -> Arc<Self> {
        Arc::new(Self {
            all,
            share: all / 2,
            taken: Mutex::default(),
            freed: Notify::new(),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Whether anyone is waiting for bytes that others hold.
    pub(crate) fn is_short(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Bytes in use.
    pub(crate) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, source: Source, bytes: usize) -> bool {
        let mut taken = self.lock();
        if taken.all + bytes > self.all {
            return false;
        }
        if source != Source::Local {
            let of_source = taken.by_source.entry(source).or_default();
            if *of_source + bytes > self.share {
                return false;
            }
            *of_source += bytes;
        }
        taken.all += bytes;
        true
    }

    fn give_back(&self, source: Source, bytes: usize) {
        let mut taken = self.lock();
        taken.all -= bytes;
        if let Some(of_source) = taken.by_source.get_mut(&source) {
            *of_source -= bytes;
            if *of_source == 0 {
                taken.by_source.remove(&source);
            }
        }
        drop(taken);
        self.tell();
    }

    fn tell(&self) {
        if self.is_short() {
            self.freed.notify_waiters();
        }
    }
}

/// One connection's part of a [`Budget`]. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    budget: Arc<Budget>,
    source: Source,
    /// Bytes taken from the connection's own [`OWN_BYTES`].
    own: Arc<AtomicUsize>,
}

impl Room {
    pub(crate) fn new(budget: &Arc<Budget>, source: Source) -> Self {
        Self { budget: Arc::clone(budget), source, own: Arc::default() }
    }

    pub(crate) fn is_short(&self) -> bool {
        self.budget.is_short()
    }

    /// Takes bytes if available; the connection's own first.
    pub(crate) fn take(&self, bytes: usize) -> Option<Held> {
        let fits = |own: usize| own.checked_add(bytes).filter(|sum| *sum <= OWN_BYTES);
        if self.own.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok() {
            return Some(Held { room: self.clone(), bytes, own: true });
        }
        let taken = self.budget.take(self.source, bytes);
        taken.then(|| Held { room: self.clone(), bytes, own: false })
    }

    /// Takes bytes as soon as they are available; none if they are not by then.
    pub(crate) async fn wait(&self, bytes: usize, until: Instant) -> Option<Held> {
        if let Some(held) = self.take(bytes) {
            return Some(held);
        }
        let _waiting = Waiting::begin(&self.budget);
        loop {
            let mut freed = pin!(self.budget.freed.notified());
            freed.as_mut().enable();
            if let Some(held) = self.take(bytes) {
                return Some(held);
            }
            timeout_at(until, freed).await.ok()?;
        }
    }
}

/// Counted as a waiter until dropped.
struct Waiting<'a>(&'a Budget);

impl<'a> Waiting<'a> {
    fn begin(budget: &'a Budget) -> Self {
        budget.waiting.fetch_add(1, Ordering::Relaxed);
        Self(budget)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes in use until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    room: Room,
    bytes: usize,
    own: bool,
}

impl Held {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Releases what exceeds `bytes`.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        if let Some(over) = self.bytes.checked_sub(bytes) {
            self.bytes = bytes;
            self.give_back(over);
        }
    }

    /// Counts the bytes for as long as any part of them is in use.
    pub(crate) fn around(self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Counted { bytes, _held: self })
    }

    fn give_back(&self, bytes: usize) {
        if self.own {
            self.room.own.fetch_sub(bytes, Ordering::Relaxed);
            self.room.budget.tell();
        } else {
            self.room.budget.give_back(self.room.source, bytes);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

struct Counted {
    bytes: Vec<u8>,
    _held: Held,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;

    const ALL: usize = 8 * OWN_BYTES;

    fn room(budget: &Arc<Budget>, host: u8) -> Room {
        Room::new(budget, Source::of([203, 0, 113, host].into()))
    }

    #[test]
    fn a_connection_has_its_own_and_an_address_its_share() {
        let budget = Budget::new(ALL);
        let (one, other) = (room(&budget, 1), room(&budget, 1));
        let own = one.take(OWN_BYTES).unwrap();
        assert_eq!(budget.taken(), 0);
        let common = one.take(ALL / 2).unwrap();
        assert!(other.take(OWN_BYTES + 1).is_none(), "the address has had its share");
        assert!(other.take(OWN_BYTES).is_some(), "its own is left to each connection");
        let stranger = room(&budget, 2);
        let whole = stranger.take(ALL / 2).unwrap();
        assert_eq!(budget.taken(), ALL);
        drop((own, common, whole));
        assert_eq!(budget.taken(), 0);
        assert!(budget.lock().by_source.is_empty());
    }

    #[test]
    fn what_is_counted_is_given_back_with_the_last_piece() {
        let budget = Budget::new(ALL);
        let mut held = room(&budget, 1).take(OWN_BYTES + 100).unwrap();
        held.shrink_to(OWN_BYTES + 1);
        let piece = held.around(vec![1; OWN_BYTES + 1]).slice(..1);
        assert_eq!(budget.taken(), OWN_BYTES + 1);
        drop(piece);
        assert_eq!(budget.taken(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_served_when_there_is_room() {
        let budget = Budget::new(ALL);
        let (one, other) = (room(&budget, 1), room(&budget, 1));
        let held = one.take(ALL / 2).unwrap();
        let soon = Instant::now() + Duration::from_secs(5);
        assert!(other.wait(ALL / 4, soon).await.is_none());
        assert!(!budget.is_short());
        let waits = tokio::spawn(async move { other.wait(ALL / 4, soon + Duration::from_secs(5)).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(budget.is_short());
        drop(held);
        assert_eq!(waits.await.unwrap().unwrap().bytes(), ALL / 4);
    }
}
