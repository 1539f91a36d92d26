//! A service that was set back, as from a backup: it has lost the end of the log, and members have handled it.

use conclave_protocol::Seq;

use super::Machine;
use super::log::Place;
use super::output::Output;
use conclave_record::{GroupStatus, UnreadableCause, Write};

impl Machine {
    /// What was handled stays. Own messages after `kept` are said again, and so is what is under way, also where the
    /// service had taken it. Where the log goes on, a row says what happened, at a place after the cursor.
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
        // What this user is called may be among what was lost.
        out.write(Write::Introduce { due: None, at: place.at });
        // One's own proposal to leave may be among what was lost.
        self.propose_again = self.head.status == GroupStatus::Leaving;
        self.at_head = false;
    }

    /// The log was read to its head: what the service has taken should have been in it. Where it was set back since, it
    /// was not; the same bytes go again, and a service that has them answers as before.
    pub(super) fn ask_for_echoes(&mut self, out: &mut Output) {
        for pending in self.submissions.values_mut().filter(|pending| pending.saved.accepted.is_some()) {
            pending.saved.accepted = None;
            out.write(Write::Submission(pending.saved.clone()));
            self.resubmit = true;
        }
    }
}
