//! Placing rows in a group's timeline. The counters of unread and unseen rows change only here.

use conclave_protocol::{ClientUri, Epoch, Seq, Timestamp};
use conclave_record::{Code, UnreadableCause};

use crate::error::Error;
use crate::row::{Counts, RowCode, RowId};
use crate::sql::{self, int};
use crate::tx::Tx;

/// Places within one sequence number: a commit of 100 adds has some 100 rows.
pub(crate) const PLACES_BITS: u32 = 10;
/// Positions from here on belong to rows that have no place in the log. All stay below 2^53, so that they are exact in
/// JavaScript.
pub(crate) const PENDING_FROM: i64 = 1 << 52;

/// Where a row goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spot {
    /// The next place within this entry of the log.
    Log(Seq),
    /// After all others, until it gets a place.
    Pending,
}

/// A row to place.
#[derive(Debug)]
pub(crate) struct NewRow<'a> {
    pub(crate) position: i64,
    pub(crate) kind: RowCode,
    pub(crate) counts: Counts,
    pub(crate) at: Timestamp,
    pub(crate) epoch: Epoch,
    /// The row in the table that `kind` names, if the kind needs one.
    pub(crate) reference: Option<i64>,
    pub(crate) cause: Option<UnreadableCause>,
    pub(crate) sender: Option<&'a ClientUri>,
}

impl NewRow<'_> {
    pub(crate) fn new(position: i64, kind: RowCode, at: Timestamp, epoch: Epoch) -> Self {
        let counts = Counts::Nothing;
        Self { position, kind, counts, at, epoch, reference: None, cause: None, sender: None }
    }
}

impl Tx<'_> {
    /// Inserts a row at its position, which is free.
    pub(crate) fn add_row(&mut self, group_row: i64, row: &NewRow<'_>) -> Result<RowId, Error> {
        let id = sql::insert(
            self.conn,
            "INSERT INTO timeline (group_row, position, kind, counts, at, epoch, ref, cause, sender, device)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                group_row,
                row.position,
                row.kind.stored(),
                row.counts.stored(),
                int(row.at.0, "time")?,
                int(row.epoch.0, "epoch")?,
                row.reference,
                row.cause.map(UnreadableCause::stored),
                self.maybe_person(row.sender.map(ClientUri::user))?,
                row.sender.map(|sender| sender.device().0),
            ),
        )?;
        self.count(group_row, row.position, row.counts)?;
        Ok(RowId(id))
    }

    /// The position of the next row there.
    pub(crate) fn position(&self, group_row: i64, spot: Spot) -> Result<i64, Error> {
        match spot {
            Spot::Log(seq) => self.log_position(group_row, seq),
            // Row ids are never used twice, so neither is this position.
            Spot::Pending => {
                let newest = sql::first(
                    self.conn,
                    "SELECT seq FROM sqlite_sequence WHERE name = 'timeline'",
                    [],
                    |c| c.int("row"),
                )?;
                Ok(PENDING_FROM + newest.unwrap_or(0) + 1)
            }
        }
    }

    fn log_position(&self, group_row: i64, seq: Seq) -> Result<i64, Error> {
        let what = "a place in the timeline";
        let first = int(seq.0, what)?.checked_mul(1 << PLACES_BITS).filter(|first| *first < PENDING_FROM);
        let first = first.ok_or(Error::OutOfRange { what })?;
        let end = first + (1 << PLACES_BITS);
        let taken = sql::first(
            self.conn,
            "SELECT position FROM timeline WHERE group_row = ?1 AND position >= ?2 AND position < ?3
             ORDER BY position DESC LIMIT 1",
            (group_row, first, end),
            |c| c.int("position"),
        )?;
        let next = taken.map_or(first, |taken| taken + 1);
        if next < end { Ok(next) } else { Err(Error::OutOfRange { what }) }
    }

    fn count(&self, group_row: i64, position: i64, counts: Counts) -> Result<(), Error> {
        let add = match counts {
            Counts::Nothing => return Ok(()),
            Counts::Unread => "UPDATE groups SET unread = unread + 1 WHERE id = ?1 AND read_position < ?2",
            Counts::Unseen => "UPDATE groups SET unseen = unseen + 1 WHERE id = ?1 AND seen_position < ?2",
        };
        sql::run(self.conn, add, (group_row, position))?;
        Ok(())
    }

    /// A message that was deleted before it was read no longer counts.
    pub(super) fn uncount(&mut self, group_row: i64, position: i64) -> Result<(), Error> {
        let counted = sql::run(
            self.conn,
            "UPDATE timeline SET counts = 0 WHERE group_row = ?1 AND position = ?2 AND counts = 1",
            (group_row, position),
        )?;
        if counted > 0 {
            sql::run(
                self.conn,
                "UPDATE groups SET unread = unread - 1 WHERE id = ?1 AND read_position < ?2",
                (group_row, position),
            )?;
        }
        Ok(())
    }

    /// Recounts unread and unseen rows; reads only rows that still count.
    pub(crate) fn recount(&mut self, group_row: i64) -> Result<(), Error> {
        sql::run(
            self.conn,
            "UPDATE groups SET
                 unread = (SELECT count(*) FROM timeline t WHERE t.group_row = groups.id
                           AND t.position > groups.read_position AND t.counts = 1 AND t.counts <> 0),
                 unseen = (SELECT count(*) FROM timeline t WHERE t.group_row = groups.id
                           AND t.position > groups.seen_position AND t.counts = 2 AND t.counts <> 0)
             WHERE id = ?1",
            [group_row],
        )?;
        Ok(())
    }

    pub(crate) fn delete_row(&mut self, group_row: i64, position: i64) -> Result<(), Error> {
        sql::run(
            self.conn,
            "DELETE FROM timeline WHERE group_row = ?1 AND position = ?2 AND counts = 0",
            (group_row, position),
        )?;
        Ok(())
    }
}
