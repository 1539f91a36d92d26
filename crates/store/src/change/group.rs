//! A group's head, and how far its log was handled and its timeline seen.

use conclave_protocol::{ClientUri, GroupId, Seq, Timestamp};
use conclave_record::{Code, Generation, GroupHead, GroupStatus, UnreadableCause};

use super::timeline::{NewRow, Spot};
use crate::error::{Error, Missing};
use crate::row::RowCode;
use crate::sql::{self, int};
use crate::tx::{Place, Tx};

impl Tx<'_> {
    /// Writes the head. If the group breaks with it, the timeline gets a row that says so.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the generation is gone.
    pub fn put_head(&mut self, generation: &Generation, head: &GroupHead) -> Result<(), Error> {
        let place = self.place(generation)?;
        let was = self.view().status_of(place.generation)?;
        let by = match &head.status {
            GroupStatus::Removed { by } => self.maybe_person(by.as_ref())?,
            _ => None,
        };
        let cause = match head.status {
            GroupStatus::Broken { cause } => Some(cause),
            _ => None,
        };
        let added_by = self.maybe_person(head.added_by.as_ref().map(ClientUri::user))?;
        sql::run(
            self.conn,
            "UPDATE generations SET name = ?2, status = ?3, status_by = ?4, status_cause = ?5, epoch = ?6,
                 tree_hash = ?7, epoch_authenticator = ?8, policy = ?9, cipher_suite = ?10, own_leaf = ?11,
                 own_role = ?12, people = ?13, devices = ?14, key_renewed = ?15, renewal = ?16, added_by = ?17,
                 added_by_device = ?18, parent = ?19, stated = ?20, behind = ?21 WHERE id = ?1",
            rusqlite::params![
                place.generation,
                &head.name,
                head.status.code().stored(),
                by,
                cause.map(UnreadableCause::stored),
                int(head.epoch.0, "epoch")?,
                head.tree_hash.as_ref(),
                head.epoch_authenticator.as_ref(),
                head.policy.as_ref(),
                head.cipher_suite,
                head.own_leaf,
                head.own_role.stored(),
                head.people,
                head.devices,
                int(head.key_renewed.0, "time")?,
                head.renewal.stored(),
                added_by,
                head.added_by.as_ref().map(|client| client.device().0),
                head.parent.as_ref().map(|commit| commit.as_bytes().as_slice()),
                int(head.stated.0, "time")?,
                head.behind.map(|seq| int(seq.0, "seq")).transpose()?,
            ],
        )?;
        self.drop_failed_updates(place.group_row)?;
        match cause {
            Some(cause) if place.current && !matches!(was, Some(GroupStatus::Broken { .. })) => {
                self.add_needs_setup(place, head, cause)
            }
            _ => Ok(()),
        }
    }

    fn add_needs_setup(
        &mut self,
        place: Place,
        head: &GroupHead,
        cause: UnreadableCause,
    ) -> Result<(), Error> {
        let (cursor, at) = sql::only(
            self.conn,
            "SELECT cursor, log_time FROM generations WHERE id = ?1",
            [place.generation],
            Missing::Generation,
            |c| Ok((c.seq()?, c.time()?)),
        )?;
        let seq = self.view().newest_seq(place.group_row)?.max(cursor);
        let position = self.position(place.group_row, Spot::Log(seq))?;
        let row = NewRow::new(position, RowCode::NeedsSetup, at, head.epoch);
        let row = NewRow { cause: Some(cause), ..row };
        self.add_row(place.group_row, &row)?;
        Ok(())
    }

    /// Everything in the log up to this entry was handled; `log_time` is that entry's time.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the cursor would move back, [`Error::NotFound`] if the generation is gone.
    pub fn set_cursor(
        &mut self,
        generation: &Generation,
        seq: Seq,
        log_time: Timestamp,
    ) -> Result<(), Error> {
        let place = self.place(generation)?;
        let changed = sql::run(
            self.conn,
            "UPDATE generations SET cursor = ?2, log_time = max(log_time, ?3) WHERE id = ?1 AND cursor <= ?2",
            (place.generation, int(seq.0, "sequence number")?, int(log_time.0, "time")?),
        )?;
        if changed == 0 { Err(Error::Conflict { what: "the cursor" }) } else { Ok(()) }
    }

    /// Messages were read and membership changes seen, up to and including the row at this position. Never moves back;
    /// rows without a place in the log count as the newest that has one. Also removes the group's mark.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn mark_seen(&mut self, group: &GroupId, up_to: u64) -> Result<(), Error> {
        let group_row = self.group_row(group)?;
        let newest = self.view().newest_position(group_row)?;
        let up_to = i64::try_from(up_to).unwrap_or(i64::MAX).min(newest.unwrap_or(-1));
        let moved = sql::run(
            self.conn,
            "UPDATE groups SET seen_position = max(seen_position, ?2), read_position = max(read_position, ?2),
                 marked_unread = 0
             WHERE id = ?1 AND (seen_position < ?2 OR read_position < ?2 OR marked_unread)",
            (group_row, up_to),
        )?;
        if moved > 0 { self.recount(group_row) } else { Ok(()) }
    }
}
