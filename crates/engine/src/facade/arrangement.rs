//! How the user arranges the list of groups, and what counts as read and seen. All of it stays on this computer.

use conclave_protocol::limits::NUMBER_MAX;
use conclave_protocol::{GroupId, Timestamp};
use conclave_store::Tx;

use super::Engine;
use crate::api::Error;

impl Engine {
    /// Marks messages as read and membership changes as seen, up to and including the row at this position.
    pub async fn mark_seen(&self, group: String, up_to_position: u64) -> Result<(), Error> {
        self.arrange(&group, move |tx, group| tx.mark_seen(group, up_to_position)).await
    }

    /// Marks all messages of a group as read, but no membership changes as seen.
    pub async fn mark_read(&self, group: String) -> Result<(), Error> {
        self.arrange(&group, |tx, group| tx.mark_read(group)).await
    }

    /// Marks a group as unread; reading it clears the mark.
    pub async fn mark_unread(&self, group: String) -> Result<(), Error> {
        self.arrange(&group, |tx, group| tx.mark_unread(group)).await
    }

    /// Pins a group above the others, or unpins it.
    pub async fn pin_group(&self, group: String, on: bool) -> Result<(), Error> {
        self.arrange(&group, move |tx, group| tx.set_pinned(group, on)).await
    }

    /// Archives a group, or brings it back.
    pub async fn archive_group(&self, group: String, on: bool) -> Result<(), Error> {
        self.arrange(&group, move |tx, group| tx.set_archived(group, on)).await
    }

    /// Mutes a group until this time; none unmutes it.
    pub async fn mute_group(&self, group: String, until_ms: Option<u64>) -> Result<(), Error> {
        let until = Timestamp(until_ms.unwrap_or(0).min(NUMBER_MAX));
        self.arrange(&group, move |tx, group| tx.set_muted(group, until)).await
    }

    async fn arrange(
        &self,
        group: &str,
        change: impl FnOnce(&mut Tx<'_>, &GroupId) -> Result<(), conclave_store::Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (open, group) = self.in_group(group)?;
        open.deps.store.write(move |tx| change(tx, &group)).await?;
        open.summary_changed(group);
        Ok(())
    }
}
