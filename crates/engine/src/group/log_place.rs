//! Where a membership stands in the service's log, beside its cursor: kept in the transaction of each step that moves
//! the cursor, so that a service that was set back is noticed after any restart.

use conclave_group::{Input, LogItem};
use conclave_protocol::Seq;
use conclave_record::{Generation, Write};
use conclave_store::{Error, Tx};

use crate::sync::{Mark, Place};

/// What of an input changes the place, once it is handled.
pub(super) enum Moves {
    Not,
    By(Vec<(Seq, Mark)>),
    BackTo(Seq),
}

impl Moves {
    pub(super) fn of(input: &Input) -> Self {
        match input {
            Input::Log { items, .. } => Self::By(items.iter().map(mark).collect()),
            Input::SetBack { kept, goes_on: true } => Self::BackTo(*kept),
            _ => Self::Not,
        }
    }
}

fn mark(item: &LogItem) -> (Seq, Mark) {
    let entry = match item {
        LogItem::Entry(entry) => entry,
        LogItem::Failed(failed) => &failed.entry,
    };
    (Seq(entry.seq), Mark::of(entry))
}

impl Place {
    /// The place after a step; none where it stays.
    pub(super) fn after(&self, moves: Moves, writes: &[Write]) -> Option<Self> {
        let cursor = writes.iter().rev().find_map(|write| match write {
            Write::Cursor { seq, .. } => Some(*seq),
            _ => None,
        })?;
        let mut place = self.clone();
        match moves {
            Moves::Not => return None,
            Moves::By(seen) => {
                seen.into_iter()
                    .filter(|(seq, _)| *seq <= cursor)
                    .for_each(|(seq, mark)| place.marks.push(seq, mark));
            }
            Moves::BackTo(kept) => place.set_back(kept, cursor),
        }
        Some(place)
    }

    pub(super) fn write(&self, tx: &mut Tx<'_>, generation: &Generation) -> Result<(), Error> {
        tx.set_log_place(generation, self.offset, &self.marks.bytes())
    }
}
