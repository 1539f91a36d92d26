//! How the person arranges the list of groups, and what of them counts as read and seen. All of it stays on this computer.

use conclave_protocol::limits::NUMBER_MAX;
use conclave_protocol::{GroupId, Timestamp};
use conclave_store::Tx;

use super::Engine;
use crate::api::Error;

impl Engine {
    /// Messages were read and membership changes seen, up to and with the row at this position.
    pub async fn mark_seen(&self, group: String, up_to_position: u64) -> Result<(), Error> {
        self.arrange(&group, move |tx, group| tx.mark_seen(group, up_to_position)).await
    }

    /// All messages of a group count as read. Membership changes count until they were seen.
    pub async fn mark_read(&self, group: String) -> Result<(), Error> {
        self.arrange(&group, |tx, group| tx.mark_read(group)).await
    }

    /// Marks a group, to be looked at again; reading it takes the mark away.
    pub async fn mark_unread(&self, group: String) -> Result<(), Error> {
        self.arrange(&group, |tx, group| tx.mark_unread(group)).await
    }

    /// Puts a group before the others, or back among them.
    pub async fn pin_group(&self, group: String, on: bool) -> Result<(), Error> {
        self.arrange(&group, move |tx, group| tx.set_pinned(group, on)).await
    }

    /// Puts a group away, or back.
    pub async fn archive_group(&self, group: String, on: bool) -> Result<(), Error> {
        self.arrange(&group, move |tx, group| tx.set_archived(group, on)).await
    }

    /// Keeps a group quiet until then, or lets it speak again.
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
