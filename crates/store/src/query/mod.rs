//! What can be read, one file per subject. Nothing here writes.

mod account;
mod arrangement;
mod chain;
mod draft;
mod edits_and_reactions;
mod group;
mod head;
mod intent;
mod membership;
mod message;
mod name;
mod roster;
mod saved;
mod submission;
mod timeline;
mod waiting;
mod welcome;

use std::fmt;

use conclave_protocol::GroupId;
use conclave_record::Generation;
use rusqlite::Connection;

use crate::error::{Error, Missing};
use crate::sql;
use crate::tx::Place;

/// The store's contents in one transaction.
#[derive(Clone, Copy)]
pub struct View<'c> {
    pub(crate) conn: &'c Connection,
}

impl<'c> View<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn }
    }

    pub(crate) fn group_row(&self, group: &GroupId) -> Result<Option<i64>, Error> {
        sql::first(
            self.conn,
            "SELECT id FROM groups WHERE group_id = ?1",
            [group.as_bytes().as_slice()],
            |c| c.int("group"),
        )
    }

    /// As [`View::group_row`], but the group must exist.
    pub(crate) fn known_group(&self, group: &GroupId) -> Result<i64, Error> {
        self.group_row(group)?.ok_or(Error::NotFound(Missing::Group))
    }

    pub(crate) fn place(&self, generation: &Generation) -> Result<Option<Place>, Error> {
        sql::first(
            self.conn,
            "SELECT g.id, n.id, g.current IS n.id FROM groups g JOIN generations n ON n.group_row = g.id
             WHERE g.group_id = ?1 AND n.number = ?2",
            (generation.group.as_bytes().as_slice(), generation.number),
            |c| {
                Ok(Place {
                    group_row: c.int("group")?,
                    generation: c.int("generation")?,
                    current: c.flag("current")?,
                })
            },
        )
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View")
    }
}

/// Rows on a page: between one and this many.
pub(crate) const PAGE_MAX: u32 = 200;
/// Most characters of a text in lists and quotes.
const EXCERPT_CHARS: usize = 200;

pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT_CHARS).collect()
}

/// A limit within bounds, plus one row that tells whether there are more.
pub(crate) fn page_size(limit: u32) -> (usize, i64) {
    let limit = limit.clamp(1, PAGE_MAX);
    (limit as usize, i64::from(limit) + 1)
}
