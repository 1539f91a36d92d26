//! A group's draft, with what it refers to.

use conclave_protocol::{GroupId, MessageId};

use super::View;
use crate::error::Error;
use crate::row::{DraftRow, DraftView, EditRow, EditView, MessageBody};
use crate::sql;

impl View<'_> {
    /// A group's draft, if there is one. An edit of a message that can't be edited any more becomes part of the text:
    /// nothing that was written is lost.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn draft(&self, group: &GroupId) -> Result<Option<DraftView>, Error> {
        let group_row = self.known_group(group)?;
        let Some(DraftRow { mut text, reply_to, edit }) = self.draft_row(group_row)? else { return Ok(None) };
        let mut view = None;
        if let Some(EditRow { message, text: edited }) = edit {
            match self.editable(group, &message)? {
                Some(before) => view = Some(EditView { message, text: edited, before }),
                None if text.is_empty() => text = edited,
                None => text = format!("{edited}\n\n{text}"),
            }
        }
        let reply_to = reply_to.map(|quoted| self.quote(group_row, quoted)).transpose()?;
        Ok(Some(DraftView { text, reply_to, edit: view }))
    }

    fn draft_row(&self, group_row: i64) -> Result<Option<DraftRow>, Error> {
        let what = "draft";
        sql::first(
            self.conn,
            "SELECT text, reply_to, edited, edit_text FROM drafts WHERE group_row = ?1",
            [group_row],
            |c| {
                let (text, reply_to) = (c.text(what)?, c.maybe_id::<MessageId>(what)?);
                let edit = match (c.maybe_id(what)?, c.maybe_text(what)?) {
                    (Some(message), Some(text)) => Some(EditRow { message, text }),
                    (None, None) => None,
                    _ => return Err(Error::Corrupt { what }),
                };
                Ok(DraftRow { text, reply_to, edit })
            },
        )
    }

    /// The text of a message that this user may still edit.
    fn editable(&self, group: &GroupId, message: &MessageId) -> Result<Option<String>, Error> {
        let me = self.account()?.map(|account| account.user);
        Ok(self.message(group, message)?.and_then(|view| match view.body {
            MessageBody::Text { text, .. } if Some(view.sender.user()) == me.as_ref() => Some(text),
            _ => None,
        }))
    }
}
