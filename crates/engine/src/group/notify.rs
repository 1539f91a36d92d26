//! Which new rows are worth a desktop notification: what others wrote and did, not yet seen, in a group that is not muted. They are named as the
//! timeline names them, so that the window finds them there.

use conclave_group::Event;
use conclave_protocol::MessageId;
use conclave_store::{Error, PageFrom, RowBody, RowId};

use super::core::Core;
use crate::api;

/// Messages of one step that are told of; of more, the newest. Nobody reads a hundred notifications.
const MESSAGES_MAX: usize = 32;
/// Among so many of the newest rows are the changes of one step looked for.
const ROWS_MAX: u32 = 64;

/// What steps brought.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingNotifications {
    /// At most [`MESSAGES_MAX`], oldest first.
    messages: Vec<MessageId>,
    /// The log grew from this index on.
    log_from: Option<u64>,
}

impl PendingNotifications {
    /// Takes in what a step leads to. The same again changes nothing.
    pub(super) fn add(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Arrived { message } if !self.messages.contains(message) => {
                    self.messages.push(*message);
                }
                Event::Membership { index_from } => {
                    self.log_from = Some(self.log_from.map_or(*index_from, |from| from.min(*index_from)));
                }
                _ => {}
            }
            let beyond = self.messages.len().saturating_sub(MESSAGES_MAX);
            self.messages.drain(..beyond);
        }
    }

    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.log_from.is_none()
    }
}

impl Core {
    /// Tells of the rows that durable steps brought. What can't be looked up now is told of with the next step.
    pub(super) async fn notify(&mut self) {
        if self.notifications.is_empty() {
            return;
        }
        let PendingNotifications { messages, log_from } = self.notifications.clone();
        let group = self.group();
        let now = self.deps.clock.now();
        let found = self.deps.store.read(move |view| {
            let mut rows: Vec<RowId> = Vec::new();
            if view.muted_until(&group)? > now {
                return Ok(rows);
            }
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
            Ok(rows) => {
                self.notifications = PendingNotifications::default();
                for row in rows {
                    self.deps
                        .bus
                        .publish(api::Event::Notify { group: group.to_hex(), row: row.0.to_string() });
                }
            }
            Err(error) => tracing::warn!(%error, "no notification yet"),
        }
    }
}
