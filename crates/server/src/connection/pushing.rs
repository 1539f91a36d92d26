//! Pushes: new entries as they arrive, and from storage what a cursor is behind by.

use std::sync::Arc;
use std::time::Duration;

use conclave_protocol::wire::{self, server_frame};
use conclave_protocol::{GroupId, Seq};
use futures::FutureExt;
use tokio::time::Instant;

use super::answers::Large;
use super::following::Wanted;
use super::{Connection, EVENTS_AT_ONCE, End, Finished};
use crate::delivery::hub::{Heard, Push, Topic};
use crate::delivery::{inbox, read};
use crate::refusal::Refusal;

/// First and longest delay before a read is retried.
const AGAIN: Duration = Duration::from_millis(100);
const AGAIN_MAX: Duration = Duration::from_secs(5);

/// A page read from storage for a cursor.
pub(super) struct Read {
    wanted: Wanted,
    page: Result<(Page, Large), Refusal>,
}

enum Page {
    Log(GroupId, read::Part),
    Inbox(inbox::Part),
}

impl Page {
    fn bytes(&self) -> usize {
        match self {
            Self::Log(_, part) => part.bytes(),
            Self::Inbox(part) => part.bytes(),
        }
    }
}

impl Connection {
    /// Reads for the next topic that is behind, unless a read is in progress.
    pub(super) fn read_behind(&mut self) {
        if self.read_again.is_some() {
            return;
        }
        let Some(wanted) = self.following.next_read() else { return };
        let Wanted { topic, after: at, proved, .. } = wanted;
        let (answers, shared) = (self.answers.clone(), Arc::clone(self.shared()));
        let read = async move {
            let read = move |tables: &dyn crate::storage::Tables, bytes| match topic {
                Topic::Log(log) => {
                    let proved = proved.unwrap_or_default();
                    Ok(Page::Log(log, read::next_part(tables, &log, proved, at, bytes)?))
                }
                Topic::Inbox(id) => Ok(Page::Inbox(inbox::page(tables, &id, at, 0, bytes)?)),
            };
            let page = answers.read(&shared, read, Page::bytes).await;
            Finished::Read(Read { wanted, page })
        };
        self.in_flight.push(read.boxed());
    }

    pub(super) async fn read_done(&mut self, read: Read) -> Result<(), End> {
        let Read { wanted: Wanted { topic, number, after, .. }, page } = read;
        if !self.following.was_read(topic, number) {
            return Ok(());
        }
        match (page, topic) {
            (Ok((page, large)), _) => {
                (self.in_vain, self.read_again) = (0, None);
                match page {
                    Page::Log(log, part) => self.push_part(log, part, large).await,
                    Page::Inbox(part) => self.push_welcomes(topic, part, large).await,
                }
            }
            (Err(Refusal::Busy(_) | Refusal::RateLimited(_)), _) => {
                self.following.put_back(topic);
                let wait = AGAIN_MAX.min(AGAIN * 2_u32.saturating_pow(self.in_vain));
                self.in_vain += 1;
                self.read_again = Some(Instant::now() + wait);
                Ok(())
            }
            // The log is gone: the client subscribes again and learns that.
            (Err(Refusal::NoSuchLog), Topic::Log(log)) => self.pause(log, after).await,
            // Nothing is skipped: the client subscribes again with its cursor.
            (Err(refusal), _) => {
                self.refuse(0, &refusal).await?;
                Err(End::Failed)
            }
        }
    }

    async fn push_part(&mut self, log: GroupId, part: read::Part, large: Large) -> Result<(), End> {
        let topic = Topic::Log(log);
        let (reached, head, paused) = (part.reached, part.head, part.paused);
        if self.following.tells_head(topic) || !part.entries.is_empty() {
            let body = server_frame::Body::LogEntries(part.into_wire(&log));
            self.outgoing.send(0, body, Some(large)).await?;
        }
        self.following.came_to(topic, reached, head);
        if paused { self.pause(log, reached).await } else { Ok(()) }
    }

    async fn push_welcomes(&mut self, topic: Topic, part: inbox::Part, large: Large) -> Result<(), End> {
        let (reached, head) = (part.reached, part.head);
        if self.following.tells_head(topic) || !part.entries.is_empty() {
            let body = server_frame::Body::InboxEntries(part.into_wire());
            self.outgoing.send(0, body, Some(large)).await?;
        }
        self.following.came_to(topic, reached, head);
        Ok(())
    }

    async fn pause(&mut self, log: GroupId, after: Seq) -> Result<(), End> {
        self.following.end(Topic::Log(log));
        let paused = wire::LogPaused { log: log.as_bytes().to_vec().into(), after: after.0 };
        self.outgoing.send(0, server_frame::Body::LogPaused(paused), None).await
    }

    /// Pushes this event and any others that are ready.
    pub(super) async fn heard(&mut self, heard: Heard) -> Result<(), End> {
        let mut next = match heard {
            Heard::New(push) => Some(push),
            Heard::Missed(topics) => {
                self.following.missed(topics);
                None
            }
        };
        for _ in 0..EVENTS_AT_ONCE {
            let Some(push) = next.take() else { break };
            self.push(&push).await?;
            next = self.following.heard();
        }
        match next {
            Some(push) => self.push(&push).await,
            None => Ok(()),
        }
    }

    /// Pushes an entry in the frame shared by all followers, if it is the next in order.
    async fn push(&mut self, push: &Push) -> Result<(), End> {
        let Some(frame) = self.following.in_order(push) else { return Ok(()) };
        let shut = self.following.is_shut_by(push);
        self.outgoing.send_encoded(frame).await?;
        self.shared().counters.push();
        match push.topic {
            Topic::Log(log) if shut => self.pause(log, push.seq).await,
            _ => Ok(()),
        }
    }
}
