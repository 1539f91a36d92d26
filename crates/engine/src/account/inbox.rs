//! The entries of the inbox that wait to be handled. No I/O: the actor asks what to do next.

use std::collections::VecDeque;

use conclave_delivery::{InboxEntry, InboxPage};
use conclave_protocol::Seq;

/// Entries that wait here; the service is asked for more once they are handled.
const ENTRIES_MAX: usize = 256;
/// Their bytes, likewise.
const BYTES_MAX: usize = 16 << 20;

/// From the entry that was due to the one that came.
type Jump = (u64, u64);

/// The entries that wait, in order and without gaps, except one that was asked for again in vain.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    waiting: VecDeque<InboxEntry>,
    /// The newest one that waits or was handled.
    last: Seq,
    /// The gap before an entry that could not be taken.
    gap: Option<Jump>,
    /// The gap that was asked for again: the second time, the service has nothing there.
    asked: Option<Jump>,
    /// Entries were not taken: subscribe again once nothing waits.
    again: bool,
    /// The newest entry there is an earlier one than `last`: the service was set back.
    below: Option<Seq>,
}

impl Inbox {
    /// Everything up to here was handled.
    pub(super) fn resume(&mut self, cursor: Seq) {
        self.last = self.last.max(cursor);
    }

    /// The service was set back, and that is known: entries after this one are new.
    pub(super) fn go_back(&mut self, cursor: Seq) {
        self.last = cursor;
        self.below = None;
    }

    /// Where the inbox ends below what was handled, once nothing of it waits.
    pub(super) fn set_back(&self) -> Option<Seq> {
        self.below.filter(|_| self.is_empty())
    }

    /// Takes what a subscription brought, up to what can't be taken now.
    pub(super) fn push(&mut self, page: InboxPage) {
        if page.head < self.last {
            self.below = Some(page.head);
            return;
        }
        for entry in page.entries {
            if entry.seq <= self.last {
                continue;
            }
            let jump = (self.last.0.saturating_add(1), entry.seq.0);
            let gap = jump.0 < jump.1 && self.asked != Some(jump);
            if gap || self.is_full() {
                self.gap = gap.then_some(jump);
                self.again = true;
                return;
            }
            self.last = entry.seq;
            self.waiting.push_back(entry);
        }
    }

    fn is_full(&self) -> bool {
        let bytes: usize = self.waiting.iter().map(|entry| entry.welcome.len()).sum();
        self.waiting.len() >= ENTRIES_MAX || bytes >= BYTES_MAX
    }

    /// All that wait, to be handled in order.
    pub(super) fn take(&mut self) -> VecDeque<InboxEntry> {
        std::mem::take(&mut self.waiting)
    }

    /// Puts these back, before all others: they were not handled.
    pub(super) fn put_back(&mut self, mut rest: VecDeque<InboxEntry>) {
        rest.append(&mut self.waiting);
        self.waiting = rest;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether to subscribe again now. True: the caller does.
    #[must_use]
    pub(super) fn asks_again(&mut self) -> bool {
        if !self.waiting.is_empty() || !std::mem::take(&mut self.again) {
            return false;
        }
        self.asked = self.gap.take();
        true
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use conclave_protocol::Timestamp;

    use super::*;

    fn entries(seqs: impl IntoIterator<Item = u64>) -> InboxPage {
        let one = |seq| InboxEntry { seq: Seq(seq), at: Timestamp(0), welcome: Bytes::from_static(b"w") };
        let entries: Vec<_> = seqs.into_iter().map(one).collect();
        let head = entries.last().map_or(Seq(0), |last| last.seq);
        InboxPage { entries, head }
    }

    #[test]
    fn a_service_that_was_set_back_is_noticed_once_nothing_waits() {
        let mut inbox = Inbox::default();
        inbox.push(entries(1..=5));
        inbox.push(InboxPage { entries: Vec::new(), head: Seq(3) });
        assert_eq!(inbox.set_back(), None, "these are handled first");
        assert_eq!(taken(&mut inbox), [1, 2, 3, 4, 5]);
        assert_eq!(inbox.set_back(), Some(Seq(3)));
        inbox.go_back(Seq(3));
        assert_eq!(inbox.set_back(), None);
        inbox.push(entries(4..=4));
        assert_eq!(taken(&mut inbox), [4], "another 4");
    }

    fn taken(inbox: &mut Inbox) -> Vec<u64> {
        inbox.take().into_iter().map(|entry| entry.seq.0).collect()
    }

    #[test]
    fn what_came_twice_is_taken_once_and_in_order() {
        let mut inbox = Inbox::default();
        inbox.resume(Seq(2));
        inbox.push(entries(1..=4));
        inbox.push(entries(3..=5));
        assert_eq!(taken(&mut inbox), [3, 4, 5]);
        assert!(!inbox.asks_again());
    }

    #[test]
    fn what_was_not_handled_comes_before_what_came_since() {
        let mut inbox = Inbox::default();
        inbox.push(entries(1..=3));
        let mut rest = inbox.take();
        rest.pop_front();
        inbox.push(entries(4..=4));
        inbox.put_back(rest);
        assert_eq!(taken(&mut inbox), [2, 3, 4]);
    }

    #[test]
    fn too_many_are_asked_for_again_once_there_is_room() {
        let mut inbox = Inbox::default();
        let most = ENTRIES_MAX as u64;
        inbox.push(entries(1..=most + 10));
        inbox.push(entries(most + 11..=most + 11));
        assert!(!inbox.asks_again(), "not before these are handled");
        assert_eq!(taken(&mut inbox).len(), ENTRIES_MAX);
        assert!(inbox.asks_again());
        assert!(!inbox.asks_again(), "once is enough");
        inbox.push(entries(most + 1..=most + 11));
        assert_eq!(taken(&mut inbox).len(), 11);
    }

    #[test]
    fn a_gap_is_asked_about_once() {
        let mut inbox = Inbox::default();
        inbox.push(entries([1, 4]));
        inbox.push(entries([4]));
        assert_eq!(taken(&mut inbox), [1]);
        assert!(inbox.asks_again());
        inbox.push(entries([4, 5]));
        assert_eq!(taken(&mut inbox), [4, 5], "2 and 3 are past their retention");
    }

    #[test]
    fn a_gap_that_was_a_mistake_is_filled() {
        let mut inbox = Inbox::default();
        inbox.push(entries([2]));
        assert!(inbox.asks_again());
        inbox.push(entries([1, 2]));
        assert_eq!(taken(&mut inbox), [1, 2]);
        inbox.push(entries([u64::MAX]));
        assert!(inbox.is_empty() && inbox.asks_again());
    }
}
