//! Pushes: what is new as it comes, and what a cursor is behind by, from storage.

use std::sync::Arc;

use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::wire::{self, server_frame};
use conclave_protocol::{GroupId, Seq};
use futures::FutureExt;

use super::following::{Following, Wanted};
use super::{Closed, Connection, EVENTS_AT_ONCE, Finished};
use crate::delivery::hub::{Event, Heard, Topic};
use crate::delivery::{inbox, read};
use crate::refusal::Refusal;
use crate::storage::StoredEntry;

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

impl Connection {
    /// Reads for the next topic that is behind, if nothing is being read.
    pub(super) fn read_behind(&mut self) {
        let Some(Wanted { topic, number, after: at, proved }) = self.following.next_read() else { return };
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
        if !self.following.was_read(topic, number) {
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
        self.following.came_to(topic, reached, head);
        if paused { self.pause(log, reached).await } else { Ok(()) }
    }

    async fn push_welcomes(&mut self, topic: Topic, part: inbox::Part) -> Result<(), Closed> {
        let (reached, head) = (part.reached, part.head);
        if !part.entries.is_empty() {
            self.outgoing.send(0, server_frame::Body::InboxEntries(part.into_wire())).await?;
        }
        self.following.came_to(topic, reached, head);
        Ok(())
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
            next = if *left == 0 { None } else { following.heard() };
        }
        None
    }
}
