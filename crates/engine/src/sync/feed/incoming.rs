//! What a subscription brings, into the buffer: in order, once, and without a gap that was not asked for again.

use conclave_delivery::LogPage;
use conclave_group::ReadFrom;
use conclave_protocol::Seq;

use super::subscription::{Change, Subscription};
use super::{BUFFER_MAX, Feed, Jump, Pushed};

impl Feed {
    /// Takes what a subscription brought.
    #[must_use]
    pub(in crate::sync) fn push(&mut self, page: LogPage) -> Pushed {
        if !self.subscription.takes() {
            return Pushed::Taken;
        }
        self.place_after_former(&page);
        // The newest head counts: a wrong one would otherwise be waited for till the end.
        self.head.show(self.place.here(page.head.0));
        if !self.is_same(&page) {
            self.doubt();
            return Pushed::Doubtful;
        }
        for mut entry in page.entries {
            entry.seq = self.place.here(entry.seq).0;
            self.head.show(self.head.seq().max(Seq(entry.seq)));
            match self.due() {
                Some(due) if entry.seq < due => continue,
                Some(due) if entry.seq > due && !self.is_gone((due, entry.seq)) => {
                    if self.is_idle() {
                        return Pushed::Gap;
                    }
                    self.change(Change::Overflow);
                    return Pushed::Taken;
                }
                _ => {}
            }
            if self.buffer.len() >= BUFFER_MAX || self.subscription == Subscription::Overflowed {
                self.change(Change::Overflow);
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

    /// The number of the entry after those that are here; not known right after a join.
    fn due(&self) -> Option<u64> {
        let cursor = match self.from {
            ReadFrom::After(seq) => Some(seq.0),
            ReadFrom::StartOf(_) => None,
        };
        let last = self.buffer.back().map(|entry| entry.seq);
        last.or(self.handed.as_ref().map(|handed| handed.upto.0)).or(cursor).map(|seq| seq + 1)
    }

    /// Whether what a jump passes over was asked for again, and did not come.
    fn is_gone(&mut self, jump: Jump) -> bool {
        self.missing.replace(jump) == Some(jump)
    }
}
