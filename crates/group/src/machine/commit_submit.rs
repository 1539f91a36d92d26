//! Submitting a commit: its bundle, its Welcomes and, where the tree is large, its blob. What is needed of the next
//! epoch beforehand comes from a copy of the group that is discarded.

use bytes::Bytes;
use conclave_protocol::{CommitHash, Epoch, InboxId, limits, wire};
use conclave_record::SubmissionBody;
use conclave_record::{
    AccessSeed, Intent, IntentChange, StagedCommit, Submission, SubmissionRow, TreeBlob, WelcomeFor, Write,
};
use mls_rs::error::MlsError;
use mls_rs::group::CommitOutput;
use mls_rs::{CryptoProvider, MlsMessage};
use prost::Message as _;

use super::commit_own::{Built, Staging};
use super::output::Output;
use super::vet::Vetted;
use super::{Failure, Live, Machine, Pending, access};
use crate::credential::HandleCrypto;

impl Machine {
    /// The inbox of each added client, by key package reference.
    pub(super) fn inboxes(&self, additions: &[Vetted]) -> Result<Vec<(Vec<u8>, InboxId)>, Failure> {
        let suite = self.group.cipher_suite();
        let crypto = HandleCrypto::new(self.env.signer.clone());
        let Some(crypto) = crypto.cipher_suite_provider(suite) else {
            return Err(Failure::internal("using the cipher suite")(MlsError::UnsupportedCipherSuite(suite)));
        };
        let named = |one: &Vetted| {
            let reference = one.message.key_package_reference(&crypto)?;
            Ok((
                reference.map(|reference| reference.to_vec()).unwrap_or_default(),
                one.addition.client.inbox(),
            ))
        };
        let all: Result<_, MlsError> = additions.iter().map(named).collect();
        all.map_err(Failure::internal("naming a key package"))
    }

    pub(super) fn submit_commit(
        &mut self,
        built: &Built,
        inboxes: &[(Vec<u8>, InboxId)],
        intent: Option<&Intent>,
        out: &mut Output,
    ) -> Result<Staging, Failure> {
        let epoch = self.head.epoch;
        let internal = |error| Failure::internal("preparing a commit")(error);
        let commit = built.output.commit_message.to_bytes().map_err(internal)?;
        let (next, blob) = self.look_ahead(built).map_err(internal)?;
        let welcomes = welcomes(&built.output, inboxes).map_err(internal)?;
        if !fits(&commit, &welcomes, blob.as_ref()) {
            return Ok(Staging::TooLarge);
        }
        let submission = self.env.submission_id();
        let hash = CommitHash::of(&commit);
        let bundle = wire::CommitBundle {
            submission: Bytes::copy_from_slice(submission.as_bytes()),
            epoch: epoch.0,
            commit: Bytes::from(commit),
            next_access_key: Bytes::copy_from_slice(&access::public_key(&next)),
            revokes: built.revokes,
            rotates: built.rotates,
            parent: self.parent_bytes(),
            next_access_signature: Bytes::copy_from_slice(&access::sign_commit(
                &next,
                &self.id,
                built.stated,
                &hash,
            )),
            stated_ms: built.stated.0,
        };
        let secrets = built.secrets.to_bytes().map_err(internal)?;
        let intent_id = intent.map(|intent| intent.id);
        let staged =
            StagedCommit { epoch, commit: hash, secrets: secrets.into(), submission, intent: intent_id };
        let first_access_key =
            (epoch == Epoch(0)).then(|| self.access.get(&epoch).map(access::public_key)).flatten();
        let bundle = Bytes::from(bundle.encode_to_vec());
        let body = SubmissionBody::Commit { bundle, welcomes, first_access_key, blob };
        let saved = SubmissionRow {
            submission: Submission { id: submission, epoch, body },
            intent: intent_id,
            message: None,
            accepted: None,
        };
        self.live = Some(Live { submission, blocks: intent.is_some() || built.revokes || built.rotates });
        out.write(Write::Staged(staged.clone()));
        self.staged.push(staged);
        if let Some(intent) = intent_id {
            out.intent(intent, IntentChange::Submitted);
        }
        self.submit(saved, intent.cloned(), out);
        Ok(Staging::Staged)
    }

    /// Writes a submission and hands it over.
    pub(super) fn submit(&mut self, saved: SubmissionRow, intent: Option<Intent>, out: &mut Output) {
        out.write(Write::Submission(saved.clone()));
        out.submissions.push(saved.submission.clone());
        self.submissions.insert(saved.submission.id, Pending { saved, intent });
    }

    /// The commit that began the current epoch, as a bundle names it; empty in epoch 0.
    pub(super) fn parent_bytes(&self) -> Bytes {
        self.head.parent.map_or(Bytes::new(), |parent| Bytes::copy_from_slice(parent.as_bytes()))
    }

    /// The next epoch's access seed and tree, from a copy of the group.
    fn look_ahead(&self, built: &Built) -> Result<(AccessSeed, Option<TreeBlob>), MlsError> {
        let mut next = self.group.clone();
        next.apply_detached_commit(built.secrets.clone())?;
        let seed = access::seed_of(&next)?;
        let Some(tree) = &built.tree else { return Ok((seed, None)) };
        let bytes = next.export_tree().to_bytes()?;
        Ok((seed, Some(tree.seal(&self.env, self.group.cipher_suite(), &bytes)?)))
    }
}

fn welcomes(output: &CommitOutput, inboxes: &[(Vec<u8>, InboxId)]) -> Result<Vec<WelcomeFor>, MlsError> {
    let one = |message: &MlsMessage| {
        let references = message.welcome_key_package_references();
        let found = inboxes.iter().find(|(own, _)| references.iter().any(|reference| ***reference == **own));
        let (_, inbox) = found.ok_or(MlsError::WelcomeKeyPackageNotFound)?;
        Ok(WelcomeFor { inbox: *inbox, welcome: Bytes::from(message.to_bytes()?) })
    };
    output.welcome_messages.iter().map(one).collect()
}

fn fits(commit: &[u8], welcomes: &[WelcomeFor], blob: Option<&TreeBlob>) -> bool {
    commit.len() <= limits::COMMIT_BYTES_MAX
        && welcomes.iter().all(|one| one.welcome.len() <= limits::WELCOME_BYTES_MAX)
        && blob.is_none_or(|blob| blob.data.len() <= limits::BLOB_BYTES_MAX)
}
