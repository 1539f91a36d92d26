//! Drafts: stored until they are sent, so that they survive a restart or a crash.

use std::future::Future;

use conclave_protocol::limits::TEXT_BYTES_MAX;
use conclave_protocol::{ClientUri, GroupId, MessageId};
use conclave_store::{DraftRow, DraftView, EditRow, View};

use super::shown::shown_quote;
use super::translate::message_id;
use super::{Engine, Open};
use crate::api::{DraftToKeep, EditToKeep, Error, KeptDraft, KeptEdit};

impl Engine {
    /// Stores a group's draft in place of the former one. Runs in the order of the calls about this group, so that a
    /// text that was sent meanwhile does not reappear.
    pub fn keep_draft(
        &self,
        group: &str,
        draft: DraftToKeep,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let call = self.enqueue(group);
        async move {
            let (open, group, _turn) = call?.turn().await;
            open.keep_draft(group, draft).await
        }
    }

    /// A group's draft, if there is one.
    pub async fn draft(&self, group: String) -> Result<Option<KeptDraft>, Error> {
        let (open, group) = self.in_group(&group)?;
        let read = move |v: &View<'_>| {
            let Some(draft) = v.draft(&group)? else { return Ok(None) };
            let sender = draft.reply_to.as_ref().and_then(|quote| quote.sender.as_ref());
            let names = v.names_of(&group, &sender.map(ClientUri::user).into_iter().collect())?;
            Ok(Some((draft, names)))
        };
        let kept = open.deps.store.read(read).await?;
        Ok(kept.map(|(DraftView { text, reply_to, edit }, names)| KeptDraft {
            text,
            reply_to: reply_to.map(|quote| shown_quote(quote, &open.people(names))),
            edit: edit.map(|e| KeptEdit { message: e.message.to_hex(), text: e.text, before: e.before }),
        }))
    }
}

impl Open {
    async fn keep_draft(&self, group: GroupId, draft: DraftToKeep) -> Result<(), Error> {
        let DraftToKeep { text, reply_to, edit } = draft;
        let edit = edit.map(|EditToKeep { message, text }| {
            Ok::<_, Error>(EditRow { message: message_id(&message)?, text: bounded(text)? })
        });
        let reply_to: Option<MessageId> = reply_to.as_deref().map(message_id).transpose()?;
        let row = DraftRow { text: bounded(text)?, reply_to, edit: edit.transpose()? };
        self.deps.store.write(move |tx| tx.put_draft(&group, &row)).await?;
        self.summary_changed(group);
        Ok(())
    }
}

/// A draft has the same bound as a message.
fn bounded(text: String) -> Result<String, Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong { max: TEXT_BYTES_MAX as u64 });
    }
    Ok(text)
}
