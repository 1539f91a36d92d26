//! Marks of the newest entries that were handled: short hashes. With them a service that was set back, and has other
//! entries at known places since, is noticed, and the place is found where the two histories part.

use std::collections::VecDeque;

use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_protocol::{Seq, wire};
use sha2::{Digest, Sha256};

/// Bytes of a mark: enough against accidents. A service that lies on purpose can withhold anything anyway.
const MARK: usize = 4;
/// Marks that are kept: as many as one page has entries.
const MARKS_MAX: usize = LOG_ENTRIES_MAX;

/// A short hash of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark([u8; MARK]);

impl Mark {
    /// Of an entry of the log.
    pub(crate) fn of(entry: &wire::LogEntry) -> Self {
        Self::of_body(&entry.body)
    }

    /// Of a submission: the log shows the same bytes.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        let hash = Sha256::digest(body);
        let mut mark = [0; MARK];
        mark.copy_from_slice(&hash[..MARK]);
        Self(mark)
    }
}

/// The marks of the newest entries up to a cursor, without a gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    cursor: Seq,
    newest: VecDeque<Mark>,
}

impl Marks {
    /// As stored with this cursor. Bytes that are not marks mean that nothing is known.
    pub(crate) fn stored(cursor: Seq, bytes: &[u8]) -> Self {
        let (marks, rest) = bytes.as_chunks::<MARK>();
        let fits = rest.is_empty() && marks.len() <= MARKS_MAX && (marks.len() as u64) <= cursor.0;
        let newest = if fits { marks.iter().map(|mark| Mark(*mark)).collect() } else { VecDeque::new() };
        Self { cursor, newest }
    }

    /// To be stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.newest.iter().flat_map(|mark| mark.0).collect()
    }

    /// The entry after the cursor, or one after a gap, was handled.
    fn push(&mut self, seq: Seq, mark: Mark) {
        if seq <= self.cursor {
            return;
        }
        if seq != self.cursor.next() {
            self.newest.clear();
        }
        if self.newest.len() >= MARKS_MAX {
            self.newest.pop_front();
        }
        self.cursor = seq;
        self.newest.push_back(mark);
    }

    /// Those of a batch that were handled: up to this entry.
    pub(crate) fn extend(&mut self, batch: &[(Seq, Mark)], upto: Seq) {
        batch.iter().filter(|(seq, _)| *seq <= upto).for_each(|(seq, mark)| self.push(*seq, *mark));
    }

    /// The mark of the entry at this place, if it is kept.
    pub(crate) fn at(&self, seq: Seq) -> Option<Mark> {
        let back = usize::try_from(self.cursor.0.checked_sub(seq.0)?).ok()?;
        self.newest.len().checked_sub(back + 1).and_then(|at| self.newest.get(at)).copied()
    }

    /// The service has lost what came after `kept`; its newest entry is now at `cursor`.
    pub(crate) fn set_back(&mut self, kept: Seq, cursor: Seq) {
        while self.cursor > kept && self.newest.pop_back().is_some() {
            self.cursor = Seq(self.cursor.0 - 1);
        }
        self.cursor = cursor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(n: u64) -> Mark {
        Mark::of_body(&n.to_be_bytes())
    }

    fn marks(seqs: std::ops::RangeInclusive<u64>) -> Marks {
        let mut marks = Marks::stored(Seq(seqs.start() - 1), &[]);
        seqs.for_each(|n| marks.push(Seq(n), mark(n)));
        marks
    }

    #[test]
    fn the_newest_are_remembered() {
        let marks = marks(1..=1000);
        assert_eq!(marks.at(Seq(1000)), Some(mark(1000)));
        assert_eq!(marks.at(Seq(745)), Some(mark(745)));
        assert_eq!((marks.at(Seq(744)), marks.at(Seq(1001))), (None, None));
        assert_eq!(Marks::stored(Seq(1000), &marks.bytes()), marks);
    }

    #[test]
    fn a_gap_begins_anew() {
        let mut marks = marks(1..=5);
        marks.push(Seq(4), mark(0));
        marks.push(Seq(9), mark(9));
        assert_eq!((marks.at(Seq(5)), marks.at(Seq(9))), (None, Some(mark(9))));
    }

    #[test]
    fn what_is_lost_is_forgotten_and_the_rest_ends_at_the_cursor() {
        let mut marks = marks(1..=10);
        marks.set_back(Seq(7), Seq(11));
        assert_eq!((marks.at(Seq(11)), marks.at(Seq(10))), (Some(mark(7)), Some(mark(6))));
        marks.set_back(Seq(2), Seq(12));
        assert_eq!(marks.at(Seq(12)), None, "all that was remembered is lost");
    }

    #[test]
    fn what_is_no_list_of_marks_says_nothing() {
        assert_eq!(Marks::stored(Seq(9), &[1; 7]), Marks::stored(Seq(9), &[]));
        assert_eq!(Marks::stored(Seq(1), &[1; 8]), Marks::stored(Seq(1), &[]));
    }
}
