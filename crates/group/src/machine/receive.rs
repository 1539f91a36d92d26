//! Others' messages, and the echoes of our own.

use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, SubmissionId, wire};
use conclave_record::{IntentChange, MessageRow, UnreadableCause, Write};
use mls_rs::error::MlsError;
use mls_rs::group::{ApplicationMessageDescription, ContentType, ReceivedMessage};
use mls_rs::{MlsMessage, MlsMessageDescription, WireFormat};
use prost::Message as _;

use super::log::Place;
use super::mls::mls_time;
use super::output::Output;
use super::{Failure, Machine};
use crate::content::{Content, Meaning, message_id};
use crate::effect::Event;
use crate::input::{FailedEntry, FailureScope};
use crate::parameters::EPOCHS_RETAINED;

/// An entry to decrypt.
pub(super) struct Sealed {
    pub(super) epoch: Epoch,
    pub(super) message: MlsMessage,
}

impl Machine {
    /// An application message.
    pub(super) fn application(
        &mut self,
        entry: &wire::LogEntry,
        place: Place,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let Some(sealed) = self.sealed(entry, ContentType::Application, place, out) else { return Ok(()) };
        let epoch = sealed.epoch;
        if epoch > self.head.epoch {
            self.unreadable(place, epoch, None, UnreadableCause::OtherEpoch, out);
            return Ok(());
        }
        if epoch.0 + EPOCHS_RETAINED < self.head.epoch.0 {
            let cause = self.cause_of_lost_epoch(epoch);
            self.unreadable(place, epoch, None, cause, out);
            return Ok(());
        }
        match self.group.process_incoming_message_with_time(sealed.message, mls_time(place.at)) {
            Ok(ReceivedMessage::ApplicationMessage(message)) => {
                self.dirty = true;
                if epoch == self.head.epoch {
                    self.log_continues(out);
                }
                self.message(&message, epoch, place, out);
                Ok(())
            }
            Ok(_) => Err(tainted(entry, UnreadableCause::Damaged)),
            Err(MlsError::EpochNotFound) => {
                let cause = self.cause_of_lost_epoch(epoch);
                self.unreadable(place, epoch, None, cause, out);
                Ok(())
            }
            Err(MlsError::CantProcessMessageFromSelf) => {
                // Our own, from a store that was set back: its key was used up when it was sent.
                let own = Some(self.own_client());
                self.unreadable(place, epoch, own, UnreadableCause::KeyGone, out);
                Ok(())
            }
            Err(error) => Err(tainted(entry, cause_of(&error))),
        }
    }

    /// What to decrypt of an entry. `None` if nothing: it is our own, or can't be read and gets a row.
    pub(super) fn sealed(
        &mut self,
        entry: &wire::LogEntry,
        kind: ContentType,
        place: Place,
        out: &mut Output,
    ) -> Option<Sealed> {
        if self.echo(entry, place, out) {
            return None;
        }
        self.open(entry, kind).map_err(|(epoch, cause)| self.unreadable(place, epoch, None, cause, out)).ok()
    }

    /// If an entry is one of our own submissions, it got its place. Recognised by id and bytes, never by its sender.
    fn echo(&mut self, entry: &wire::LogEntry, place: Place, out: &mut Output) -> bool {
        let Ok(own) = wire::Entry::decode(entry.body.clone()) else { return false };
        let Ok(id) = SubmissionId::try_from(&own.submission[..]) else { return false };
        if self.submissions.get(&id).is_none_or(|pending| *pending.entry() != entry.body) {
            return false;
        }
        let Some(pending) = self.submissions.remove(&id) else { return false };
        out.write(Write::SubmissionDone(id));
        if let Some(message) = pending.saved.message {
            let epoch = Epoch(own.epoch);
            out.write(Write::Sent { message, seq: place.seq, at: place.at, epoch });
        }
        if let Some(intent) = pending.saved.intent {
            self.races.remove(&intent);
            out.intent(intent, IntentChange::Done);
        }
        true
    }

    /// Reads an entry up to its ciphertext, and refuses what mls-rs would mistake for something else.
    fn open(&self, entry: &wire::LogEntry, kind: ContentType) -> Result<Sealed, (Epoch, UnreadableCause)> {
        let damaged = |epoch| (epoch, UnreadableCause::Damaged);
        let entry = wire::Entry::decode(entry.body.clone()).map_err(|_| damaged(self.head.epoch))?;
        let epoch = Epoch(entry.epoch);
        let message = self.private_message(&entry.message, epoch, kind).ok_or(damaged(epoch))?;
        Ok(Sealed { epoch, message })
    }

    /// Reads a PrivateMessage of this group, epoch and kind. Anything else, whoever sent it, is never processed: a
    /// commit that came as a message would change the group outside the log's order.
    pub(super) fn private_message(
        &self,
        bytes: &[u8],
        epoch: Epoch,
        kind: ContentType,
    ) -> Option<MlsMessage> {
        let message = MlsMessage::from_bytes(bytes).ok()?;
        let fits = match message.description() {
            MlsMessageDescription::PrivateProtocolMessage { group_id, epoch_id, content_type } => {
                group_id == self.id.as_bytes() && epoch_id == epoch.0 && content_type == kind
            }
            _ => false,
        };
        (fits && message.wire_format() == WireFormat::PrivateMessage).then_some(message)
    }

    fn message(
        &mut self,
        message: &ApplicationMessageDescription,
        epoch: Epoch,
        place: Place,
        out: &mut Output,
    ) {
        let sender = self.sender_at(message.sender_index, epoch);
        let content = Content::decode(message.data()).ok();
        let (Some(sender), Some(content)) = (sender.clone(), content) else {
            return self.unreadable(place, epoch, sender, UnreadableCause::BadContent, out);
        };
        let room = &self.policy.room;
        if !content.is_from(sender.user().as_str(), room) {
            return self.unreadable(place, epoch, Some(sender), UnreadableCause::BadContent, out);
        }
        let id = message_id(sender.user(), room, message.data(), &content.salt);
        let (kind, in_reply_to) = match Meaning::of(&content) {
            Meaning::Message { kind, in_reply_to, .. } => (kind, in_reply_to),
            Meaning::Profile { name } => return self.called(sender.user(), name.as_deref(), out),
        };
        let notable = kind.code().is_notable();
        out.write(Write::Message(MessageRow {
            message: id,
            sender,
            epoch,
            seq: place.seq,
            at: place.at,
            kind,
            in_reply_to,
            content: Bytes::copy_from_slice(message.data()),
        }));
        if notable {
            out.report(Event::Arrived { message: id });
        }
    }

    /// Who was at a leaf in an epoch.
    pub(super) fn sender_at(&self, leaf: u32, epoch: Epoch) -> Option<ClientUri> {
        let then = self.former.iter().filter(|(entry, until)| entry.leaf == leaf && *until > epoch);
        if let Some((entry, _)) = then.min_by_key(|(_, until)| *until) {
            return Some(entry.client.clone());
        }
        self.rules.view().roster.get(leaf).map(|entry| entry.client.clone())
    }

    fn cause_of_lost_epoch(&self, epoch: Epoch) -> UnreadableCause {
        let view = self.rules.view();
        let joined = view.roster.get(self.own_leaf()).map(|entry| entry.since_epoch);
        if joined.is_some_and(|joined| epoch < joined) {
            UnreadableCause::OtherEpoch
        } else {
            UnreadableCause::TooOld
        }
    }
}

/// The attempt may have changed the group: at least it used up a key.
pub(super) fn tainted(entry: &wire::LogEntry, cause: UnreadableCause) -> Failure {
    let scope = FailureScope::Universal;
    Failure::Tainted(Box::new(FailedEntry { entry: entry.clone(), cause, scope }))
}

/// Why a message could not be decrypted.
pub(super) fn cause_of(error: &MlsError) -> UnreadableCause {
    match error {
        MlsError::KeyMissing(_) | MlsError::InvalidFutureGeneration(_) | MlsError::InvalidLeafConsumption => {
            UnreadableCause::KeyGone
        }
        MlsError::InvalidEpoch => UnreadableCause::OtherEpoch,
        MlsError::MemberNotFound | MlsError::LeafNotFound(_) | MlsError::UnexpectedEmptyNode => {
            UnreadableCause::SenderGone
        }
        _ => UnreadableCause::Damaged,
    }
}
