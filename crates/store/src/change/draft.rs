//! Unsent drafts.

use conclave_protocol::GroupId;

use crate::error::Error;
use crate::row::{DraftPart, DraftRow};
use crate::sql;
use crate::tx::Tx;

impl Tx<'_> {
    /// Stores a group's draft, replacing the previous one. An empty one is deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn put_draft(&mut self, group: &GroupId, draft: &DraftRow) -> Result<(), Error> {
        let group_row = self.group_row(group)?;
        sql::run(
            self.conn,
            "INSERT INTO drafts (group_row, text, reply_to, edited, edit_text) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (group_row) DO UPDATE SET text = ?2, reply_to = ?3, edited = ?4, edit_text = ?5",
            (
                group_row,
                &draft.text,
                draft.reply_to.as_ref().map(|id| id.as_bytes().as_slice()),
                draft.edit.as_ref().map(|edit| edit.message.as_bytes().as_slice()),
                draft.edit.as_ref().map(|edit| &edit.text),
            ),
        )?;
        self.drop_empty_draft(group_row)
    }

    /// Removes the part of the draft that was sent in this transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn end_draft(&mut self, group: &GroupId, part: DraftPart) -> Result<(), Error> {
        let group_row = self.group_row(group)?;
        let end = match part {
            DraftPart::Text => "UPDATE drafts SET text = '', reply_to = NULL WHERE group_row = ?1",
            DraftPart::Edit => "UPDATE drafts SET edited = NULL, edit_text = NULL WHERE group_row = ?1",
        };
        sql::run(self.conn, end, [group_row])?;
        self.drop_empty_draft(group_row)
    }

    fn drop_empty_draft(&mut self, group_row: i64) -> Result<(), Error> {
        sql::run(
            self.conn,
            "DELETE FROM drafts WHERE group_row = ?1 AND text = '' AND reply_to IS NULL AND edited IS NULL",
            [group_row],
        )?;
        Ok(())
    }
}
