//! Whether the service's log is the one that was handled, and the comparison where it is not.

use conclave_delivery::LogPage;
use conclave_group::ReadFrom;
use conclave_protocol::Seq;

use super::subscription::{Change, Subscription};
use super::{Check, Feed};
use crate::sync::marks::Mark;
use crate::sync::message::Keys;
use crate::sync::set_back::Known;

impl Feed {
    /// Whether a page is of the log that was handled, as far as it shows.
    pub(super) fn is_same(&mut self, page: &LogPage) -> bool {
        let ReadFrom::After(cursor) = self.from else { return true };
        if self.head.seq() < cursor {
            return self.check == Check::Waived;
        }
        if self.check != Check::Due {
            return true;
        }
        self.check = Check::Done;
        let again = page.entries.iter().find(|entry| self.place.here(entry.seq) == cursor);
        again.is_none_or(|entry| self.place.marks.at(cursor).is_none_or(|mark| mark == Mark::of(entry)))
    }

    /// A submission was accepted. Its place here; none, if another entry is known to be there.
    pub(in crate::sync) fn accepted(&mut self, place: Seq, mark: Mark) -> Option<Seq> {
        let here = self.place.here(place.0);
        self.echo_due = self.echo_due.max(here);
        self.place.marks.at(here).is_none_or(|known| known == mark).then_some(here)
    }

    /// The service's log is not the one that was handled.
    pub(in crate::sync) fn doubt(&mut self) {
        self.change(Change::Doubt);
        self.buffer.clear();
    }

    /// What the service's log is compared with.
    pub(in crate::sync) fn known(&self) -> Option<Known> {
        let ReadFrom::After(cursor) = self.from else { return None };
        Some(Known { cursor, place: self.place.clone() })
    }

    /// Begins a comparison; none where none is needed, one is under way, or a batch is with the actor.
    pub(in crate::sync) fn begin_comparing(&mut self) -> Option<Known> {
        if self.subscription != Subscription::Doubtful || self.handed.is_some() {
            return None;
        }
        let known = self.known()?;
        self.change(Change::Compare);
        Some(known)
    }

    /// The logs were compared: subscribe again.
    pub(in crate::sync) fn trust(&mut self) {
        self.check = Check::Waived;
        self.compare_later();
    }

    /// The logs could not be compared: subscribe again.
    pub(in crate::sync) fn compare_later(&mut self) {
        self.change(Change::Settle);
        self.not_now();
    }

    /// The group's actor has handled a set-back; the log goes on from here.
    pub(in crate::sync) fn was_set_back(&mut self, kept: Seq, from: ReadFrom, keys: Keys) {
        let (ReadFrom::After(was), ReadFrom::After(cursor)) = (self.from, from) else { return };
        if cursor > was {
            self.place.set_back(kept, cursor);
        }
        (self.from, self.key, self.former) = (from, keys.present, keys.former);
    }
}
