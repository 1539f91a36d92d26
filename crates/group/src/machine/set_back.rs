//! A service that was set back, as from a backup: it has lost the end of the log, which members have handled.

use conclave_protocol::Seq;
use conclave_record::{GroupStatus, UnreadableCause, Write};

use super::Machine;
use super::log::Place;
use super::output::Output;

impl Machine {
    /// What was handled stays. Own messages after `kept` are sent again, and so are submissions under way, even if the
    /// service had accepted them. Where the log continues, a row says what happened, at a place after the cursor.
    pub(super) fn set_back(&mut self, kept: Seq, goes_on: bool, out: &mut Output) {
        if self.is_over() || matches!(self.head.status, GroupStatus::Broken { .. }) {
            return;
        }
        tracing::warn!(group = %self.id, %kept, goes_on, "the service was set back");
        out.write(Write::SayAgain { after: kept });
        if !goes_on {
            return;
        }
        let place = Place { seq: Seq(self.cursor.0.saturating_add(1)), at: self.log_time };
        self.unreadable(place, self.head.epoch, None, UnreadableCause::SetBack, out);
        self.cursor = place.seq;
        out.write(Write::Cursor { seq: place.seq, at: place.at });
        self.ask_for_echoes(out);
        self.resubmit = true;
        // This user's name may be among what was lost.
        out.write(Write::Introduce { due: None, at: place.at });
        // Our own proposal to leave may be among what was lost.
        self.propose_again = self.head.status == GroupStatus::Leaving;
        self.at_head = false;
    }

    /// The log was read to its head: what the service has accepted should have been in it. If the service was set back
    /// since, it was not; the same bytes are sent again, and a service that has them answers as before.
    pub(super) fn ask_for_echoes(&mut self, out: &mut Output) {
        for pending in self.submissions.values_mut().filter(|pending| pending.saved.accepted.is_some()) {
            pending.saved.accepted = None;
            out.write(Write::Submission(pending.saved.clone()));
            self.resubmit = true;
        }
    }
}
