//! Which new rows are worth a desktop notification: what others wrote and did, not yet seen. They are named as the
//! timeline names them, so that the window finds them there.

use conclave_protocol::MessageId;
use conclave_store::{Error, PageFrom, RowBody, RowId};

use super::core::Core;
use crate::api;

/// Messages of one step that are told of; of more, the newest. Nobody reads a hundred notifications.
const MESSAGES_MAX: usize = 32;
/// Among so many of the newest rows are the changes of one step looked for.
const ROWS_MAX: u32 = 64;

/// What a step brought.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) messages: Vec<MessageId>,
    /// The log grew from this index on.
    pub(super) log_from: Option<u64>,
}

impl Core {
    /// Tells of the rows that a durable step brought.
    pub(super) async fn notify(&self, news: News) {
        let News { mut messages, log_from } = news;
        if messages.is_empty() && log_from.is_none() {
            return;
        }
        messages.drain(..messages.len().saturating_sub(MESSAGES_MAX));
        let group = self.group();
        let found = self.deps.store.read(move |view| {
            let mut rows: Vec<RowId> = Vec::new();
            for message in &messages {
                rows.extend(view.row_of(&group, message)?);
            }
            if let Some(from) = log_from {
                let page = view.timeline(&group, PageFrom::Newest, ROWS_MAX)?;
                let unseen = |body: &RowBody| matches!(body, RowBody::Membership(entry) if entry.row.index >= from && !entry.seen);
                rows.extend(page.rows.into_iter().filter(|row| unseen(&row.body)).map(|row| row.id));
            }
            Ok::<_, Error>(rows)
        });
        match found.await {
            Ok(rows) => rows.into_iter().for_each(|row| {
                self.deps.bus.tell(api::Event::Notify { group: group.to_hex(), row: row.0.to_string() });
            }),
            // The step stands; the counts in the list tell of it as well.
            Err(error) => tracing::warn!(%error, "no notification"),
        }
    }
}
