//! Submissions under way.

use conclave_record::{
    IntentId, Submission, SubmissionBody, SubmissionCode, SubmissionRow, TreeBlob, WelcomeFor,
};

use super::View;
use crate::error::Error;
use crate::sql;

impl View<'_> {
    pub(super) fn submissions(&self, generation_row: i64) -> Result<Vec<SubmissionRow>, Error> {
        let rows = sql::all(
            self.conn,
            "SELECT id, submission, epoch, kind, body, first_access_key, blob_id, blob, intent, message, accepted
             FROM submissions WHERE generation = ?1 ORDER BY id",
            [generation_row],
            |c| {
                let row = c.int("submission")?;
                let (id, epoch) = (c.id("submission")?, c.epoch()?);
                let code = c.code::<SubmissionCode>()?;
                let bytes = c.bytes("submission")?;
                let first_access_key = c.maybe_id("access key")?;
                let blob = match (c.maybe_id("blob id")?, c.maybe_blob("blob", |data| Ok(data.to_vec()))?) {
                    (Some(id), Some(data)) => Some(TreeBlob { id, data: data.into() }),
                    (None, None) => None,
                    _ => return Err(Error::Corrupt { what: "blob" }),
                };
                let body = match code {
                    SubmissionCode::Entry => SubmissionBody::Entry { entry: bytes },
                    SubmissionCode::Commit => {
                        SubmissionBody::Commit { bundle: bytes, welcomes: Vec::new(), first_access_key, blob }
                    }
                };
                let intent = c.maybe_int("intent")?.map(IntentId);
                let message = c.maybe_id("message")?;
                let accepted = c.maybe_number("sequence number")?.map(conclave_protocol::Seq);
                let submission = Submission { id, epoch, body };
                Ok((row, SubmissionRow { submission, intent, message, accepted }))
            },
        )?;
        rows.into_iter()
            .map(|(id, mut row)| {
                if let SubmissionBody::Commit { welcomes, .. } = &mut row.submission.body {
                    *welcomes = self.welcomes(id)?;
                }
                Ok(row)
            })
            .collect()
    }

    fn welcomes(&self, submission_row: i64) -> Result<Vec<WelcomeFor>, Error> {
        sql::all(
            self.conn,
            "SELECT inbox, welcome FROM submission_welcomes WHERE submission = ?1 ORDER BY id",
            [submission_row],
            |c| Ok(WelcomeFor { inbox: c.id("inbox")?, welcome: c.bytes("welcome")? }),
        )
    }
}
