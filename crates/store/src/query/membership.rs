//! The membership log: pages with filters, and unfiltered runs for export.

use conclave_protocol::GroupId;
use conclave_record::{Code, MembershipKind, MembershipRow, Role};

use super::{View, page_size};
use crate::error::{Error, Missing};
use crate::row::{LogFilter, LogPage, MembershipEntry};
use crate::sql::{self, Columns};

/// What [`entry`] reads.
macro_rules! entry_columns {
    ($rest:literal) => {
        concat!(
            "SELECT m.place, m.kind, a.uri, m.actor_device, t.uri, m.devices, m.name, m.role, m.epoch, m.at, m.seq,
                 m.commit_hash, m.row_hash, m.chain_hash, m.generation, m.own OR m.position <= g.seen_position
             FROM membership m JOIN groups g ON g.id = m.group_row
             LEFT JOIN people a ON a.id = m.actor LEFT JOIN people t ON t.id = m.target ",
            $rest
        )
    };
}

fn entry(c: &mut Columns<'_, '_>) -> Result<MembershipEntry, Error> {
    let row = MembershipRow {
        index: c.number("log index")?,
        kind: c.code::<MembershipKind>()?,
        actor: c.maybe_client()?,
        target: c.maybe_user()?,
        devices: c.number("devices")?,
        name: c.maybe_text("name")?,
        role: c.maybe_code::<Role>()?,
        epoch: c.epoch()?,
        at: c.time()?,
        seq: c.seq()?,
        commit: c.id("commit hash")?,
        row_hash: c.id("row hash")?,
        chain_hash: c.id("chain hash")?,
    };
    Ok(MembershipEntry { row, generation: c.number("generation")?, seen: c.flag("seen")? })
}

/// A filter as SQL parameters: person (none: all; 0: unknown to the store), kinds as bits, text.
struct Filter {
    person: Option<i64>,
    kinds: i64,
    text: Option<String>,
    /// The other people whose names contain the text, between commas.
    named: String,
}

impl View<'_> {
    pub(super) fn membership_entry(&self, id: i64) -> Result<MembershipEntry, Error> {
        sql::first(self.conn, entry_columns!("WHERE m.id = ?1"), [id], entry)?
            .ok_or(Error::Corrupt { what: "membership row" })
    }

    /// A page of a group's log, newest first; `limit` is 1 to 200.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn membership_log(&self, group: &GroupId, filter: &LogFilter, limit: u32) -> Result<LogPage, Error> {
        let group_row = self.known_group(group)?;
        let (size, one_more) = page_size(limit);
        let before = filter.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        // Rows call this user "you", whatever the name.
        let me = self.own_person()?;
        let Filter { person, kinds, text, named } = self.filter(group_row, me, filter)?;
        let mut rows = sql::all(
            self.conn,
            entry_columns!(
                "WHERE m.group_row = ?1 AND m.place < ?2
                   AND (?3 IS NULL OR m.actor = ?3 OR m.target = ?3) AND (?4 & (1 << m.kind)) <> 0
                   AND (?5 IS NULL OR instr(lower(iif(a.id = ?7, '', ifnull(a.handle, '')) || char(10)
                        || iif(t.id = ?7, '', ifnull(t.handle, '')) || char(10) || ifnull(m.name, '')), ?5) > 0
                        OR instr(?8, ',' || ifnull(m.actor, 0) || ',') > 0
                        OR instr(?8, ',' || ifnull(m.target, 0) || ',') > 0)
                 ORDER BY m.place DESC LIMIT ?6"
            ),
            (group_row, before, person, kinds, &text, one_more, me, &named),
            entry,
        )?;
        let more = rows.len() > size;
        rows.truncate(size);
        let total = sql::only(
            self.conn,
            "SELECT count(*) FROM membership m LEFT JOIN people a ON a.id = m.actor LEFT JOIN people t ON t.id = m.target
             WHERE m.group_row = ?1 AND (?2 IS NULL OR m.actor = ?2 OR m.target = ?2) AND (?3 & (1 << m.kind)) <> 0
               AND (?4 IS NULL OR instr(lower(iif(a.id = ?5, '', ifnull(a.handle, '')) || char(10)
                    || iif(t.id = ?5, '', ifnull(t.handle, '')) || char(10) || ifnull(m.name, '')), ?4) > 0
                    OR instr(?6, ',' || ifnull(m.actor, 0) || ',') > 0
                    OR instr(?6, ',' || ifnull(m.target, 0) || ',') > 0)",
            (group_row, person, kinds, &text, me, &named),
            Missing::Row,
            |c| c.number("count"),
        )?;
        Ok(LogPage { rows, more, total })
    }

    /// The person who owns the account; `None` before there is one.
    pub(crate) fn own_person(&self) -> Result<Option<i64>, Error> {
        sql::first(self.conn, "SELECT person FROM account", [], |c| c.int("person"))
    }

    fn filter(&self, group_row: i64, me: Option<i64>, filter: &LogFilter) -> Result<Filter, Error> {
        let person = match &filter.person {
            None => None,
            Some(user) => Some(
                sql::first(self.conn, "SELECT id FROM people WHERE uri = ?1", [user.as_str()], |c| {
                    c.int("person")
                })?
                .unwrap_or(0),
            ),
        };
        let kinds = match filter.kinds.as_slice() {
            [] => -1,
            kinds => kinds.iter().fold(0, |bits, kind| bits | (1 << kind.stored())),
        };
        let text = filter.text.as_ref().filter(|text| !text.is_empty()).map(|text| text.to_ascii_lowercase());
        let named = match filter.text.as_deref() {
            Some(text) if !text.is_empty() => self.others_named(group_row, me, text)?,
            _ => String::new(),
        };
        Ok(Filter { person, kinds, text, named })
    }

    /// The other people whose names contain a text, case-insensitively, as rows between commas.
    fn others_named(&self, group_row: i64, me: Option<i64>, text: &str) -> Result<String, Error> {
        let names = sql::all(
            self.conn,
            "SELECT person, name FROM names WHERE group_row = ?1 AND person IS NOT ?2",
            (group_row, me),
            |c| Ok((c.int("person")?, c.text("name")?)),
        )?;
        let text = text.to_lowercase();
        let mut found = String::from(",");
        for (person, _) in names.iter().filter(|(_, name)| name.to_lowercase().contains(&text)) {
            found.push_str(&format!("{person},"));
        }
        Ok(found)
    }

    /// Rows of a group's log from this index on, oldest first; `limit` is 1 to 200.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn membership_rows(
        &self,
        group: &GroupId,
        from_index: u64,
        limit: u32,
    ) -> Result<Vec<MembershipEntry>, Error> {
        let group_row = self.known_group(group)?;
        let from = i64::try_from(from_index).unwrap_or(i64::MAX);
        let (size, _) = page_size(limit);
        sql::all(
            self.conn,
            entry_columns!("WHERE m.group_row = ?1 AND m.place >= ?2 ORDER BY m.place LIMIT ?3"),
            (group_row, from, size),
            entry,
        )
    }
}
