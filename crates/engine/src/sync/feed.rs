//! One group's log as it comes in, and its submissions as they go out. No I/O but its retry timer, which the actor sets:
//! the actor asks what to do next.

mod batches;
mod comparing;
mod incoming;
mod outbox;
mod subscription;

use std::collections::VecDeque;
use std::sync::Arc;

use conclave_delivery::AccessKey;
use conclave_group::ReadFrom;
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{Seq, wire};
use conclave_record::Submission;
use subscription::{Change, Subscription};
use tokio::time::Instant;

use super::marks::Mark;
use super::message::{Follow, Keys};
use super::place::Place;
use crate::backoff::Backoff;
use crate::ids::IdSource;
use crate::timer::{Timer, after_ms};

/// Entries that wait for a group's actor; the service is asked for more once they are handled.
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
    /// Sent on the present connection, and not answered yet.
    sent: bool,
    /// None where it never failed on this connection.
    retry: Option<Retry>,
}

/// A submission that had no answer. What comes after it waits as well.
#[derive(Debug, Clone)]
struct Retry {
    delays: Backoff,
    /// When it goes again.
    not_before: Instant,
    /// The service's last answer was to retry later.
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
    /// The service's log is not the one that was handled: compare them.
    Doubtful,
}

/// How far the present connection has shown a log's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// It has shown nothing yet.
    Unknown,
    /// The newest entry is here.
    Known(Seq),
    /// The same, and all that was there once was handled since the connection was made: what went without an answer on
    /// an earlier one, and was taken all the same, has been seen in the log.
    Reached(Seq),
}

impl Head {
    fn is_known(self) -> bool {
        self != Self::Unknown
    }

    fn is_reached(self) -> bool {
        matches!(self, Self::Reached(_))
    }

    /// Its place; the beginning while it is unknown.
    fn seq(self) -> Seq {
        match self {
            Self::Unknown => Seq(0),
            Self::Known(seq) | Self::Reached(seq) => seq,
        }
    }

    /// It is here.
    fn show(&mut self, seq: Seq) {
        *self = if self.is_reached() { Self::Reached(seq) } else { Self::Known(seq) };
    }
}

/// Whether the present connection has shown the entry at the cursor, which is how another log is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Not yet.
    Due,
    /// It is the one that was handled, or is not there any more.
    Done,
    /// The logs were compared on this connection, and what comes is taken: a service that shows something else each time
    /// would otherwise be compared for ever.
    Waived,
}

/// A batch that is with the group's actor.
#[derive(Debug)]
struct Handed {
    /// Its last entry; the cursor where it has none.
    upto: Seq,
    marks: Arc<[(Seq, Mark)]>,
}

/// One group's log and outbox. Its places are this client's: the service's sequence numbers and an offset, since a
/// service that was set back gives numbers again.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) from: ReadFrom,
    pub(super) key: AccessKey,
    /// The keys of former epochs, newest first: a service that was set back may know no later one.
    pub(super) former: Vec<AccessKey>,
    /// The number of the membership that it is of.
    pub(super) generation: u32,
    /// Distinguishes it from former feeds of the group.
    pub(super) life: u64,
    /// The last entry of a former membership: those of this one go after it.
    newest: Seq,
    /// What to add to the service's sequence numbers, and the marks of the newest entries up to the cursor.
    place: Place,
    subscription: Subscription,
    head: Head,
    check: Check,
    /// Entries for the group's actor, without a gap; at most [`BUFFER_MAX`].
    buffer: VecDeque<wire::LogEntry>,
    handed: Option<Handed>,
    /// The group's actor does not know of the head yet: the next batch goes to it even when empty.
    owes_head: bool,
    /// The entry that was due when a later one came. What lies between is asked for again, once: the second time it is
    /// past its retention, or withheld.
    missing: Option<Jump>,
    /// What a service that refuses the log has lost was reported to the group's actor.
    pub(super) loss_reported: bool,
    /// At most [`OUTBOX_MAX`](outbox::OUTBOX_MAX).
    outbox: VecDeque<Outgoing>,
    /// The newest place at which the service took something.
    echo_due: Seq,
    /// Retry delays.
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
            generation,
            life,
            newest: log.newest,
            place: Place::stored(cursor, &log),
            subscription: Subscription::Off,
            head: Head::Unknown,
            check: Check::Due,
            buffer: VecDeque::new(),
            handed: None,
            owes_head: false,
            missing: None,
            loss_reported: false,
            outbox: VecDeque::new(),
            echo_due: Seq(0),
            delays: Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX),
            retry: Timer::default(),
        }
    }

    fn change(&mut self, change: Change) {
        self.subscription = self.subscription.after(change);
    }

    /// When to retry what did not work: after a growing delay, and not before `at_least_ms`.
    pub(super) fn retry_at(&mut self, at_least_ms: u64, ids: &IdSource) -> Instant {
        after_ms(self.delays.next_ms(ids).max(at_least_ms))
    }

    /// The subscription is to be asked for, when there is a connection.
    pub(super) fn is_off(&self) -> bool {
        self.subscription.is_off()
    }

    /// The subscription is asked for. From where, in the service's numbers: on a new connection the entry at the cursor
    /// comes once more, where its mark is known. Not again: the key may open nothing after it, and then a refusal must
    /// come.
    pub(super) fn ask(&mut self) -> ReadFrom {
        self.change(Change::Ask);
        let ReadFrom::After(cursor) = self.from else { return self.from };
        let known = u64::from(self.check == Check::Due && self.place.marks.at(cursor).is_some());
        ReadFrom::After(Seq(cursor.0.saturating_sub(self.place.offset + known)))
    }

    /// The service granted the subscription.
    pub(super) fn granted(&mut self) {
        self.change(Change::Grant);
        self.delays.reset();
    }

    /// The subscription failed, or the service refuses it to this client.
    pub(super) fn failed(&mut self, refused: bool) {
        self.change(if refused { Change::Refuse } else { Change::Fail });
    }

    /// The subscription is over: a newer epoch must be proved after this entry. True: it was handled already; subscribe
    /// again now.
    #[must_use]
    pub(super) fn pause(&mut self, after: Seq) -> bool {
        let after = self.place.here(after.0);
        let handled = matches!(self.from, ReadFrom::After(seq) if seq >= after) && self.is_idle();
        if !handled {
            self.change(Change::Pause);
        }
        handled
    }

    /// The connection is gone: what was in the buffer comes again.
    pub(super) fn disconnected(&mut self) {
        self.owes_head |= !self.at_head() || self.waits_for_echo();
        self.change(Change::Disconnect);
        self.head = Head::Unknown;
        self.check = Check::Due;
        self.missing = None;
        self.buffer.clear();
        self.outbox.iter_mut().for_each(Outgoing::disconnected);
        self.delays.reset();
        self.retry.cancel();
    }

    /// The group's actor could not take a batch: it comes again from the cursor.
    pub(super) fn not_now(&mut self) {
        self.change(Change::Reread);
        self.handed = None;
        self.owes_head = true;
        self.buffer.clear();
    }

    /// The group's machine was loaded: it must know of the head.
    pub(super) fn want_head(&mut self) {
        self.owes_head = true;
    }

    /// Whether the key is the newest that the group's machine has, and everything that it opens was handled: then a
    /// refusal is about this client, and not about an epoch that is on its way.
    pub(super) fn has_read_all(&self) -> bool {
        self.is_idle()
    }

    /// Whether the log has not shown yet all that was taken on this connection and former ones.
    fn waits_for_echo(&self) -> bool {
        match self.from {
            ReadFrom::After(cursor) => cursor < self.echo_due,
            ReadFrom::StartOf(_) => false,
        }
    }

    fn is_idle(&self) -> bool {
        self.handed.is_none() && self.buffer.is_empty()
    }

    fn at_head(&self) -> bool {
        match self.from {
            ReadFrom::After(seq) => seq >= self.head.seq(),
            ReadFrom::StartOf(_) => false,
        }
    }

    fn note_head(&mut self) {
        if self.head.is_known() && self.is_idle() && self.at_head() {
            self.head = Head::Reached(self.head.seq());
        }
    }
}

#[cfg(test)]
mod tests;
