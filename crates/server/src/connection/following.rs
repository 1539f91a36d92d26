//! What a connection follows: a cursor for each log, and one for the inbox.
//!
//! New entries that arrive in order are forwarded as they are. After a gap the cursor is *behind*: it catches up from
//! storage, one page and one topic at a time, as fast as the client reads.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use conclave_protocol::{Epoch, Seq};

use crate::delivery::hub::{Ear, Heard, Hub, Push, Topic};

/// A subscription that may start.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) topic: Topic,
    /// The number of its request: only the latest request starts.
    pub(super) number: u64,
    pub(super) after: Seq,
    /// The epoch proved, for a log.
    pub(super) proved: Option<Epoch>,
    /// Tell the client the head of the topic even if nothing is new: always for a log; for an inbox if it asked for
    /// entries after a later one.
    pub(super) tells_head: bool,
}

impl Start {
    /// Starts after an entry, or after the newest if the client claims to have seen more than there is.
    pub(super) fn after(topic: Topic, number: u64, after: Seq, head: Seq) -> Self {
        let tells_head = matches!(topic, Topic::Log(_)) || after > head;
        Self { topic, number, after: after.min(head), proved: None, tells_head }
    }
}

/// What to read from storage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) topic: Topic,
    pub(super) number: u64,
    pub(super) after: Seq,
    pub(super) proved: Option<Epoch>,
}

#[derive(Debug)]
struct Cursor {
    number: u64,
    /// The last entry pushed.
    at: Seq,
    proved: Option<Epoch>,
    /// There may be entries to read from storage.
    behind: bool,
    /// The newest entry known.
    newest: Seq,
    /// Something was missed while a page was being read; the page may not include it.
    again: bool,
    /// The next page is pushed even if nothing is new.
    tells_head: bool,
}

pub(super) struct Following {
    ear: Ear,
    cursors: HashMap<Topic, Cursor>,
    /// Subscriptions requested but not started; bounded by the requests in flight.
    asked: HashMap<Topic, u64>,
    /// The queue of topics that are behind; each appears once.
    behind: VecDeque<Topic>,
    reading: bool,
    next: u64,
    most: usize,
}

impl Following {
    pub(super) fn new(hub: &Arc<Hub>, most: usize) -> Self {
        Self {
            ear: hub.listen(),
            cursors: HashMap::new(),
            asked: HashMap::new(),
            behind: VecDeque::new(),
            reading: false,
            next: 1,
            most,
        }
    }

    pub(super) async fn hear(&mut self) -> Heard {
        self.ear.hear().await
    }

    /// The next push, if one is ready.
    pub(super) fn heard(&mut self) -> Option<Arc<Push>> {
        self.ear.heard()
    }

    /// Whether one more topic, or this one again, may be followed.
    pub(super) fn has_room(&self, topic: Topic) -> bool {
        let taken = |topic: &Topic| self.cursors.contains_key(topic) || self.asked.contains_key(topic);
        let new = self.asked.keys().filter(|asked| !self.cursors.contains_key(asked)).count();
        taken(&topic) || self.cursors.len() + new < self.most
    }

    /// Registers a subscription request, which replaces an earlier one for the topic.
    pub(super) fn ask(&mut self, topic: Topic) -> u64 {
        self.next += 1;
        self.asked.insert(topic, self.next);
        self.next
    }

    /// A subscription was refused.
    pub(super) fn withdraw(&mut self, number: u64) {
        self.asked.retain(|_, asked| *asked != number);
    }

    /// Starts a subscription, in place of the previous one.
    pub(super) fn begin(&mut self, start: &Start) {
        let &Start { topic, number, after, proved, tells_head } = start;
        if self.asked.get(&topic) != Some(&number) {
            return;
        }
        self.asked.remove(&topic);
        // The predecessor's place in the queue is dropped, so that each topic appears once.
        self.behind.retain(|behind| *behind != topic);
        // Follow before reading, so that no entry is missed in between.
        self.ear.follow(topic);
        let cursor =
            Cursor { number, at: after, proved, behind: false, newest: after, again: false, tells_head };
        self.cursors.insert(topic, cursor);
        self.fall_behind(topic);
    }

    pub(super) fn end(&mut self, topic: Topic) {
        self.asked.remove(&topic);
        self.cursors.remove(&topic);
        self.behind.retain(|behind| *behind != topic);
        self.ear.unfollow(topic);
    }

    fn fall_behind(&mut self, topic: Topic) {
        if let Some(cursor) = self.cursors.get_mut(&topic) {
            // If it is already behind, it is queued or being read.
            if !std::mem::replace(&mut cursor.behind, true) {
                self.behind.push_back(topic);
            }
        }
    }

    /// The frame of an entry, if it is the next in order; else notes that there is something to read.
    pub(super) fn in_order(&mut self, push: &Push) -> Option<Bytes> {
        let cursor = self.cursors.get_mut(&push.topic)?;
        cursor.newest = cursor.newest.max(push.seq);
        if cursor.behind || push.seq <= cursor.at {
            return None;
        }
        match &push.frame {
            Some(frame) if push.seq == cursor.at.next() => {
                cursor.at = push.seq;
                Some(frame.clone())
            }
            _ => {
                self.fall_behind(push.topic);
                None
            }
        }
    }

    /// Whether a commit ends the access that this cursor's proof gives.
    pub(super) fn is_shut_by(&self, push: &Push) -> bool {
        let proved = self.cursors.get(&push.topic).and_then(|cursor| cursor.proved);
        matches!((push.revoked, proved), (Some(ended), Some(proved)) if ended >= proved)
    }

    pub(super) fn missed(&mut self, topics: HashSet<Topic>) {
        // In a fixed order, so that runs are reproducible.
        let mut topics: Vec<_> = topics.into_iter().collect();
        topics.sort_unstable();
        for topic in topics {
            if let Some(cursor) = self.cursors.get_mut(&topic) {
                cursor.again = true;
                self.fall_behind(topic);
            }
        }
    }

    /// What to read next, if nothing is being read.
    pub(super) fn next_read(&mut self) -> Option<Wanted> {
        if self.reading {
            return None;
        }
        let topic = self.behind.pop_front()?;
        let &Cursor { number, at, proved, .. } = self.cursors.get(&topic)?;
        self.reading = true;
        Some(Wanted { topic, number, after: at, proved })
    }

    /// A read finished; false if the subscription ended or restarted in the meantime.
    pub(super) fn was_read(&mut self, topic: Topic, number: u64) -> bool {
        self.reading = false;
        self.cursors.get(&topic).is_some_and(|cursor| cursor.number == number)
    }

    /// Whether to push the page even if nothing is new: the first page of a subscription states the topic's head.
    pub(super) fn tells_head(&mut self, topic: Topic) -> bool {
        self.cursors.get_mut(&topic).is_some_and(|cursor| std::mem::take(&mut cursor.tells_head))
    }

    /// The read failed: the topic goes back to the front of the queue.
    pub(super) fn put_back(&mut self, topic: Topic) {
        self.behind.push_front(topic);
    }

    /// A page was pushed: keeps reading until it reaches the newest known entry.
    pub(super) fn came_to(&mut self, topic: Topic, reached: Seq, head: Seq) {
        let Some(cursor) = self.cursors.get_mut(&topic) else { return };
        cursor.at = reached;
        cursor.behind = false;
        if std::mem::take(&mut cursor.again) || reached < head || reached < cursor.newest {
            self.fall_behind(topic);
        }
    }
}
