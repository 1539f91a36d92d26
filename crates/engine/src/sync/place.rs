//! Places in a log. The service's sequence numbers and those here are an offset apart, since a service that was set back
//! gives numbers again.

use conclave_protocol::Seq;
use conclave_store::LogPlace;

use super::marks::Marks;

/// The offset from the service's numbers to ours, and the marks of the newest entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    pub(crate) marks: Marks,
}

impl Place {
    /// As it was stored with this cursor.
    pub(crate) fn stored(cursor: Seq, log: &LogPlace) -> Self {
        Self { offset: log.offset, marks: Marks::stored(cursor, &log.marks) }
    }

    /// The place here of one of the service's numbers.
    pub(crate) fn here(&self, seq: u64) -> Seq {
        Seq(seq.saturating_add(self.offset))
    }

    /// What came after `kept` is lost at the service; the log goes on here after `cursor`.
    pub(crate) fn set_back(&mut self, kept: Seq, cursor: Seq) {
        self.offset += cursor.0.saturating_sub(kept.0);
        self.marks.set_back(kept, cursor);
    }
}
