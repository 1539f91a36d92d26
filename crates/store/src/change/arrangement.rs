//! How the person arranges the list of groups: pinned, archived, muted, marked.

use conclave_protocol::{GroupId, Timestamp};

use crate::error::Error;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Pins or unpins a group. Pinning an archived one restores it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn set_pinned(&mut self, group: &GroupId, pinned: bool) -> Result<(), Error> {
        let row = self.group_row(group)?;
        sql::run(
            self.conn,
            "UPDATE groups SET pinned = ?2, archived = archived AND NOT ?2 WHERE id = ?1",
            (row, pinned),
        )?;
        Ok(())
    }

    /// Archives or restores a group; a restored one is pinned again if it was.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn set_archived(&mut self, group: &GroupId, archived: bool) -> Result<(), Error> {
        let row = self.group_row(group)?;
        sql::run(self.conn, "UPDATE groups SET archived = ?2 WHERE id = ?1", (row, archived))?;
        Ok(())
    }

    /// Mutes a group until then; a past time unmutes it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group; [`Error::OutOfRange`] for a time that can't be stored.
    pub fn set_muted(&mut self, group: &GroupId, until: Timestamp) -> Result<(), Error> {
        let row = self.group_row(group)?;
        sql::run(
            self.conn,
            "UPDATE groups SET muted_until = ?2 WHERE id = ?1",
            (row, int(until.0, "time")?),
        )?;
        Ok(())
    }

    /// Marks a group, as a reminder, until it is opened.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn mark_unread(&mut self, group: &GroupId) -> Result<(), Error> {
        let row = self.group_row(group)?;
        sql::run(self.conn, "UPDATE groups SET marked_unread = 1 WHERE id = ?1", [row])?;
        Ok(())
    }

    /// Marks all messages as read; membership changes count until they were seen.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn mark_read(&mut self, group: &GroupId) -> Result<(), Error> {
        let row = self.group_row(group)?;
        let newest = self.view().newest_position(row)?.unwrap_or(-1);
        sql::run(
            self.conn,
            "UPDATE groups SET read_position = max(read_position, ?2), marked_unread = 0, unread = 0 WHERE id = ?1",
            (row, newest),
        )?;
        Ok(())
    }

    /// A new message in the timeline restores an archived group, unless it was muted at that time.
    pub(super) fn bring_back(&mut self, group_row: i64, at: Timestamp) -> Result<(), Error> {
        sql::run(
            self.conn,
            "UPDATE groups SET archived = 0 WHERE id = ?1 AND archived AND muted_until <= ?2",
            (group_row, int(at.0, "time")?),
        )?;
        Ok(())
    }
}
