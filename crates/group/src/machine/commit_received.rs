//! Commits from the log. The first one of an epoch that every member can accept begins the next; nothing else changes
//! a group.

use conclave_protocol::limits::STATED_AHEAD_MS_MAX;
use conclave_protocol::{CommitHash, Epoch, SubmissionId, Timestamp, wire};
use conclave_record::{IntentId, UnreadableCause};
use mls_rs::error::MlsError;
use mls_rs::group::proposal::Proposal;
use mls_rs::group::{CommitEffect, CommitMessageDescription, CommitSecrets, ContentType, ReceivedMessage};
use prost::Message as _;

use super::commit_content::CommitContent;
use super::epoch::Applied;
use super::log::Place;
use super::mls::mls_time;
use super::output::Output;
use super::{Failure, Machine, access};
use crate::input::{FailedEntry, FailureScope};
use crate::policy::GroupPolicy;

/// A commit of the log.
pub(super) struct Received<'a> {
    entry: &'a wire::LogEntry,
    pub(super) bundle: wire::CommitBundle,
    pub(super) hash: CommitHash,
    /// The time that it states; what it brings is judged by this, the same for all.
    stated: Timestamp,
    pub(super) place: Place,
}

impl Received<'_> {
    /// The attempt failed, and may have changed the group.
    fn tainted(&self, cause: UnreadableCause, scope: FailureScope) -> Failure {
        Failure::Tainted(Box::new(FailedEntry { entry: self.entry.clone(), cause, scope }))
    }

    /// The epoch that it begins.
    fn begins(&self) -> Epoch {
        Epoch(self.bundle.epoch).next()
    }

    /// What it states about itself is wrong: refused by all members alike.
    fn refused(&self) -> Failure {
        self.tainted(UnreadableCause::RefusedChange, FailureScope::Universal)
    }
}

impl Machine {
    /// A commit.
    pub(super) fn commit(
        &mut self,
        entry: &wire::LogEntry,
        place: Place,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let Ok(bundle) = wire::CommitBundle::decode(entry.body.clone()) else {
            self.unreadable(place, self.head.epoch, None, UnreadableCause::Damaged, out);
            return Ok(());
        };
        let epoch = Epoch(bundle.epoch);
        let (hash, stated) = (CommitHash::of(&bundle.commit), Timestamp(bundle.stated_ms));
        let received = Received { hash, stated, entry, bundle, place };
        if epoch > self.head.epoch {
            self.later_commit(&received.bundle, place, out);
            return Ok(());
        }
        if epoch < self.head.epoch {
            self.unreadable(place, epoch, None, UnreadableCause::OtherEpoch, out);
            return Ok(());
        }
        let ahead = received.stated.0 > place.at.0.saturating_add(STATED_AHEAD_MS_MAX);
        if ahead || received.bundle.parent != self.parent_bytes() {
            self.unreadable(place, epoch, None, UnreadableCause::RefusedChange, out);
            return Ok(());
        }
        match self.own_commit(&received) {
            Some(at) => self.apply_own(at, &received, out),
            None => self.apply_others(&received, out),
        }
    }

    /// The own commit that this is, if any: recognised by submission and hash, never by the committer's leaf.
    fn own_commit(&self, received: &Received<'_>) -> Option<usize> {
        let id = SubmissionId::try_from(&received.bundle.submission[..]).ok()?;
        self.staged.iter().position(|staged| staged.submission == id && staged.commit == received.hash)
    }

    fn apply_own(&mut self, at: usize, received: &Received<'_>, out: &mut Output) -> Result<(), Failure> {
        let staged = self.staged[at].clone();
        // mls-rs applies the secrets of any epoch silently, and diverges.
        debug_assert_eq!(staged.epoch, self.head.epoch);
        let applied = CommitSecrets::from_bytes(&staged.secrets)
            .and_then(|secrets| self.group.apply_detached_commit(secrets));
        let description = applied.map_err(|error| {
            // The others may have applied it: a fault of this member alone, which the group shows.
            tracing::warn!(group = %self.id, epoch = %self.head.epoch, %error, "an own commit can't be applied");
            received.tainted(UnreadableCause::Diverged, FailureScope::Local)
        })?;
        self.accept(&description, received, None, staged.intent, out)
    }

    fn apply_others(&mut self, received: &Received<'_>, out: &mut Output) -> Result<(), Failure> {
        let epoch = self.head.epoch;
        let Some(message) = self.private_message(&received.bundle.commit, epoch, ContentType::Commit) else {
            self.unreadable(received.place, epoch, None, UnreadableCause::Damaged, out);
            return Ok(());
        };
        self.rules.view().judged = false;
        self.rules.view().stated = received.stated;
        self.last_opened.record();
        let result = self.group.process_incoming_message_with_time(message, mls_time(received.stated));
        let content = self.last_opened.take().and_then(|plaintext| CommitContent::read(&plaintext));
        // Before anything that only some members can check, such as decrypting the path.
        if content.as_ref().is_some_and(|content| !content.has_sound_keys()) {
            tracing::warn!(group = %self.id, %epoch, "a commit contains an invalid key");
            return Err(received.refused());
        }
        match result {
            Ok(ReceivedMessage::Commit(description)) => {
                self.accept(&description, received, content.as_ref(), None, out)
            }
            Ok(_) => Err(received.tainted(UnreadableCause::Damaged, FailureScope::Universal)),
            Err(error) => {
                let (cause, scope) = self.classify(&error);
                tracing::warn!(group = %self.id, %epoch, ?cause, ?scope, %error, "a commit can't be applied");
                Err(received.tainted(cause, scope))
            }
        }
    }

    /// A commit was applied by mls-rs: checks what it states about itself, and enters its epoch.
    fn accept(
        &mut self,
        description: &CommitMessageDescription,
        received: &Received<'_>,
        content: Option<&CommitContent>,
        intent: Option<IntentId>,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let (new, removed) = match &description.effect {
            CommitEffect::NewEpoch(new) => (new, false),
            CommitEffect::Removed { new_epoch, .. } => (new_epoch, true),
            CommitEffect::ReInit(_) => return Err(received.refused()),
        };
        let revokes = new.applied_proposals().iter().any(|info| matches!(info.proposal, Proposal::Remove(_)));
        if received.bundle.revokes != revokes {
            return Err(received.refused());
        }
        if removed {
            if !content
                .is_some_and(|content| self.could_be_taken(description.committer, new, received, content))
            {
                return Err(received.refused());
            }
            self.removed(description.committer, new, received, out);
            return Ok(());
        }
        self.check_bundle(description.committer, received)?;
        let policy = GroupPolicy::of(&self.group.context().extensions).map_err(|_| received.refused())?;
        let applied = Applied {
            committer: description.committer,
            proposals: new.applied_proposals(),
            commit: received.hash,
            stated: received.stated,
            place: received.place,
        };
        self.enter(&applied, policy, out)?;
        let fenced = received.bundle.revokes || received.bundle.rotates;
        self.settle_submissions(intent, fenced, out);
        Ok(())
    }

    /// What the commit stated to the service must be true, since the service acts on it: the same check, with the same
    /// outcome, by every member (docs/protocol.md).
    fn check_bundle(&self, committer: u32, received: &Received<'_>) -> Result<(), Failure> {
        let bundle = &received.bundle;
        let seed = access::seed_of(&self.group).map_err(Failure::internal("deriving the access key"))?;
        let rotates = match (self.rules.view().roster.get(committer), self.group.member_at_index(committer)) {
            (Some(before), Some(after)) => {
                after.signing_identity.signature_key.as_bytes() != before.signature_key
            }
            _ => return Err(received.refused()),
        };
        let true_key = bundle.next_access_key == access::public_key(&seed).as_slice()
            && self.signed_by_next_access_key(received);
        if true_key && bundle.rotates == rotates { Ok(()) } else { Err(received.refused()) }
    }

    pub(super) fn signed_by_next_access_key(&self, received: &Received<'_>) -> bool {
        access::signed_commit(
            &received.bundle.next_access_key,
            &self.id,
            received.begins(),
            received.stated,
            &received.hash,
            &received.bundle.next_access_signature,
        )
    }

    /// Whom a commit fails for. Path decryption, confirmation tag and missing secrets concern this member alone;
    /// decoding, signature, policy and proposals concern everybody.
    fn classify(&self, error: &MlsError) -> (UnreadableCause, FailureScope) {
        use FailureScope::{Local, Universal};
        match error {
            MlsError::InvalidConfirmationTag
            | MlsError::PubKeyMismatch
            | MlsError::UpdateErrorNoSecretKey
            | MlsError::InvalidTreeKemPrivateKey
            | MlsError::LcaNotFoundInDirectPath
            | MlsError::MissingRequiredPsk
            | MlsError::OldGroupStateNotFound
            // The others may have it: it was withheld from this client, or could not be read here.
            | MlsError::ProposalNotFound => (UnreadableCause::Diverged, Local),
            MlsError::KeyMissing(_)
            | MlsError::InvalidFutureGeneration(_)
            | MlsError::InvalidLeafConsumption => (UnreadableCause::KeyGone, Universal),
            // A changed copy of our own commit, which nobody else can decrypt; or the store was set back, and then the
            // next epoch's commit will show it.
            MlsError::CantProcessMessageFromSelf => (UnreadableCause::Damaged, Universal),
            // mls-rs has one error for decrypting the message and the path; the policy is asked in between.
            MlsError::CryptoProviderError(_) if self.rules.view().judged => {
                (UnreadableCause::Diverged, Local)
            }
            MlsError::CryptoProviderError(_) | MlsError::SerializationError(_) => {
                (UnreadableCause::Damaged, Universal)
            }
            _ => (UnreadableCause::RefusedChange, Universal),
        }
    }
}
