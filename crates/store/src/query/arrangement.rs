//! Whether a group is muted.

use conclave_protocol::{GroupId, Timestamp};

use super::View;
use crate::error::Error;
use crate::sql;

impl View<'_> {
    /// Until when a group is muted; a past time if it is not.
    pub fn muted_until(&self, group: &GroupId) -> Result<Timestamp, Error> {
        let id = [group.as_bytes().as_slice()];
        let found =
            sql::first(self.conn, "SELECT muted_until FROM groups WHERE group_id = ?1", id, |c| c.time())?;
        Ok(found.unwrap_or(Timestamp(0)))
    }
}
