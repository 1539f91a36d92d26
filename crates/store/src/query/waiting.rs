//! Changes that the user requested, neither done nor given up. Waiting messages are rows of the timeline; new keys and
//! names are not the user's requests.

use conclave_protocol::{GroupId, Timestamp};
use conclave_record::{Code, IntentCode};

use super::View;
use super::intent::{RawIntent, intent_columns};
use crate::error::{Error, Missing};
use crate::row::{IntentState, WaitingChange, WaitingChanges};
use crate::sql;

/// The kinds of intent that are such changes.
const KINDS: [IntentCode; 4] = [IntentCode::Add, IntentCode::Remove, IntentCode::Rename, IntentCode::Leave];

impl View<'_> {
    /// A group's waiting changes, oldest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn waiting_changes(&self, group: &GroupId, limit: u32) -> Result<WaitingChanges, Error> {
        let group_row = self.known_group(group)?;
        let (states, [add, remove, rename, leave]) = (open(), KINDS.map(IntentCode::stored));
        let rows = sql::all(
            self.conn,
            intent_columns!(
                "WHERE i.group_row = ?1 AND i.state IN (?2, ?3) AND i.kind IN (?4, ?5, ?6, ?7) ORDER BY i.id LIMIT ?8"
            ),
            (group_row, states.0, states.1, add, remove, rename, leave, limit),
            RawIntent::read,
        )?;
        let change = |raw: RawIntent| {
            let (submitted, since) = (raw.state == IntentState::Submitted, raw.at);
            let row = self.whole(raw)?;
            Ok(WaitingChange { intent: row.id, kind: row.kind, submitted, since })
        };
        let first = rows.into_iter().map(change).collect::<Result<Vec<_>, Error>>()?;
        let total = match u32::try_from(first.len()) {
            Ok(few) if few < limit => few,
            _ => self.count_waiting(group_row)?,
        };
        Ok(WaitingChanges { first, total })
    }

    fn count_waiting(&self, group_row: i64) -> Result<u32, Error> {
        let (states, [add, remove, rename, leave]) = (open(), KINDS.map(IntentCode::stored));
        sql::only(
            self.conn,
            "SELECT count(*) FROM intents WHERE group_row = ?1 AND state IN (?2, ?3) AND kind IN (?4, ?5, ?6, ?7)",
            (group_row, states.0, states.1, add, remove, rename, leave),
            Missing::Row,
            |c| c.number("count"),
        )
    }

    /// When the oldest of them was requested.
    pub(super) fn waits_since(&self, group_row: i64) -> Result<Option<Timestamp>, Error> {
        let (states, [add, remove, rename, leave]) = (open(), KINDS.map(IntentCode::stored));
        sql::first(
            self.conn,
            "SELECT at FROM intents WHERE group_row = ?1 AND state IN (?2, ?3) AND kind IN (?4, ?5, ?6, ?7)
             ORDER BY id LIMIT 1",
            (group_row, states.0, states.1, add, remove, rename, leave),
            |c| c.time(),
        )
    }
}

/// The states of an intent that is neither done nor failed.
fn open() -> (i64, i64) {
    (IntentState::Queued.stored(), IntentState::Submitted.stored())
}
