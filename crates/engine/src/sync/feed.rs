//! One group's log as it comes in, and its submissions as they go out. No I/O: the actor asks it what to do next.

mod batches;
mod comparing;
mod incoming;
mod outbox;

use std::collections::VecDeque;

use conclave_delivery::AccessKey;
use conclave_group::{ReadFrom, Submission};
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{Seq, SubmissionId, wire};
use tokio::time::Instant;

use super::marks::Mark;
use super::message::{Follow, Keys};
use super::place::Place;
use crate::backoff::Backoff;
use crate::ids::IdSource;
use crate::timer::{Timer, after_ms};

/// Entries waiting for a group's actor; what comes beyond is read again from the service later.
const BUFFER_MAX: usize = 4 * LOG_ENTRIES_MAX;

/// First retry delay; doubles each time.
const RETRY_MS_MIN: u64 = 1_000;
/// Longest retry delay.
const RETRY_MS_MAX: u64 = 300_000;

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
    /// Retry delays of what did not work.
    delays: Backoff,
    /// The next retry.
    pub(super) retry: Timer,
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
            delays: Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX),
            retry: Timer::default(),
        }
    }

    /// Something did not work: when it is tried again, after a growing delay and not before `at_least_ms`.
    pub(super) fn try_again(&mut self, at_least_ms: u64, ids: &IdSource) -> Instant {
        after_ms(self.delays.next_ms(ids).max(at_least_ms))
    }

    /// The service answered as it should.
    pub(super) fn works(&mut self) {
        self.delays.reset();
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
        self.delays.reset();
        self.retry.cancel();
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

    /// Whether the log has not shown yet all that was taken on this connection and former ones.
    fn waits_for_echo(&self) -> bool {
        match self.from {
            ReadFrom::After(cursor) => cursor < self.echo_due,
            ReadFrom::StartOf(_) => false,
        }
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

    fn is_idle(&self) -> bool {
        self.in_flight.is_none() && self.buffer.is_empty()
    }

    fn at_head(&self) -> bool {
        match self.from {
            ReadFrom::After(seq) => seq >= self.head,
            ReadFrom::StartOf(_) => false,
        }
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

/// The id of a submission.
pub(super) fn submission_id(submission: &Submission) -> SubmissionId {
    match submission {
        Submission::Commit { submission, .. } | Submission::Entry { submission, .. } => *submission,
    }
}

#[cfg(test)]
mod tests;
