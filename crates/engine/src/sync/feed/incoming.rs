//! Pages of the log into the buffer: in order, once, and without gaps, except one that was asked for again in vain.

use conclave_delivery::LogPage;
use conclave_group::ReadFrom;
use conclave_protocol::Seq;

use super::subscription::{Change, Subscription};
use super::{BUFFER_MAX, Feed, Jump, Pushed};

impl Feed {
    /// Takes a page.
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

    /// The first entry of a new membership goes after the last one of former ones.
    fn place_after_former(&mut self, page: &LogPage) {
        let begins = matches!(self.from, ReadFrom::StartOf(_)) && self.is_idle();
        if let Some(first) =
            page.entries.first().filter(|first| begins && self.place.here(first.seq) <= self.newest)
        {
            self.place.offset = (self.newest.0 + 1).saturating_sub(first.seq);
        }
    }

    /// The place of the next entry; not known right after a join.
    fn due(&self) -> Option<u64> {
        let cursor = match self.from {
            ReadFrom::After(seq) => Some(seq.0),
            ReadFrom::StartOf(_) => None,
        };
        let last = self.buffer.back().map(|entry| entry.seq);
        last.or(self.handed.as_ref().map(|handed| handed.upto.0)).or(cursor).map(|seq| seq + 1)
    }

    /// Whether the entries in a gap were asked for again, and did not come.
    fn is_gone(&mut self, jump: Jump) -> bool {
        self.missing.replace(jump) == Some(jump)
    }
}
