//! One group's log as it comes in, and its submissions as they go out. No I/O: the actor asks it what to do next.

mod outbox;

use std::collections::VecDeque;
use std::time::Duration;

use conclave_delivery::{AccessKey, LogPage, ReadFrom};
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{Seq, wire};
use conclave_record::Submission;
use tokio::time::Instant;

use super::marks::Mark;
use super::message::{Follow, Keys, LogBatch};
use super::place::Place;
use super::set_back::Known;
use crate::backoff::Backoff;
use crate::ids::IdSource;

/// Entries waiting for a group's actor; what comes beyond is read again from the service later.
const BUFFER_MAX: usize = 4 * LOG_ENTRIES_MAX;

/// What did not work is tried again after so long, doubling.
const AGAIN_MS_MIN: u64 = 1_000;
/// The longest such wait.
const AGAIN_MS_MAX: u64 = 300_000;

/// A submission under way.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) key: AccessKey,
    pub(super) submission: Submission,
    /// Handed to the present connection, and not answered yet.
    sent: bool,
    /// It had no answer: not before then again, and nothing that comes after it either.
    not_before: Option<Instant>,
    /// How long to wait before it goes again; none where it never failed on this connection.
    waits: Option<Backoff>,
    /// The last answer to it was to come again later.
    put_off: bool,
}

/// From the entry that was due to the one that came.
type Jump = (u64, u64);

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It was taken, as far as there was room.
    Taken,
    /// Something is missing before it: subscribe again.
    Gap,
    /// The log is not the one that was handled: compare the two.
    Doubtful,
}

/// One group's log and outbox. Its places are this client's: the service's sequence numbers and an offset, since a
/// service that was set back gives numbers again.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) from: ReadFrom,
    pub(super) key: AccessKey,
    /// The keys of former epochs, newest first: a service that was set back may know no later one.
    pub(super) former: Vec<AccessKey>,
    /// What comes of a membership goes after this entry of a former one.
    newest: Seq,
    /// What to add to the service's sequence numbers, and how the newest entries up to the cursor looked.
    place: Place,
    /// Likewise, of those that are with the group's actor.
    handed: Vec<(Seq, Mark)>,
    /// The present connection has shown that the entry at the cursor is the one that was handled, or has it no more.
    compared: bool,
    /// It was compared on this connection, and is read on as it comes: a service that says something else each time would
    /// otherwise never be done with.
    overlook: bool,
    /// The log is not the one that was handled: nothing is taken, and nothing sent, until the two were compared.
    doubt: bool,
    /// They are being compared.
    comparing: bool,
    /// The newest place at which the service took something.
    echo_due: Seq,
    /// It was told what a service that can't be followed any more has lost.
    pub(super) told_lost: bool,
    /// The number of the membership that it is of.
    pub(super) generation: u32,
    /// Tells it from former feeds of the same group.
    pub(super) life: u64,
    /// A subscription of the present connection brings entries.
    pub(super) subscribed: bool,
    /// The subscription waits for the proof of a newer epoch.
    paused: bool,
    /// A batch is with the group's actor: it goes up to here.
    in_flight: Option<Seq>,
    /// The next batch must be handed on even when empty: the actor has not heard of the head yet.
    tell_head: bool,
    /// Entries were dropped for want of room: subscribe again once the buffer is empty.
    overflowed: bool,
    /// The present subscription has brought something, if only where the head is.
    heard: bool,
    /// Since the present connection, everything up to the head was handled: what went without an answer on an earlier
    /// one, and was taken all the same, has been seen in the log.
    caught_up: bool,
    /// The entry that was due when a later one came. What lies between is asked for again, once: the second time it is
    /// past its retention, or withheld.
    missing: Option<Jump>,
    buffer: VecDeque<wire::LogEntry>,
    head: Seq,
    outbox: VecDeque<Outgoing>,
    /// The service does not hand out the log to this client: nothing is sent to it either.
    pub(super) shut: bool,
    /// How long to wait before the next try of what did not work.
    waits: Backoff,
    /// When something is to be tried again; one such time a feed.
    again_at: Option<Instant>,
}

impl Feed {
    /// Of the membership of this number; `life` is this feed's own number.
    pub(super) fn new(start: Follow, generation: u32, life: u64) -> Self {
        let Follow { from, keys: Keys { present: key, former }, log } = start;
        let cursor = match from {
            ReadFrom::After(seq) => seq,
            ReadFrom::StartOf(_) => Seq(0),
        };
        Self {
            from,
            key,
            former,
            newest: log.newest,
            place: Place::stored(cursor, &log),
            handed: Vec::new(),
            compared: false,
            overlook: false,
            doubt: false,
            comparing: false,
            echo_due: Seq(0),
            told_lost: false,
            generation,
            life,
            subscribed: false,
            paused: false,
            in_flight: None,
            tell_head: false,
            overflowed: false,
            heard: false,
            caught_up: false,
            missing: None,
            buffer: VecDeque::new(),
            head: Seq(0),
            outbox: VecDeque::new(),
            shut: false,
            waits: Backoff::between(AGAIN_MS_MIN, AGAIN_MS_MAX),
            again_at: None,
        }
    }

    /// Something did not work: it is tried again after a growing wait, and not before `at_least_ms`. The time at which
    /// the caller says [`TryAgain`](super::actor::TryAgain); none where that is set for earlier already.
    pub(super) fn try_again(&mut self, at_least_ms: u64, ids: &IdSource) -> Option<Instant> {
        let wait = Duration::from_millis(self.waits.next_ms(ids).max(at_least_ms));
        self.try_again_at(Instant::now() + wait)
    }

    /// As [`Feed::try_again`], at a time that is known.
    pub(super) fn try_again_at(&mut self, at: Instant) -> Option<Instant> {
        if self.again_at.is_some_and(|earlier| earlier <= at) {
            return None;
        }
        self.again_at = Some(at);
        Some(at)
    }

    /// The time came that was set for another try. False where another time was set since.
    #[must_use]
    pub(super) fn is_time(&mut self, at: Instant) -> bool {
        let is = self.again_at == Some(at);
        if is {
            self.again_at = None;
        }
        is
    }

    /// The service answered as it should.
    pub(super) fn works(&mut self) {
        self.waits.reset();
    }

    /// The connection is gone: what was in the buffer comes again.
    pub(super) fn disconnected(&mut self) {
        self.tell_head |= !self.at_head() || self.waits_for_echo();
        self.subscribed = false;
        self.heard = false;
        self.compared = false;
        self.overlook = false;
        self.doubt = false;
        self.caught_up = false;
        self.paused = false;
        self.overflowed = false;
        self.missing = None;
        self.buffer.clear();
        for outgoing in &mut self.outbox {
            outgoing.sent = false;
            outgoing.not_before = None;
            outgoing.waits = None;
            outgoing.put_off = false;
        }
        self.shut = false;
        self.waits.reset();
        self.again_at = None;
    }

    /// Whether the key is the newest that the group's machine has, and everything that it opens was handled: then a
    /// refusal is about this client, and not about an epoch that is on its way.
    pub(super) fn has_read_all(&self) -> bool {
        self.is_idle()
    }

    /// A subscription begins. From where, in the service's numbers: on a new connection the entry at the cursor comes once
    /// more, where it is known how it looked. Not again: the key may open nothing after it, and that is to be told.
    pub(super) fn begins(&mut self) -> ReadFrom {
        self.subscribed = true;
        let ReadFrom::After(cursor) = self.from else { return self.from };
        let known = u64::from(!self.compared && self.place.marks.at(cursor).is_some());
        ReadFrom::After(Seq(cursor.0.saturating_sub(self.place.offset + known)))
    }

    /// Takes what a subscription brought.
    #[must_use]
    pub(super) fn push(&mut self, page: LogPage) -> Pushed {
        if self.doubt || !self.subscribed {
            return Pushed::Taken;
        }
        self.place_after_former(&page);
        self.heard = true;
        // The newest word counts: a wrong one would otherwise be waited for till the end.
        self.head = self.place.here(page.head.0);
        if !self.is_same(&page) {
            self.doubt = true;
            self.buffer.clear();
            return Pushed::Doubtful;
        }
        for mut entry in page.entries {
            entry.seq = self.place.here(entry.seq).0;
            self.head = self.head.max(Seq(entry.seq));
            match self.due() {
                Some(due) if entry.seq < due => continue,
                Some(due) if entry.seq > due && !self.is_gone((due, entry.seq)) => {
                    self.overflowed = !self.is_idle();
                    return if self.is_idle() { Pushed::Gap } else { Pushed::Taken };
                }
                _ => {}
            }
            if self.buffer.len() >= BUFFER_MAX || self.overflowed {
                self.overflowed = true;
                return Pushed::Taken;
            }
            self.buffer.push_back(entry);
        }
        self.note_head();
        Pushed::Taken
    }

    /// The first that comes of a new membership goes after what is there of former ones.
    fn place_after_former(&mut self, page: &LogPage) {
        let begins = matches!(self.from, ReadFrom::StartOf(_)) && self.is_idle();
        if let Some(first) =
            page.entries.first().filter(|first| begins && self.place.here(first.seq) <= self.newest)
        {
            self.place.offset = (self.newest.0 + 1).saturating_sub(first.seq);
        }
    }

    /// Whether the log, as far as a page shows, is the one that was handled.
    fn is_same(&mut self, page: &LogPage) -> bool {
        let ReadFrom::After(cursor) = self.from else { return true };
        if self.head < cursor {
            return self.overlook;
        }
        if std::mem::replace(&mut self.compared, true) {
            return true;
        }
        let again = page.entries.iter().find(|entry| self.place.here(entry.seq) == cursor);
        again.is_none_or(|entry| self.place.marks.at(cursor).is_none_or(|mark| mark == Mark::of(entry)))
    }

    /// A submission was taken. Its place here: a later one, or that of an entry which looks so.
    pub(super) fn accepted(&mut self, place: Seq, mark: Mark) -> Option<Seq> {
        let here = self.place.here(place.0);
        self.echo_due = self.echo_due.max(here);
        self.place.marks.at(here).is_none_or(|known| known == mark).then_some(here)
    }

    /// Whether the log has not shown yet all that was taken on this connection and former ones.
    fn waits_for_echo(&self) -> bool {
        match self.from {
            ReadFrom::After(cursor) => cursor < self.echo_due,
            ReadFrom::StartOf(_) => false,
        }
    }

    /// The log is not the one that was handled.
    pub(super) fn doubt(&mut self) {
        self.doubt = true;
        self.buffer.clear();
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.doubt
    }

    /// What was handled.
    pub(super) fn known(&self) -> Option<Known> {
        let ReadFrom::After(cursor) = self.from else { return None };
        Some(Known { cursor, place: self.place.clone() })
    }

    /// What the service's log is to be compared with now; none where that is not needed, not possible yet, or under way.
    pub(super) fn begin_comparing(&mut self) -> Option<Known> {
        if !self.doubt || self.comparing || self.in_flight.is_some() {
            return None;
        }
        self.comparing = true;
        self.known()
    }

    /// The service's log was compared: subscribe again.
    pub(super) fn trust(&mut self) {
        self.overlook = true;
        self.compared = true;
        self.compare_later();
    }

    /// It could not be compared: subscribe again.
    pub(super) fn compare_later(&mut self) {
        self.comparing = false;
        self.doubt = false;
        self.not_now();
    }

    /// The group's actor knows that the service was set back; its log goes on from here.
    pub(super) fn was_set_back(&mut self, kept: Seq, from: ReadFrom, keys: Keys) {
        let (ReadFrom::After(was), ReadFrom::After(cursor)) = (self.from, from) else { return };
        if cursor > was {
            self.place.set_back(kept, cursor);
        }
        (self.from, self.key, self.former) = (from, keys.present, keys.former);
    }

    /// The subscription is over: a newer epoch must be proved after this entry. True: it was handled already; subscribe
    /// again now.
    #[must_use]
    pub(super) fn pause(&mut self, after: Seq) -> bool {
        let after = self.place.here(after.0);
        let handled = matches!(self.from, ReadFrom::After(seq) if seq >= after);
        self.paused = !(handled && self.is_idle());
        !self.paused
    }

    fn note_head(&mut self) {
        self.caught_up |= self.heard && self.is_idle() && self.at_head();
    }

    /// The number of the entry after those that are here; not known right after a join.
    fn due(&self) -> Option<u64> {
        let cursor = match self.from {
            ReadFrom::After(seq) => Some(seq.0),
            ReadFrom::StartOf(_) => None,
        };
        let last = self.buffer.back().map(|entry| entry.seq);
        last.or(self.in_flight.map(|seq| seq.0)).or(cursor).map(|seq| seq + 1)
    }

    /// Whether what a jump passes over was asked for again, and did not come.
    fn is_gone(&mut self, jump: Jump) -> bool {
        self.missing.replace(jump) == Some(jump)
    }

    fn is_idle(&self) -> bool {
        self.in_flight.is_none() && self.buffer.is_empty()
    }

    /// The next batch for the group's actor, if there is one and the actor is free.
    pub(super) fn next_batch(&mut self) -> Option<LogBatch> {
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

    fn at_head(&self) -> bool {
        match self.from {
            ReadFrom::After(seq) => seq >= self.head,
            ReadFrom::StartOf(_) => false,
        }
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
    pub(super) fn done(&mut self, from: ReadFrom, keys: Keys) -> bool {
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

    /// The actor could not take the batch: it comes again from the cursor.
    pub(super) fn not_now(&mut self) {
        self.in_flight = None;
        self.subscribed = false;
        self.tell_head = true;
        self.overflowed = false;
        self.buffer.clear();
    }

    /// The group's machine was loaded: it must hear of the head.
    pub(super) fn want_head(&mut self) {
        self.tell_head = true;
    }
}

#[cfg(test)]
mod tests;
