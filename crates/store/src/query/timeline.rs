//! Pages of a timeline.

use conclave_protocol::{ClientUri, Epoch, GroupId, Seq, Timestamp};
use conclave_record::{IntentId, UnreadableCause};

use super::{View, page_size};
use crate::change::{PENDING_FROM, PLACES_BITS};
use crate::error::Error;
use crate::row::{PageFrom, RowBody, RowCode, RowId, TimelinePage, TimelineRow};
use crate::sql::{self, Columns};

/// A row of the timeline, without what it refers to.
struct RawRow {
    id: i64,
    position: u64,
    kind: RowCode,
    at: Timestamp,
    epoch: Epoch,
    reference: Option<i64>,
    cause: Option<UnreadableCause>,
    sender: Option<ClientUri>,
}

/// What [`RawRow::read`] reads.
macro_rules! row_columns {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.position, t.kind, t.at, t.epoch, t.ref, t.cause, p.uri, t.device
             FROM timeline t LEFT JOIN people p ON p.id = t.sender ",
            $rest
        )
    };
}

impl RawRow {
    fn read(c: &mut Columns<'_, '_>) -> Result<Self, Error> {
        Ok(Self {
            id: c.int("row")?,
            position: c.number("position")?,
            kind: c.code::<RowCode>()?,
            at: c.time()?,
            epoch: c.epoch()?,
            reference: c.maybe_int("row")?,
            cause: c.maybe_code::<UnreadableCause>()?,
            sender: c.maybe_client()?,
        })
    }
}

impl View<'_> {
    /// The newest position that has a place in the log.
    pub(crate) fn newest_position(&self, group_row: i64) -> Result<Option<i64>, Error> {
        sql::first(
            self.conn,
            "SELECT position FROM timeline WHERE group_row = ?1 AND position < ?2 ORDER BY position DESC LIMIT 1",
            (group_row, PENDING_FROM),
            |c| c.int("position"),
        )
    }

    /// The newest entry of the log that has a row.
    pub(crate) fn newest_seq(&self, group_row: i64) -> Result<Seq, Error> {
        let position = self.newest_position(group_row)?.unwrap_or(0);
        u64::try_from(position >> PLACES_BITS).map(Seq).map_err(|_| Error::Corrupt { what: "position" })
    }

    /// A page of a group's timeline; `limit` is 1 to 200.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn timeline(&self, group: &GroupId, from: PageFrom, limit: u32) -> Result<TimelinePage, Error> {
        let group_row = self.known_group(group)?;
        let bound = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
        let (raw, more_before, more_after) = match from {
            PageFrom::Newest => {
                let (rows, more) = self.rows_before(group_row, i64::MAX, limit)?;
                (rows, more, false)
            }
            PageFrom::Before(position) => {
                let (rows, more) = self.rows_before(group_row, bound(position), limit)?;
                (rows, more, self.any_from(group_row, bound(position))?)
            }
            PageFrom::From(position) => {
                let (rows, more) = self.rows_from(group_row, bound(position), limit)?;
                (rows, self.any_before(group_row, bound(position))?, more)
            }
        };
        let rows = raw.into_iter().map(|row| self.whole_row(group_row, row)).collect::<Result<_, Error>>()?;
        Ok(TimelinePage { rows, more_before, more_after, first_unread: self.first_unread(group_row)? })
    }

    /// Oldest first, and whether there are older ones.
    fn rows_before(&self, group_row: i64, position: i64, limit: u32) -> Result<(Vec<RawRow>, bool), Error> {
        let sql =
            row_columns!("WHERE t.group_row = ?1 AND t.position < ?2 ORDER BY t.position DESC LIMIT ?3");
        let (mut rows, more) = self.rows(sql, group_row, position, limit)?;
        rows.reverse();
        Ok((rows, more))
    }

    /// Oldest first, and whether there are newer ones.
    fn rows_from(&self, group_row: i64, position: i64, limit: u32) -> Result<(Vec<RawRow>, bool), Error> {
        let sql = row_columns!("WHERE t.group_row = ?1 AND t.position >= ?2 ORDER BY t.position LIMIT ?3");
        self.rows(sql, group_row, position, limit)
    }

    fn rows(
        &self,
        sql: &'static str,
        group_row: i64,
        position: i64,
        limit: u32,
    ) -> Result<(Vec<RawRow>, bool), Error> {
        let (size, one_more) = page_size(limit);
        let mut rows = sql::all(self.conn, sql, (group_row, position, one_more), RawRow::read)?;
        let more = rows.len() > size;
        rows.truncate(size);
        Ok((rows, more))
    }

    fn any_from(&self, group_row: i64, position: i64) -> Result<bool, Error> {
        sql::exists(
            self.conn,
            "SELECT 1 FROM timeline WHERE group_row = ?1 AND position >= ?2 LIMIT 1",
            (group_row, position),
        )
    }

    fn any_before(&self, group_row: i64, position: i64) -> Result<bool, Error> {
        sql::exists(
            self.conn,
            "SELECT 1 FROM timeline WHERE group_row = ?1 AND position < ?2 LIMIT 1",
            (group_row, position),
        )
    }

    fn first_unread(&self, group_row: i64) -> Result<Option<RowId>, Error> {
        let first = |sql: &'static str| {
            sql::first(self.conn, sql, [group_row], |c| Ok((c.int("position")?, RowId(c.int("row")?))))
        };
        let unread = first(
            "SELECT t.position, t.id FROM timeline t JOIN groups g ON g.id = t.group_row
             WHERE t.group_row = ?1 AND t.counts = 1 AND t.counts <> 0 AND t.position > g.read_position
             ORDER BY t.position LIMIT 1",
        )?;
        let unseen = first(
            "SELECT t.position, t.id FROM timeline t JOIN groups g ON g.id = t.group_row
             WHERE t.group_row = ?1 AND t.counts = 2 AND t.counts <> 0 AND t.position > g.seen_position
             ORDER BY t.position LIMIT 1",
        )?;
        Ok([unread, unseen].into_iter().flatten().min().map(|(_, row)| row))
    }

    fn whole_row(&self, group_row: i64, raw: RawRow) -> Result<TimelineRow, Error> {
        let reference = || raw.reference.ok_or(Error::Corrupt { what: "row" });
        let cause = || raw.cause.ok_or(Error::Corrupt { what: "cause" });
        let body = match raw.kind {
            RowCode::Message => RowBody::Message(Box::new(self.message_view(group_row, reference()?)?)),
            RowCode::Membership => RowBody::Membership(Box::new(self.membership_entry(reference()?)?)),
            RowCode::Unreadable => RowBody::Unreadable { cause: cause()?, sender: raw.sender },
            RowCode::NeedsSetup => RowBody::NeedsSetup { cause: cause()? },
            RowCode::ChangeFailed => {
                let (kind, reason) = self.failed_intent(reference()?)?;
                RowBody::ChangeFailed { intent: IntentId(reference()?), kind: Box::new(kind), reason }
            }
        };
        Ok(TimelineRow { id: RowId(raw.id), position: raw.position, at: raw.at, epoch: raw.epoch, body })
    }
}
