//! Others' proposals. Only leaving is proposed in these groups; anything else is shown, and otherwise ignored.

use conclave_protocol::{Epoch, wire};
use conclave_record::UnreadableCause;
use mls_rs::error::MlsError;
use mls_rs::group::{
    CachedProposal, ContentType, ProposalMessageDescription, ProposalSender, ReceivedMessage,
};

use super::log::Place;
use super::mls::mls_time;
use super::output::Output;
use super::receive::{cause_of, tainted};
use super::{Failure, Machine};
use crate::mls_rules;

impl Machine {
    /// A proposal.
    pub(super) fn proposal(
        &mut self,
        entry: &wire::LogEntry,
        place: Place,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let Some(sealed) = self.sealed(entry, ContentType::Proposal, place, out) else { return Ok(()) };
        let epoch = sealed.epoch;
        if epoch != self.head.epoch {
            // Of a past epoch: the commit that ended it included it, or nobody may.
            self.unreadable(place, epoch, None, UnreadableCause::OtherEpoch, out);
            return Ok(());
        }
        match self.group.process_incoming_message_with_time(sealed.message, mls_time(place.at)) {
            Ok(ReceivedMessage::Proposal(proposal)) => {
                self.dirty = true;
                self.proposed(proposal, epoch, place, out);
                Ok(())
            }
            Ok(_) => Err(tainted(entry, UnreadableCause::Damaged)),
            Err(MlsError::CantProcessMessageFromSelf) => {
                self.unreadable(place, epoch, Some(self.own_client()), UnreadableCause::KeyGone, out);
                Ok(())
            }
            Err(error) => Err(tainted(entry, cause_of(&error))),
        }
    }

    fn proposed(
        &mut self,
        proposal: ProposalMessageDescription,
        epoch: Epoch,
        place: Place,
        out: &mut Output,
    ) {
        let sender = match proposal.sender {
            ProposalSender::Member(leaf) => self.sender_at(leaf, epoch),
            _ => None,
        };
        if self.leaver_of(&proposal.cached_proposal()).is_some() {
            return;
        }
        self.unreadable(place, epoch, sender, UnreadableCause::RefusedChange, out);
        // It must not keep everybody from sending. With valid ones beside it, their commit will drop it.
        if self.leavers().is_empty() {
            self.group.clear_proposal_cache();
        }
    }

    fn leaver_of(&self, proposal: &CachedProposal) -> Option<u32> {
        mls_rules::leaver(proposal, &self.rules.view().roster)
    }

    /// Leaves that have proposed to leave in this epoch, in order.
    pub(super) fn leavers(&self) -> Vec<u32> {
        if !self.group.commit_required() {
            return Vec::new();
        }
        let mut leavers: Vec<u32> =
            self.group.get_cached_proposals().iter().filter_map(|p| self.leaver_of(p)).collect();
        leavers.sort_unstable();
        leavers.dedup();
        leavers
    }
}
