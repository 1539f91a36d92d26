//! One group's log as it comes in, and its submissions as they go out. No I/O: the actor asks it what to do next.

use std::collections::VecDeque;
use std::time::Duration;

use conclave_delivery::{AccessKey, LogPage, ReadFrom};
use conclave_group::Submission;
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{Seq, SubmissionId, wire};
use tokio::time::Instant;

use super::message::LogBatch;
use crate::backoff::Backoff;
use crate::ids::IdSource;

/// Entries waiting for a group's actor; what comes beyond is read again from the service later.
const BUFFER_MAX: usize = 4 * LOG_ENTRIES_MAX;
/// Submissions of one group under way (its machine seals fewer).
const OUTBOX_MAX: usize = 256;

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
}

/// From the entry that was due to the one that came.
type Jump = (u64, u64);

/// One group's log and outbox.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) from: ReadFrom,
    pub(super) key: AccessKey,
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
    /// It was asked where the head is, and there is no answer yet.
    asking: bool,
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
    pub(super) fn new(from: ReadFrom, key: AccessKey, generation: u32, life: u64) -> Self {
        Self {
            from,
            key,
            generation,
            life,
            subscribed: false,
            paused: false,
            in_flight: None,
            tell_head: false,
            overflowed: false,
            heard: false,
            asking: false,
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
            self.asking = false;
        }
        is
    }

    /// When the next submission that waits may go; none where nothing waits for a time.
    pub(super) fn next_unsent(&self) -> Option<Instant> {
        self.outbox.iter().find(|o| !o.sent).and_then(|o| o.not_before).filter(|at| *at > Instant::now())
    }

    /// The service answered as it should.
    pub(super) fn works(&mut self) {
        self.waits.reset();
    }

    /// The connection is gone: what was in the buffer comes again.
    pub(super) fn disconnected(&mut self) {
        self.tell_head |= !self.at_head();
        self.subscribed = false;
        self.heard = false;
        self.asking = false;
        self.caught_up = false;
        self.paused = false;
        self.overflowed = false;
        self.missing = None;
        self.buffer.clear();
        for outgoing in &mut self.outbox {
            outgoing.sent = false;
            outgoing.not_before = None;
            outgoing.waits = None;
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

    /// Takes what a subscription brought. True: something is missing before it; subscribe again.
    #[must_use]
    pub(super) fn push(&mut self, page: LogPage) -> bool {
        self.heard = true;
        self.asking = false;
        // The newest word counts: a wrong one would otherwise be waited for till the end.
        self.head = page.head;
        for entry in page.entries {
            self.head = self.head.max(Seq(entry.seq));
            match self.due() {
                Some(due) if entry.seq < due => continue,
                Some(due) if entry.seq > due && !self.is_gone((due, entry.seq)) => {
                    self.overflowed = !self.is_idle();
                    return self.is_idle();
                }
                _ => {}
            }
            if self.buffer.len() >= BUFFER_MAX || self.overflowed {
                self.overflowed = true;
                return false;
            }
            self.buffer.push_back(entry);
        }
        self.note_head();
        false
    }

    /// The subscription is over: a newer epoch must be proved after this entry. True: it was handled already; subscribe
    /// again now.
    #[must_use]
    pub(super) fn pause(&mut self, after: Seq) -> bool {
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
        if self.in_flight.is_some() || !news {
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
        Some(LogBatch { entries, at_head, remaining })
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
    pub(super) fn done(&mut self, from: ReadFrom, key: AccessKey) -> bool {
        let handed = self.in_flight.take();
        let newer = key.epoch() > self.key.epoch();
        self.from = from;
        self.key = key;
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

    /// Whether to ask where the head is: the group's machine or the outbox waits for it, the present subscription has not
    /// said, and nobody is asking. True: the caller asks now.
    #[must_use]
    pub(super) fn asks_head(&mut self) -> bool {
        let wanted = (self.tell_head || self.holds_back()) && self.subscribed && !self.heard;
        wanted && !std::mem::replace(&mut self.asking, true)
    }

    /// Something is to be sent, but not before the log was read: it may be there already.
    fn holds_back(&self) -> bool {
        self.subscribed && !self.caught_up && self.outbox.iter().any(|outgoing| !outgoing.sent)
    }

    /// Takes a submission, in order. The same again changes nothing.
    pub(super) fn submit(&mut self, key: AccessKey, submission: Submission) {
        let id = submission_id(&submission);
        let known = self.outbox.iter().any(|o| submission_id(&o.submission) == id);
        if known {
            return;
        }
        if self.outbox.len() >= OUTBOX_MAX {
            tracing::warn!(
                "a group's outbox is full; the submission comes again with the next load of the group"
            );
            return;
        }
        self.outbox.push_back(Outgoing { key, submission, sent: false, not_before: None, waits: None });
    }

    /// What is to be handed to the connection now, in order. Of entries one at a time: where the service puts one off, or
    /// its answer is lost, none that was said after it gets before it. What failed goes alone, and what comes after it
    /// waits for its answer.
    pub(super) fn take_unsent(&mut self) -> Vec<Outgoing> {
        if self.shut || self.holds_back() {
            return Vec::new();
        }
        let now = Instant::now();
        let upto = self.outbox.iter().position(|o| o.waits.is_some()).map_or(self.outbox.len(), |at| at + 1);
        let (mut unsent, mut entry_under_way) = (Vec::new(), false);
        for outgoing in self.outbox.iter_mut().take(upto) {
            let is_entry = matches!(outgoing.submission, Submission::Entry { .. });
            let due = outgoing.not_before.is_none_or(|at| at <= now);
            if !outgoing.sent && due && !(is_entry && entry_under_way) {
                outgoing.sent = true;
                unsent.push(outgoing.clone());
            }
            entry_under_way |= is_entry;
        }
        unsent
    }

    /// The service answered for good.
    pub(super) fn answered(&mut self, id: SubmissionId) {
        self.outbox.retain(|o| submission_id(&o.submission) != id);
    }

    /// There was no answer: it goes again, after a growing wait and not before `at_least_ms`. As [`Feed::try_again`].
    pub(super) fn unanswered(
        &mut self,
        id: SubmissionId,
        at_least_ms: u64,
        ids: &IdSource,
    ) -> Option<Instant> {
        let outgoing = self.outbox.iter_mut().find(|o| submission_id(&o.submission) == id)?;
        let waits = outgoing.waits.get_or_insert(Backoff::between(AGAIN_MS_MIN, AGAIN_MS_MAX));
        let wait = Duration::from_millis(waits.next_ms(ids).max(at_least_ms));
        let at = Instant::now() + wait;
        outgoing.sent = false;
        outgoing.not_before = Some(at);
        self.try_again_at(at)
    }
}

/// The id of a submission.
pub(super) fn submission_id(submission: &Submission) -> SubmissionId {
    match submission {
        Submission::Commit { submission, .. } | Submission::Entry { submission, .. } => *submission,
    }
}

#[cfg(test)]
mod tests {
    use conclave_protocol::Epoch;

    use super::*;

    fn key(epoch: u64) -> AccessKey {
        AccessKey::new(Epoch(epoch), [1; 32])
    }

    fn page(seqs: std::ops::RangeInclusive<u64>, head: u64) -> LogPage {
        let entries = seqs.map(|seq| wire::LogEntry { seq, ..Default::default() }).collect();
        LogPage { entries, more: false, head: Seq(head) }
    }

    fn feed() -> Feed {
        let mut feed = Feed::new(ReadFrom::After(Seq(0)), key(1), 1, 1);
        feed.subscribed = true;
        feed.want_head();
        feed
    }

    #[test]
    fn one_batch_at_a_time_in_order() {
        let mut feed = feed();
        assert!(!feed.push(page(1..=300, 300)));
        let first = feed.next_batch().expect("entries are there");
        assert_eq!((first.entries.len(), first.at_head, first.remaining), (256, false, 300));
        assert!(feed.next_batch().is_none(), "the actor is busy");
        assert!(!feed.done(ReadFrom::After(Seq(256)), key(1)));
        let second = feed.next_batch().expect("the rest");
        assert_eq!((second.entries[0].seq, second.at_head), (257, true));
    }

    #[test]
    fn an_empty_log_is_told_once() {
        let mut feed = feed();
        assert!(!feed.push(LogPage::default()));
        assert!(feed.next_batch().expect("the head is news").at_head);
        feed.done(ReadFrom::After(Seq(0)), key(1));
        assert!(feed.next_batch().is_none());
    }

    #[test]
    fn what_came_twice_is_taken_once() {
        let mut feed = feed();
        assert!(!feed.push(page(1..=3, 3)));
        assert!(!feed.push(page(2..=4, 4)));
        let batch = feed.next_batch().expect("entries");
        assert_eq!(batch.entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn too_much_is_read_again_later() {
        let mut feed = feed();
        assert!(!feed.push(page(1..=2000, 2000)));
        let mut cursor = 0;
        let mut again = false;
        while let Some(batch) = feed.next_batch() {
            cursor = batch.entries.last().expect("not empty").seq;
            again = feed.done(ReadFrom::After(Seq(cursor)), key(1));
        }
        assert_eq!(cursor, BUFFER_MAX as u64);
        assert!(again, "it subscribes again from where it is");
    }

    #[test]
    fn a_paused_feed_goes_on_with_a_newer_key() {
        let mut feed = feed();
        assert!(!feed.push(page(1..=2, 9)));
        assert!(!feed.pause(Seq(2)), "not before the batch is handled");
        let _ = feed.next_batch().expect("entries");
        assert!(feed.done(ReadFrom::After(Seq(2)), key(2)));
        assert!(feed.pause(Seq(2)), "it was handled before the word came");
    }

    #[test]
    fn what_is_missing_is_asked_for_once() {
        let mut feed = feed();
        assert!(feed.push(page(3..=4, 4)), "1 and 2 are missing");
        assert!(!feed.push(page(1..=2, 4)));
        assert!(!feed.push(page(3..=4, 4)));
        let batch = feed.next_batch().expect("entries");
        assert_eq!(batch.entries.len(), 4);
        assert!(!feed.push(page(6..=6, 6)), "not before the batch is handled");
        assert!(feed.done(ReadFrom::After(Seq(4)), key(1)), "5 is missing");
        assert!(!feed.push(page(6..=6, 6)), "it is past its retention");
        assert_eq!(feed.next_batch().expect("an entry").entries[0].seq, 6);
    }

    #[test]
    fn who_takes_a_part_of_a_batch_reads_the_rest_again() {
        let mut feed = feed();
        assert!(!feed.push(page(1..=400, 400)));
        assert_eq!(feed.next_batch().expect("entries").entries.len(), 256);
        assert!(feed.done(ReadFrom::After(Seq(7)), key(1)), "it subscribes again from there");
        assert!(feed.next_batch().is_none(), "what was here came in the same bad way");
        feed.subscribed = true;
        assert!(!feed.push(page(8..=400, 400)));
        assert_eq!(feed.next_batch().expect("entries").entries[0].seq, 8);
    }

    #[test]
    fn what_had_no_answer_waits_and_lets_nothing_overtake_it() {
        let (mut feed, ids) = (feed(), IdSource::seeded(1));
        assert!(!feed.push(LogPage::default()));
        let entry = |n| Submission::Entry {
            submission: SubmissionId::new([n; 16]),
            epoch: Epoch(1),
            entry: bytes::Bytes::new(),
        };
        feed.submit(key(1), entry(1));
        assert_eq!(feed.take_unsent().len(), 1);
        let at = feed.unanswered(SubmissionId::new([1; 16]), 60_000, &ids).expect("a time is set");
        assert!(at >= Instant::now() + Duration::from_secs(59), "as long as was asked for");
        assert_eq!(feed.try_again(0, &ids).map(|sooner| sooner < at), Some(true), "others don't wait for it");
        feed.submit(key(1), entry(2));
        assert!(feed.take_unsent().is_empty());
        assert_eq!(feed.next_unsent(), Some(at));
        feed.disconnected();
        feed.subscribed = false;
        assert_eq!(feed.take_unsent().len(), 1, "another connection is another matter");
        assert!(feed.take_unsent().is_empty(), "what was said after it waits for its answer");
    }

    #[test]
    fn nothing_is_sent_on_a_new_connection_before_the_log_was_read() {
        let mut feed = feed();
        assert!(!feed.push(page(1..=1, 1)));
        let _ = feed.next_batch().expect("entries");
        assert!(!feed.done(ReadFrom::After(Seq(1)), key(1)));
        let entry = Submission::Entry {
            submission: SubmissionId::new([1; 16]),
            epoch: Epoch(1),
            entry: bytes::Bytes::new(),
        };
        feed.submit(key(1), entry);
        assert_eq!(feed.take_unsent().len(), 1);
        feed.disconnected();
        feed.subscribed = true;
        assert!(feed.take_unsent().is_empty(), "it may be in the log already");
        assert!(feed.asks_head());
        assert!(!feed.asks_head(), "once is enough");
        let at = feed.try_again(0, &IdSource::seeded(1)).expect("nothing else is set");
        assert!(feed.is_time(at));
        assert!(feed.asks_head());
        assert!(!feed.push(LogPage { entries: Vec::new(), more: false, head: Seq(1) }));
        assert_eq!(feed.take_unsent().len(), 1, "it is not");
    }
}
