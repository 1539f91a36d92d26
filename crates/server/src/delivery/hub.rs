//! Tells connections what is new, once it is durable.
//!
//! Nothing is buffered without bound: a connection whose queue is full is told only *that* it missed something, and
//! reads it from storage, from its cursor on. So what is sent here may be lost or come twice or out of order; the
//! sequence numbers put it right.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use conclave_protocol::wire::EntryKind;
use conclave_protocol::{Epoch, GroupId, InboxId, Seq, Timestamp};
use tokio::sync::{Notify, mpsc};

use crate::storage::StoredEntry;

/// Events that wait for one connection.
const EVENTS_MAX: usize = 128;
/// Larger bodies are read from storage by each connection, so that waiting events stay small.
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
    /// The entry itself, where it is small enough to be handed on.
    pub(crate) entry: Option<StoredEntry>,
    /// A commit that revokes: the epoch that it ended.
    pub(crate) revoked: Option<Epoch>,
}

impl Event {
    pub(super) fn of_entry(topic: Topic, entry: &StoredEntry, revoked: Option<Epoch>) -> Self {
        let small = entry.body.len() <= BODY_BYTES_MAX;
        Self { topic, seq: entry.seq, entry: small.then(|| own(entry)), revoked }
    }

    pub(super) fn of_welcome(inbox: InboxId, seq: Seq) -> Self {
        Self { topic: Topic::Inbox(inbox), seq, entry: None, revoked: None }
    }
}

/// A copy of its own: the body is a slice of a frame that may be far larger.
fn own(entry: &StoredEntry) -> StoredEntry {
    let (seq, at, kind): (Seq, Timestamp, EntryKind) = (entry.seq, entry.at, entry.kind);
    StoredEntry { seq, at, kind, body: Bytes::copy_from_slice(&entry.body) }
}

/// Who follows what. At most connections × subscriptions, each taken out by its connection.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    followers: Mutex<HashMap<Topic, HashMap<u64, Arc<Follower>>>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Follower {
    queue: mpsc::Sender<Arc<Event>>,
    /// At most as many as the connection follows.
    missed: Mutex<HashSet<Topic>>,
    wake: Notify,
}

impl Hub {
    /// A place to be told things, for one connection.
    pub(crate) fn listen(self: &Arc<Self>) -> Ear {
        let (queue, events) = mpsc::channel(EVENTS_MAX);
        let follower = Arc::new(Follower { queue, missed: Mutex::default(), wake: Notify::new() });
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Ear { hub: Arc::clone(self), id, follower, events, topics: HashSet::new() }
    }

    /// Tells everybody who follows; never waits.
    pub(crate) fn publish(&self, events: Vec<Event>) {
        let followers = lock(&self.followers);
        for event in events {
            let Some(of_topic) = followers.get(&event.topic) else { continue };
            let event = Arc::new(event);
            for follower in of_topic.values() {
                if follower.queue.try_send(Arc::clone(&event)).is_err() {
                    lock(&follower.missed).insert(event.topic);
                    follower.wake.notify_one();
                }
            }
        }
    }
}

/// What one connection follows.
#[derive(Debug)]
pub(crate) struct Ear {
    hub: Arc<Hub>,
    id: u64,
    follower: Arc<Follower>,
    events: mpsc::Receiver<Arc<Event>>,
    topics: HashSet<Topic>,
}

/// What an ear hears.
#[derive(Debug)]
pub(crate) enum Heard {
    New(Arc<Event>),
    /// Something new in these topics that there was no room for.
    Missed(HashSet<Topic>),
}

impl Ear {
    /// From now on, tells what is new in a topic.
    pub(crate) fn follow(&mut self, topic: Topic) {
        self.topics.insert(topic);
        lock(&self.hub.followers).entry(topic).or_default().insert(self.id, Arc::clone(&self.follower));
    }

    /// No longer. Events on their way still come.
    pub(crate) fn unfollow(&mut self, topic: Topic) {
        if self.topics.remove(&topic) {
            take_out(&mut lock(&self.hub.followers), topic, self.id);
        }
    }

    /// Waits for the next. Losing the future loses nothing.
    pub(crate) async fn hear(&mut self) -> Heard {
        let wake = self.follower.wake.notified();
        tokio::select! {
            biased;
            // The sending side is held by the follower, which lives as long as this.
            Some(event) = self.events.recv() => Heard::New(event),
            () = wake => Heard::Missed(std::mem::take(&mut *lock(&self.follower.missed))),
        }
    }

    /// The next, if it is there already.
    pub(crate) fn heard(&mut self) -> Option<Arc<Event>> {
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
            assert!(matches!(ear.hear().await, Heard::New(event) if event.seq == Seq(seq)));
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
}
