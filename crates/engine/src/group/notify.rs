//! Which new rows are worth a desktop notification: what others wrote and did, not yet seen, in a group that is not
//! muted. They have the ids of the timeline, so that the window finds them there.

use conclave_group::Event;
use conclave_protocol::MessageId;
use conclave_store::{Error, PageFrom, RowBody, RowId};

use super::core::Core;
use crate::api;

/// Most messages to notify of at once, the newest ones: nobody reads a hundred notifications.
const MESSAGES_MAX: usize = 32;
/// How many of the newest rows are searched for the changes of a step.
const ROWS_MAX: u32 = 64;

/// New messages and changes that nobody was notified of yet.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingNotifications {
    /// At most [`MESSAGES_MAX`], oldest first.
    messages: Vec<MessageId>,
    /// The first new index of the membership log.
    log_from: Option<u64>,
}

impl PendingNotifications {
    /// Adds the events of a step. Idempotent.
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
    /// Publishes notifications of new rows. If they can't be read now, the next step retries.
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
                for RowId(row) in rows {
                    let (group, row) = (group.to_hex(), row.to_string());
                    self.deps.bus.publish(api::Event::Notify { group, row });
                }
            }
            Err(error) => tracing::warn!(%error, "notifications are delayed"),
        }
    }
}
