//! What a connection follows: a cursor for each log, and for the inbox.
//!
//! New entries that come in order are handed on as they are. At any gap the cursor is *behind*: it is read up from
//! storage, one page at a time and one topic at a time, as fast as the client takes it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::wire::{self, server_frame};
use conclave_protocol::{Epoch, GroupId, Seq};
use futures::FutureExt;

use super::{Closed, Connection, EVENTS_AT_ONCE, Finished};
use crate::delivery::hub::{Ear, Event, Heard, Hub, Topic};
use crate::delivery::{inbox, read};
use crate::refusal::Refusal;
use crate::storage::StoredEntry;

/// A subscription that may begin.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) topic: Topic,
    /// Which request it was: only the last one asked for begins.
    pub(super) number: u64,
    pub(super) after: Seq,
    /// The epoch proved, of a log.
    pub(super) proved: Option<Epoch>,
}

#[derive(Debug)]
struct Cursor {
    number: u64,
    /// The last entry pushed.
    at: Seq,
    proved: Option<Epoch>,
    /// There may be entries that must be read from storage.
    behind: bool,
    /// The newest entry heard of.
    newest: Seq,
    /// Something was missed while a page was being read, perhaps too early for it.
    again: bool,
}

pub(super) struct Following {
    ear: Ear,
    cursors: HashMap<Topic, Cursor>,
    /// Subscriptions asked for and not begun; at most as many as requests in flight.
    asked: HashMap<Topic, u64>,
    /// Topics behind, in turn; each is in here once.
    behind: VecDeque<Topic>,
    reading: bool,
    next: u64,
    most: usize,
}

/// A page read from storage for a cursor.
pub(super) struct Read {
    topic: Topic,
    number: u64,
    page: Result<Page, Refusal>,
}

enum Page {
    Log(GroupId, read::Part),
    Inbox(inbox::Part),
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

    /// Whether one more may be followed, or this one again.
    pub(super) fn has_room(&self, topic: Topic) -> bool {
        let taken = |topic: &Topic| self.cursors.contains_key(topic) || self.asked.contains_key(topic);
        let new = self.asked.keys().filter(|asked| !self.cursors.contains_key(asked)).count();
        taken(&topic) || self.cursors.len() + new < self.most
    }

    /// A subscription is asked for; what was asked for before no longer counts.
    pub(super) fn ask(&mut self, topic: Topic) -> u64 {
        self.next += 1;
        self.asked.insert(topic, self.next);
        self.next
    }

    /// A subscription was refused.
    pub(super) fn withdraw(&mut self, number: u64) {
        self.asked.retain(|_, asked| *asked != number);
    }

    /// A subscription begins, in place of the one before.
    pub(super) fn begin(&mut self, start: &Start) {
        let &Start { topic, number, after, proved } = start;
        if self.asked.get(&topic) != Some(&number) {
            return;
        }
        self.asked.remove(&topic);
        // First followed and then read, so that nothing falls between.
        self.ear.follow(topic);
        let cursor = Cursor { number, at: after, proved, behind: false, newest: after, again: false };
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
            // One that is behind already waits in turn or is being read.
            if !std::mem::replace(&mut cursor.behind, true) {
                self.behind.push_back(topic);
            }
        }
    }

    /// The entry, if it is the very next one; else remembers that there is something to read.
    fn in_order(&mut self, event: &Event) -> Option<StoredEntry> {
        let cursor = self.cursors.get_mut(&event.topic)?;
        cursor.newest = cursor.newest.max(event.seq);
        if cursor.behind || event.seq <= cursor.at {
            return None;
        }
        match &event.entry {
            Some(entry) if event.seq == cursor.at.next() => {
                cursor.at = event.seq;
                Some(entry.clone())
            }
            _ => {
                self.fall_behind(event.topic);
                None
            }
        }
    }

    /// Whether a commit ends what this cursor's proof opens.
    fn is_shut_by(&self, event: &Event) -> bool {
        let proved = self.cursors.get(&event.topic).and_then(|cursor| cursor.proved);
        matches!((event.revoked, proved), (Some(ended), Some(proved)) if ended >= proved)
    }

    fn missed(&mut self, topics: HashSet<Topic>) {
        // In a fixed order, so that a run can be repeated.
        let mut topics: Vec<_> = topics.into_iter().collect();
        topics.sort_unstable();
        for topic in topics {
            if let Some(cursor) = self.cursors.get_mut(&topic) {
                cursor.again = true;
                self.fall_behind(topic);
            }
        }
    }
}

impl Connection {
    /// Reads for the next topic that is behind, if nothing is being read.
    pub(super) fn read_behind(&mut self) {
        let following = &mut self.following;
        if following.reading {
            return;
        }
        let Some(topic) = following.behind.pop_front() else { return };
        let Some(&Cursor { number, at, proved, .. }) = following.cursors.get(&topic) else { return };
        following.reading = true;
        let page = self.admitted.shared.read(move |_, tables| match topic {
            Topic::Log(log) => {
                let proved = proved.unwrap_or_default();
                Ok(Page::Log(log, read::next_part(tables, &log, proved, at)?))
            }
            Topic::Inbox(id) => Ok(Page::Inbox(inbox::page(tables, &id, at, 0)?)),
        });
        self.in_flight.push(page.map(move |page| Finished::Read(Read { topic, number, page })).boxed());
    }

    pub(super) async fn read_done(&mut self, read: Read) -> Result<(), Closed> {
        let Read { topic, number, page } = read;
        self.following.reading = false;
        // Ended or begun anew in the meantime.
        if self.following.cursors.get(&topic).is_none_or(|cursor| cursor.number != number) {
            return Ok(());
        }
        match page {
            Ok(Page::Log(log, part)) => self.push_part(log, part).await,
            Ok(Page::Inbox(part)) => self.push_welcomes(topic, part).await,
            // Nothing is skipped: the client comes again with its cursor.
            Err(_) => Err(Closed),
        }
    }

    async fn push_part(&mut self, log: GroupId, part: read::Part) -> Result<(), Closed> {
        let topic = Topic::Log(log);
        let (reached, head, paused) = (part.reached, part.head, part.paused);
        if !part.entries.is_empty() {
            self.outgoing.send(0, server_frame::Body::LogEntries(part.into_wire(&log))).await?;
        }
        self.came_to(topic, reached, head);
        if paused { self.pause(log, reached).await } else { Ok(()) }
    }

    async fn push_welcomes(&mut self, topic: Topic, part: inbox::Part) -> Result<(), Closed> {
        let (reached, head) = (part.reached, part.head);
        if !part.entries.is_empty() {
            self.outgoing.send(0, server_frame::Body::InboxEntries(part.into_wire())).await?;
        }
        self.came_to(topic, reached, head);
        Ok(())
    }

    /// A page was pushed: goes on reading until nothing newer is known of.
    fn came_to(&mut self, topic: Topic, reached: Seq, head: Seq) {
        let Some(cursor) = self.following.cursors.get_mut(&topic) else { return };
        cursor.at = reached;
        cursor.behind = false;
        if std::mem::take(&mut cursor.again) || reached < head || reached < cursor.newest {
            self.following.fall_behind(topic);
        }
    }

    async fn pause(&mut self, log: GroupId, after: Seq) -> Result<(), Closed> {
        self.following.end(Topic::Log(log));
        let paused = wire::LogPaused { log: log.as_bytes().to_vec().into(), after: after.0 };
        self.outgoing.send(0, server_frame::Body::LogPaused(paused)).await
    }

    /// Pushes what is new; entries of one log that come together go in one frame.
    pub(super) async fn heard(&mut self, heard: Heard) -> Result<(), Closed> {
        let mut event = match heard {
            Heard::New(event) => Some(event),
            Heard::Missed(topics) => {
                self.following.missed(topics);
                None
            }
        };
        let mut left = EVENTS_AT_ONCE.min(LOG_ENTRIES_MAX);
        while let Some(first) = event.take() {
            let mut run = Run::default();
            event = run.collect(&mut self.following, first, &mut left);
            self.push_run(run).await?;
        }
        Ok(())
    }

    async fn push_run(&mut self, run: Run) -> Result<(), Closed> {
        let Some((log, head)) = run.entries.last().and_then(|last| Some((run.log?, last.seq))) else {
            return Ok(());
        };
        let body = read::log_entries(&log, run.entries, false, head);
        self.outgoing.send(0, server_frame::Body::LogEntries(body)).await?;
        if run.shut { self.pause(log, head).await } else { Ok(()) }
    }
}

/// Entries of one log in order, for one frame.
#[derive(Default)]
struct Run {
    log: Option<GroupId>,
    entries: Vec<StoredEntry>,
    shut: bool,
}

impl Run {
    /// Takes events while they are of one log; the first of another is given back.
    fn collect(
        &mut self,
        following: &mut Following,
        first: Arc<Event>,
        left: &mut usize,
    ) -> Option<Arc<Event>> {
        let mut next = Some(first);
        while let Some(event) = next {
            match event.topic {
                Topic::Log(log) if self.log.is_none_or(|mine| mine == log) && !self.shut => {
                    self.log = Some(log);
                }
                Topic::Log(_) => return Some(event),
                Topic::Inbox(_) => {}
            }
            if let Some(entry) = following.in_order(&event) {
                self.shut = following.is_shut_by(&event);
                self.entries.push(entry);
            }
            *left = left.saturating_sub(1);
            next = if *left == 0 { None } else { following.ear.heard() };
        }
        None
    }
}
