//! A membership's place in the service's log, beside its cursor: stored in the transaction of each step that moves the
//! cursor, so that a service that was set back is detected after any restart.

use std::sync::Arc;

use conclave_group::Input;
use conclave_protocol::Seq;
use conclave_record::{Generation, Write};
use conclave_store::{Error, Tx};

use crate::sync::{Mark, Place};

/// How an input changes the place, once it is handled.
pub(super) enum PlaceChange {
    None,
    Forward(Arc<[(Seq, Mark)]>),
    SetBack(Seq),
}

impl PlaceChange {
    /// `marks` belong to the batch that the entries of the log are from.
    pub(super) fn of(input: &Input, marks: &Arc<[(Seq, Mark)]>) -> Self {
        match input {
            Input::Log { .. } => Self::Forward(Arc::clone(marks)),
            Input::SetBack { kept, goes_on: true } => Self::SetBack(*kept),
            _ => Self::None,
        }
    }
}

impl Place {
    /// The place after a step; none if it does not change.
    pub(super) fn after(&self, change: PlaceChange, writes: &[Write]) -> Option<Self> {
        let cursor = writes.iter().rev().find_map(|write| match write {
            Write::Cursor { seq, .. } => Some(*seq),
            _ => None,
        })?;
        let mut place = self.clone();
        match change {
            PlaceChange::None => return None,
            PlaceChange::Forward(marks) => place.marks.extend(&marks, cursor),
            PlaceChange::SetBack(kept) => place.set_back(kept, cursor),
        }
        Some(place)
    }

    pub(super) fn write(&self, tx: &mut Tx<'_>, generation: &Generation) -> Result<(), Error> {
        tx.set_log_place(generation, self.offset, &self.marks.bytes())
    }
}
