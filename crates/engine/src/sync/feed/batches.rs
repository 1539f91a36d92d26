//! Batches for the group's actor, one at a time, and what it answers.

use conclave_group::ReadFrom;
use conclave_protocol::Seq;
use conclave_protocol::limits::LOG_ENTRIES_MAX;

use super::Feed;
use crate::sync::marks::Mark;
use crate::sync::message::{Keys, LogBatch};

impl Feed {
    /// The next batch for the group's actor, if there is one and the actor is free.
    pub(in crate::sync) fn next_batch(&mut self) -> Option<LogBatch> {
        let news = !self.buffer.is_empty() || (self.tell_head && self.heard && self.at_head());
        if self.in_flight.is_some() || !news || self.doubt {
            return None;
        }
        let remaining = self.remaining();
        let take = self.buffer.len().min(LOG_ENTRIES_MAX);
        let entries: Vec<_> = self.buffer.drain(..take).collect();
        let at_head = self.buffer.is_empty() && entries.last().is_none_or(|e| Seq(e.seq) >= self.head);
        if at_head {
            self.tell_head = false;
        }
        let last = entries.last().map(|entry| Seq(entry.seq));
        self.in_flight = last.or(match self.from {
            ReadFrom::After(seq) => Some(seq),
            ReadFrom::StartOf(_) => Some(Seq(0)),
        });
        self.handed = entries.iter().map(|entry| (Seq(entry.seq), Mark::of(entry))).collect();
        Some(LogBatch { entries, at_head, remaining, offset: self.place.offset })
    }

    fn remaining(&self) -> u64 {
        let from = match (self.buffer.front(), self.from) {
            (Some(entry), _) => entry.seq.saturating_sub(1),
            (None, ReadFrom::After(seq)) => seq.0,
            (None, ReadFrom::StartOf(_)) => self.head.0,
        };
        self.head.0.saturating_sub(from)
    }

    /// The actor is done with a batch. True: subscribe (again) with the new key.
    pub(in crate::sync) fn done(&mut self, from: ReadFrom, keys: Keys) -> bool {
        let handed = self.in_flight.take();
        let newer = keys.present.epoch() > self.key.epoch();
        (self.from, self.key, self.former) = (from, keys.present, keys.former);
        let marks = std::mem::take(&mut self.handed);
        if let ReadFrom::After(cursor) = from {
            marks
                .into_iter()
                .filter(|(seq, _)| *seq <= cursor)
                .for_each(|(seq, mark)| self.place.marks.push(seq, mark));
        }
        if let ReadFrom::After(cursor) = from {
            while self.buffer.front().is_some_and(|e| Seq(e.seq) <= cursor) {
                self.buffer.pop_front();
            }
        }
        if let (ReadFrom::After(cursor), Some(handed)) = (from, handed)
            && cursor < handed
        {
            // It took a part, and wants to read the rest again.
            self.not_now();
            return true;
        }
        self.note_head();
        let wanted = (self.paused && newer) || (self.overflowed && self.buffer.is_empty());
        if wanted {
            self.paused = false;
            self.overflowed = false;
        }
        wanted || !self.subscribed
    }
}
