//! Notifies connections of new entries, once these are durable.
//!
//! Nothing is buffered without a bound: a connection whose queue is full is notified only *that* it missed something,
//! and reads it from storage after its cursor. Notifications may therefore be lost, duplicated or reordered; sequence
//! numbers resolve that.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use conclave_protocol::wire::{ServerFrame, server_frame};
use conclave_protocol::{Epoch, GroupId, InboxId, Seq};
use prost::Message;
use tokio::sync::{Notify, mpsc};

use super::read::log_entries;
use crate::limits::{EVENTS_MAX, PUSH_BYTES_MAX};
use crate::storage::StoredEntry;

/// Larger bodies are read from storage by each connection, which keeps queued events small.
const BODY_BYTES_MAX: usize = 32 << 10;

/// What can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Topic {
    Log(GroupId),
    Inbox(InboxId),
}

/// Something new in a log or inbox.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) topic: Topic,
    pub(crate) seq: Seq,
    /// The entry itself, if it is small enough to forward.
    entry: Option<StoredEntry>,
    /// The epoch ended, if this is a commit that revokes.
    revoked: Option<Epoch>,
}

impl Event {
    pub(super) fn of_entry(topic: Topic, entry: &StoredEntry, revoked: Option<Epoch>) -> Self {
        let small = entry.body.len() <= BODY_BYTES_MAX;
        Self { topic, seq: entry.seq, entry: small.then(|| entry.clone()), revoked }
    }

    pub(super) fn of_welcome(inbox: InboxId, seq: Seq) -> Self {
        Self { topic: Topic::Inbox(inbox), seq, entry: None, revoked: None }
    }
}

/// What all followers receive: encoded once.
#[derive(Debug)]
pub(crate) struct Push {
    pub(crate) topic: Topic,
    pub(crate) seq: Seq,
    /// The frame with the entry; none if each follower reads it from storage.
    pub(crate) frame: Option<Bytes>,
    /// As in the event.
    pub(crate) revoked: Option<Epoch>,
}

/// Counts a frame until every connection has sent it.
struct Shared {
    frame: Vec<u8>,
    bytes: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.bytes.fetch_sub(self.frame.len(), Ordering::Relaxed);
    }
}

/// Who follows what. At most connections × subscriptions; each connection removes its own.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    followers: Mutex<HashMap<Topic, HashMap<u64, Arc<Follower>>>>,
    next: AtomicU64,
    /// Bytes of frames in transit, at most [`PUSH_BYTES_MAX`].
    bytes: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Follower {
    queue: mpsc::Sender<Arc<Push>>,
    /// Bounded by what the connection follows.
    missed: Mutex<HashSet<Topic>>,
    wake: Notify,
}

impl Hub {
    /// Registers one connection as a listener.
    pub(crate) fn listen(self: &Arc<Self>) -> Ear {
        let (queue, events) = mpsc::channel(EVENTS_MAX);
        let follower = Arc::new(Follower { queue, missed: Mutex::default(), wake: Notify::new() });
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Ear { hub: Arc::clone(self), id, follower, events, topics: HashSet::new() }
    }

    /// Notifies all followers; never waits.
    pub(crate) fn publish(&self, events: Vec<Event>) {
        let followers = lock(&self.followers);
        for event in events {
            let Some(of_topic) = followers.get(&event.topic) else { continue };
            let push = Arc::new(self.push(event));
            for follower in of_topic.values() {
                if follower.queue.try_send(Arc::clone(&push)).is_err() {
                    lock(&follower.missed).insert(push.topic);
                    follower.wake.notify_one();
                }
            }
        }
    }
}

impl Hub {
    fn push(&self, event: Event) -> Push {
        let Event { topic, seq, entry, revoked } = event;
        let frame = match (topic, entry) {
            (Topic::Log(log), Some(entry)) => self.frame(&log, entry),
            _ => None,
        };
        Push { topic, seq, frame, revoked }
    }

    /// The frame for all followers of a log; none if too many bytes are in transit.
    fn frame(&self, log: &GroupId, entry: StoredEntry) -> Option<Bytes> {
        let head = entry.seq;
        let body = server_frame::Body::LogEntries(log_entries(log, vec![entry], false, head));
        let frame = ServerFrame { request: 0, body: Some(body) }.encode_to_vec();
        let fits = |bytes: usize| bytes.checked_add(frame.len()).filter(|sum| *sum <= PUSH_BYTES_MAX);
        self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Bytes::from_owner(Shared { frame, bytes: Arc::clone(&self.bytes) }))
    }
}

/// What one connection follows.
#[derive(Debug)]
pub(crate) struct Ear {
    hub: Arc<Hub>,
    id: u64,
    follower: Arc<Follower>,
    events: mpsc::Receiver<Arc<Push>>,
    topics: HashSet<Topic>,
}

/// What an ear receives.
#[derive(Debug)]
pub(crate) enum Heard {
    New(Arc<Push>),
    /// News in these topics that did not fit in the queue.
    Missed(HashSet<Topic>),
}

impl Ear {
    /// Starts notifying of news in a topic.
    pub(crate) fn follow(&mut self, topic: Topic) {
        self.topics.insert(topic);
        lock(&self.hub.followers).entry(topic).or_default().insert(self.id, Arc::clone(&self.follower));
    }

    /// Stops. Events in transit still arrive.
    pub(crate) fn unfollow(&mut self, topic: Topic) {
        if self.topics.remove(&topic) {
            take_out(&mut lock(&self.hub.followers), topic, self.id);
        }
    }

    /// Waits for the next event. Cancel-safe.
    pub(crate) async fn hear(&mut self) -> Heard {
        let wake = self.follower.wake.notified();
        tokio::select! {
            biased;
            // The follower holds the sender, and lives as long as this.
            Some(event) = self.events.recv() => Heard::New(event),
            () = wake => Heard::Missed(std::mem::take(&mut *lock(&self.follower.missed))),
        }
    }

    /// The next event, if one is ready.
    pub(crate) fn heard(&mut self) -> Option<Arc<Push>> {
        self.events.try_recv().ok()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut followers = lock(&self.hub.followers);
        for topic in &self.topics {
            take_out(&mut followers, *topic, self.id);
        }
    }
}

fn take_out(followers: &mut HashMap<Topic, HashMap<u64, Arc<Follower>>>, topic: Topic, id: u64) {
    if let Some(of_topic) = followers.get_mut(&topic) {
        of_topic.remove(&id);
        if of_topic.is_empty() {
            followers.remove(&topic);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use conclave_protocol::Timestamp;
    use conclave_protocol::wire::EntryKind;

    use super::*;

    fn event(topic: Topic, seq: u64) -> Event {
        Event { topic, seq: Seq(seq), entry: None, revoked: None }
    }

    #[tokio::test]
    async fn a_full_queue_is_told_what_it_missed() {
        let hub = Arc::new(Hub::default());
        let mut ear = hub.listen();
        let topic = Topic::Log(GroupId::new([1; 16]));
        ear.follow(topic);
        for seq in 0..=EVENTS_MAX as u64 {
            hub.publish(vec![event(topic, seq)]);
        }
        for seq in 0..EVENTS_MAX as u64 {
            assert!(matches!(ear.hear().await, Heard::New(push) if push.seq == Seq(seq)));
        }
        assert!(matches!(ear.hear().await, Heard::Missed(topics) if topics.contains(&topic)));
    }

    #[test]
    fn who_follows_no_more_leaves_nothing_behind() {
        let hub = Arc::new(Hub::default());
        let (one, two) = (Topic::Log(GroupId::new([1; 16])), Topic::Inbox(InboxId::new([1; 16])));
        let mut ear = hub.listen();
        ear.follow(one);
        ear.follow(two);
        ear.unfollow(one);
        hub.publish(vec![event(one, 1)]);
        assert!(ear.heard().is_none());
        drop(ear);
        assert!(lock(&hub.followers).is_empty());
    }

    #[tokio::test]
    async fn a_frame_is_made_once_and_counted_until_all_have_sent_it() {
        let hub = Arc::new(Hub::default());
        let topic = Topic::Log(GroupId::new([1; 16]));
        let mut ears: Vec<_> = (0..3).map(|_| hub.listen()).collect();
        ears.iter_mut().for_each(|ear| ear.follow(topic));
        let (at, kind) = (Timestamp(1), EntryKind::Application);
        let entry = StoredEntry { seq: Seq(1), at, kind, body: Bytes::from_static(&[7; 1000]) };
        hub.publish(vec![Event::of_entry(topic, &entry, None)]);
        let pushes: Vec<_> = ears.iter_mut().map(|ear| ear.heard().expect("told")).collect();
        let frame = pushes[0].frame.clone().expect("a small entry is handed on");
        assert!(pushes.iter().all(|push| Arc::ptr_eq(push, &pushes[0])));
        assert_eq!(hub.bytes.load(Ordering::Relaxed), frame.len());
        drop(pushes);
        assert_eq!(hub.bytes.load(Ordering::Relaxed), frame.len());
        drop(frame);
        assert_eq!(hub.bytes.load(Ordering::Relaxed), 0);
        // With too much in transit, they are notified without the frame.
        hub.bytes.store(PUSH_BYTES_MAX, Ordering::Relaxed);
        hub.publish(vec![Event::of_entry(topic, &entry, None)]);
        assert!(ears[0].heard().expect("told").frame.is_none());
    }
}
