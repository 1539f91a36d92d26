//! Encrypting messages. The state that records the used key is written with them, before they are sent.

use bytes::Bytes;
use conclave_protocol::{Epoch, limits, wire};
use conclave_record::SubmissionBody;
use conclave_record::{FailReason, Intent, IntentChange, IntentKind, Submission, SubmissionRow};
use mls_rs::MlsMessage;
use prost::Message as _;
use wire::EntryKind;

use super::output::Output;
use super::{Failure, Machine};

impl Machine {
    /// Encrypts an intent's message for the current epoch. If it can't be encrypted, only this message fails.
    pub(super) fn seal(&mut self, intent: Intent, out: &mut Output) -> Result<(), Failure> {
        let id = intent.id;
        let encrypted = self.encrypt(intent, out);
        if self.attempted("a message", encrypted)?.is_none() {
            out.intent(id, IntentChange::Failed(FailReason::NotBuilt));
        }
        Ok(())
    }

    fn encrypt(&mut self, intent: Intent, out: &mut Output) -> Result<(), Failure> {
        debug_assert!(!self.group.commit_required() && !self.is_over());
        let id = intent.id;
        let (message, content) = match &intent.kind {
            IntentKind::Send { message, content } => (*message, content.clone()),
            IntentKind::Profile { name, .. } => self.profile(name),
            _ => return Ok(()),
        };
        let sealed = self.group.encrypt_application_message(&content, Vec::new());
        let sealed = sealed.map_err(Failure::internal("encrypting a message"))?;
        self.dirty = true;
        let submission = self.entry(&sealed, EntryKind::Application)?;
        if submission.entry().len() > limits::MESSAGE_BYTES_MAX {
            out.intent(id, IntentChange::Failed(FailReason::Refused));
            return Ok(());
        }
        if let IntentKind::Profile { name, .. } = &intent.kind {
            let own = self.own_client();
            self.called(own.user(), Some(name.as_str()), out);
        }
        out.intent(id, IntentChange::Submitted);
        let saved = SubmissionRow { submission, intent: Some(id), message: Some(message), accepted: None };
        self.submit(saved, Some(intent), out);
        Ok(())
    }

    /// A log entry with a message of this epoch.
    pub(super) fn entry(&mut self, message: &MlsMessage, kind: EntryKind) -> Result<Submission, Failure> {
        let id = self.env.submission_id();
        let epoch = Epoch(self.group.current_epoch());
        let entry = wire::Entry {
            submission: Bytes::copy_from_slice(id.as_bytes()),
            epoch: epoch.0,
            kind: kind as i32,
            message: Bytes::from(message.to_bytes().map_err(Failure::internal("encoding a message"))?),
        };
        Ok(Submission {
            id,
            epoch,
            body: SubmissionBody::Entry { entry: Bytes::from(entry.encode_to_vec()) },
        })
    }
}
