//! What was submitted to the Delivery Service and may have to be sent again, and what applies a commit once it is
//! accepted.

use conclave_protocol::SubmissionId;
use conclave_record::{Code, Generation, StagedCommit, SubmissionBody, SubmissionRow};

use crate::chunk;
use crate::error::Error;
use crate::sql::{self, int};
use crate::tx::Tx;

/// A submission's body as columns.
type Columns<'a> = (&'a [u8], Option<&'a [u8]>, Option<&'a [u8]>, Option<&'a [u8]>);

fn columns(body: &SubmissionBody) -> Columns<'_> {
    match body {
        SubmissionBody::Commit { bundle, first_access_key, blob, .. } => (
            bundle,
            first_access_key.as_ref().map(<[u8; 32]>::as_slice),
            blob.as_ref().map(|blob| blob.id.as_slice()),
            blob.as_ref().map(|blob| blob.data.as_ref()),
        ),
        SubmissionBody::Entry { entry } => (entry, None, None, None),
    }
}

impl Tx<'_> {
    /// Stores a submission; replaces one with the same id.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn put_submission(&mut self, generation: &Generation, row: &SubmissionRow) -> Result<(), Error> {
        let place = self.place(generation)?;
        let submission = &row.submission;
        self.delete_submission(generation, &submission.id)?;
        let (body, first_access_key, blob_id, blob) = columns(&submission.body);
        let id = sql::insert(
            self.conn,
            "INSERT INTO submissions (generation, submission, epoch, kind, body, first_access_key, blob_id, blob,
                 intent, message, accepted)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT id FROM intents WHERE id = ?9), ?10, ?11)",
            (
                place.generation,
                submission.id.as_bytes().as_slice(),
                int(submission.epoch.0, "epoch")?,
                submission.body.code().stored(),
                body,
                first_access_key,
                blob_id,
                blob,
                row.intent.map(|intent| intent.0),
                row.message.as_ref().map(|message| message.as_bytes().as_slice()),
                row.accepted.map(|seq| int(seq.0, "sequence number")).transpose()?,
            ),
        )?;
        if let SubmissionBody::Commit { welcomes, .. } = &submission.body {
            for welcome in welcomes {
                sql::insert(
                    self.conn,
                    "INSERT INTO submission_welcomes (submission, inbox, welcome) VALUES (?1, ?2, ?3)",
                    (id, welcome.inbox.as_bytes().as_slice(), welcome.welcome.as_ref()),
                )?;
            }
        }
        Ok(())
    }

    /// Deletes a finished submission; false if there is none.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn delete_submission(
        &mut self,
        generation: &Generation,
        submission: &SubmissionId,
    ) -> Result<bool, Error> {
        let place = self.place(generation)?;
        let gone = sql::run(
            self.conn,
            "DELETE FROM submissions WHERE generation = ?1 AND submission = ?2",
            (place.generation, submission.as_bytes().as_slice()),
        )?;
        Ok(gone > 0)
    }

    /// Stores a commit that was built and is about to be submitted.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn put_staged(&mut self, generation: &Generation, row: &StagedCommit) -> Result<(), Error> {
        let place = self.place(generation)?;
        let secrets = chunk::pack(&row.secrets, &self.stored_chunks(place.generation)?);
        sql::run(
            self.conn,
            "INSERT OR REPLACE INTO staged (generation, epoch, commit_hash, secrets, submission, intent)
             VALUES (?1, ?2, ?3, ?4, ?5, (SELECT id FROM intents WHERE id = ?6))",
            (
                place.generation,
                int(row.epoch.0, "epoch")?,
                row.commit.as_bytes().as_slice(),
                &secrets[..],
                row.submission.as_bytes().as_slice(),
                row.intent.map(|intent| intent.0),
            ),
        )?;
        Ok(())
    }

    /// Deletes all staged commits: their epoch is over.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn delete_staged(&mut self, generation: &Generation) -> Result<(), Error> {
        let place = self.place(generation)?;
        sql::run(self.conn, "DELETE FROM staged WHERE generation = ?1", [place.generation])?;
        Ok(())
    }
}
