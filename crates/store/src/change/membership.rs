//! The membership log: rows are appended and never changed.

use conclave_protocol::ClientUri;
use conclave_record::{Code, Generation, MembershipKind, MembershipRow, Role};

use super::timeline::{NewRow, Spot};
use crate::error::{Error, Missing};
use crate::row::{Counts, RowCode};
use crate::sql::{self, int};
use crate::tx::{Place, Tx};

impl Tx<'_> {
    /// Appends rows to the log and, except for mere renewals of keys, to the timeline. This user's own changes count
    /// as seen.
    ///
    /// # Errors
    /// [`Error::Conflict`] if a row is not the next of its generation's log, or the generation is not shown;
    /// [`Error::NotFound`] if it is gone.
    pub fn add_membership(&mut self, generation: &Generation, rows: &[MembershipRow]) -> Result<(), Error> {
        let place = self.shown(generation)?;
        let me = self.view().own_person()?;
        for row in rows {
            self.add_membership_row(place, generation.number, row, me)?;
        }
        Ok(())
    }

    fn add_membership_row(
        &mut self,
        place: Place,
        number: u32,
        row: &MembershipRow,
        me: Option<i64>,
    ) -> Result<(), Error> {
        let log_place = self.next_log_place(place, row.index)?;
        let actor = self.maybe_person(row.actor.as_ref().map(ClientUri::user))?;
        let target = self.maybe_person(row.target.as_ref())?;
        let quiet = row.kind == MembershipKind::KeysRenewed;
        // A row that is only in the log can't be on screen in the timeline.
        let own = quiet || (actor.is_some() && actor == me);
        let position = self.position(place.group_row, Spot::Log(row.seq))?;
        let id = sql::insert(
            self.conn,
            "INSERT INTO membership (group_row, place, generation, position, own, kind, actor, actor_device, target,
                 devices, name, role, epoch, at, seq, commit_hash, row_hash, chain_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            rusqlite::params![
                place.group_row,
                log_place,
                number,
                position,
                own,
                row.kind.stored(),
                actor,
                row.actor.as_ref().map(|actor| actor.device().0),
                target,
                row.devices,
                row.name,
                row.role.map(Role::stored),
                int(row.epoch.0, "epoch")?,
                int(row.at.0, "time")?,
                int(row.seq.0, "sequence number")?,
                row.commit.as_bytes().as_slice(),
                row.row_hash.as_slice(),
                row.chain_hash.as_slice(),
            ],
        )?;
        if quiet {
            return Ok(());
        }
        let counts = if own { Counts::Nothing } else { Counts::Unseen };
        let new = NewRow::new(position, RowCode::Membership, row.at, row.epoch);
        self.add_row(place.group_row, &NewRow { counts, reference: Some(id), ..new })?;
        Ok(())
    }

    /// The place in the group's log of a generation's row, which must be the next.
    fn next_log_place(&self, place: Place, index: u64) -> Result<i64, Error> {
        let (base, next) = sql::only(
            self.conn,
            "SELECT log_base, (SELECT ifnull(max(place) + 1, 0) FROM membership WHERE group_row = ?1)
             FROM generations WHERE id = ?2",
            (place.group_row, place.generation),
            Missing::Generation,
            |c| Ok((c.int("log base")?, c.int("log place")?)),
        )?;
        if base.checked_add(int(index, "log index")?) == Some(next) {
            Ok(next)
        } else {
            Err(Error::Conflict { what: "the membership log's next row" })
        }
    }
}
