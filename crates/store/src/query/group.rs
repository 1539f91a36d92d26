//! The list of groups: one index look-up for each, however long their timelines.

use conclave_protocol::{Epoch, GroupId, Timestamp};
use conclave_record::Generation;

use super::head::status;
use super::message::Shown;
use super::{View, excerpt};
use crate::error::Error;
use crate::row::{GroupEntry, LastRow, LiveGroup, MessageBody, RowCode};
use crate::sql::{self, Columns};

/// What [`line`] reads.
macro_rules! line_columns {
    ($rest:literal) => {
        concat!(
            "SELECT n.status, p.uri, n.status_cause, g.id, g.group_id, n.number, n.name, n.people, g.unread, g.unseen,
                 n.started, n.behind IS NOT NULL, substr(coalesce(d.edit_text, d.text), 1, 200),
                 g.pinned, g.archived, g.marked_unread, g.muted_until
             FROM groups g JOIN generations n ON n.id = g.current LEFT JOIN people p ON p.id = n.status_by
             LEFT JOIN drafts d ON d.group_row = g.id WHERE n.status IS NOT NULL",
            $rest
        )
    };
}

/// The group's line, except for the newest row of the timeline and what waits, and the group's row.
fn line(c: &mut Columns<'_, '_>) -> Result<(i64, GroupEntry), Error> {
    let status = status(c)?;
    let group_row = c.int("group")?;
    let generation = Generation { group: c.id("group")?, number: c.number("generation")? };
    let entry = GroupEntry {
        generation,
        status,
        name: c.text("name")?,
        people: c.number("people")?,
        unread: c.number("unread")?,
        unseen: c.number("unseen")?,
        activity: c.time()?,
        behind: c.int("behind")? != 0,
        draft: c.maybe_text("draft")?,
        pinned: c.flag("pinned")?,
        archived: c.flag("archived")?,
        marked_unread: c.flag("marked")?,
        muted_until: c.time()?,
        waits_since: None,
        last: None,
    };
    Ok((group_row, entry))
}

impl View<'_> {
    /// All groups that have a head: pinned ones first, then by newest activity.
    pub fn groups(&self) -> Result<Vec<GroupEntry>, Error> {
        let lines = sql::all(self.conn, line_columns!(""), [], line)?;
        let mut entries = lines.into_iter().map(|l| self.with_last(l)).collect::<Result<Vec<_>, Error>>()?;
        entries.sort_by(|a, b| {
            let pinned = b.pinned.cmp(&a.pinned);
            pinned.then_with(|| b.activity.cmp(&a.activity)).then_with(|| a.name.cmp(&b.name))
        });
        Ok(entries)
    }

    /// One line of that list; `None` if the group has no head, or does not exist.
    pub fn group(&self, group: &GroupId) -> Result<Option<GroupEntry>, Error> {
        let id = [group.as_bytes().as_slice()];
        let found = sql::first(self.conn, line_columns!(" AND g.group_id = ?1"), id, line)?;
        found.map(|l| self.with_last(l)).transpose()
    }

    fn with_last(&self, (group_row, mut entry): (i64, GroupEntry)) -> Result<GroupEntry, Error> {
        if let Some((at, last)) = self.last_row(group_row)? {
            entry.activity = at;
            entry.last = Some(last);
        }
        entry.waits_since = self.waits_since(group_row)?;
        Ok(entry)
    }

    fn last_row(&self, group_row: i64) -> Result<Option<(Timestamp, LastRow)>, Error> {
        let newest = sql::first(
            self.conn,
            "SELECT kind, at, ref FROM timeline WHERE group_row = ?1 ORDER BY position DESC LIMIT 1",
            [group_row],
            |c| Ok((c.code::<RowCode>()?, c.time()?, c.maybe_int("row")?)),
        )?;
        let Some((kind, at, reference)) = newest else { return Ok(None) };
        let last = match (kind, reference) {
            (RowCode::Message, Some(id)) => self.last_message(group_row, at, id)?,
            (RowCode::Membership, Some(id)) => {
                let row = self.membership_entry(id)?.row;
                LastRow::Membership { at, kind: row.kind, actor: row.actor, target: row.target }
            }
            (RowCode::Message | RowCode::Membership, None) => return Err(Error::Corrupt { what: "row" }),
            (RowCode::Unreadable | RowCode::NeedsSetup | RowCode::ChangeFailed, _) => LastRow::Other { at },
        };
        Ok(Some((at, last)))
    }

    fn last_message(&self, group_row: i64, at: Timestamp, id: i64) -> Result<LastRow, Error> {
        let shown: Shown = self.shown_message(group_row, id)?;
        let text = match shown.body {
            MessageBody::Text { text, .. } => Some(excerpt(&text)),
            MessageBody::Deleted | MessageBody::Unknown { .. } => None,
        };
        Ok(LastRow::Message { at, sender: shown.message.sender, text, state: shown.message.state })
    }

    /// The groups whose MLS state is stored: their logs are read.
    pub fn live_groups(&self) -> Result<Vec<LiveGroup>, Error> {
        sql::all(
            self.conn,
            "SELECT n.status, p.uri, n.status_cause, g.group_id, n.number, n.epoch, n.cursor, n.log_time
             FROM groups g JOIN generations n ON n.id = g.current JOIN states s ON s.generation = n.id
             LEFT JOIN people p ON p.id = n.status_by WHERE n.status IS NOT NULL ORDER BY g.id",
            [],
            |c| {
                let status = status(c)?;
                let group: GroupId = c.id("group")?;
                let generation = Generation { group, number: c.number("generation")? };
                let epoch: Epoch = c.epoch()?;
                Ok(LiveGroup { generation, status, epoch, cursor: c.seq()?, log_time: c.time()? })
            },
        )
    }
}
