//! Batches for the group's actor, one at a time, and its answers.

use std::sync::Arc;

use conclave_group::ReadFrom;
use conclave_protocol::Seq;
use conclave_protocol::limits::LOG_ENTRIES_MAX;

use super::subscription::{Change, Subscription};
use super::{Feed, Handed};
use crate::sync::marks::Mark;
use crate::sync::message::{Keys, LogBatch};

impl Feed {
    /// The next batch for the group's actor, if there is one and the actor is free.
    pub(in crate::sync) fn next_batch(&mut self) -> Option<LogBatch> {
        let news = !self.buffer.is_empty() || (self.owes_head && self.head.is_known() && self.at_head());
        if self.handed.is_some() || !news || self.subscription.is_doubtful() {
            return None;
        }
        let remaining = self.remaining();
        let take = self.buffer.len().min(LOG_ENTRIES_MAX);
        let entries: Vec<_> = self.buffer.drain(..take).collect();
        let at_head = self.buffer.is_empty() && entries.last().is_none_or(|e| Seq(e.seq) >= self.head.seq());
        if at_head {
            self.owes_head = false;
        }
        let upto = match (entries.last(), self.from) {
            (Some(last), _) => Seq(last.seq),
            (None, ReadFrom::After(cursor)) => cursor,
            (None, ReadFrom::StartOf(_)) => Seq(0),
        };
        let marks: Arc<[_]> = entries.iter().map(|entry| (Seq(entry.seq), Mark::of(entry))).collect();
        self.handed = Some(Handed { upto, marks: Arc::clone(&marks) });
        Some(LogBatch { entries, marks, at_head, remaining, offset: self.place.offset })
    }

    fn remaining(&self) -> u64 {
        let from = match (self.buffer.front(), self.from) {
            (Some(entry), _) => entry.seq.saturating_sub(1),
            (None, ReadFrom::After(seq)) => seq.0,
            (None, ReadFrom::StartOf(_)) => self.head.seq().0,
        };
        self.head.seq().0.saturating_sub(from)
    }

    /// The actor has handled a batch. True: subscribe (again) with the new key.
    pub(in crate::sync) fn done(&mut self, from: ReadFrom, keys: Keys) -> bool {
        let handed = self.handed.take();
        let newer = keys.present.epoch() > self.key.epoch();
        (self.from, self.key, self.former) = (from, keys.present, keys.former);
        if let ReadFrom::After(cursor) = from {
            while self.buffer.front().is_some_and(|e| Seq(e.seq) <= cursor) {
                self.buffer.pop_front();
            }
            if let Some(Handed { upto, marks }) = handed {
                self.place.marks.extend(&marks, cursor);
                if cursor < upto {
                    // It handled a part; the rest is read again.
                    self.not_now();
                    return true;
                }
            }
        }
        self.note_head();
        let resumes = match self.subscription {
            Subscription::Paused => newer,
            Subscription::Overflowed => self.buffer.is_empty(),
            state => return state.is_off(),
        };
        if resumes {
            self.change(Change::Ask);
        }
        resumes
    }
}
