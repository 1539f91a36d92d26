//! A write transaction. What it can do is in the files of `change`, one per subject.

use std::fmt;

use conclave_protocol::{GroupId, UserUri, alike_key};
use conclave_record::Generation;
use rusqlite::Connection;

use crate::error::{Error, Missing};
use crate::query::View;
use crate::sql;

/// A write transaction: all of it becomes durable, or nothing.
pub struct Tx<'c> {
    pub(crate) conn: &'c Connection,
}

/// A generation's rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) group_row: i64,
    pub(crate) generation: i64,
    /// Whether it is the one that is shown.
    pub(crate) current: bool,
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn }
    }

    /// All queries; they see what this transaction has written so far.
    #[must_use]
    pub fn view(&self) -> View<'c> {
        View::new(self.conn)
    }

    /// The row of a person, inserted if new.
    pub(crate) fn person(&self, user: &UserUri) -> Result<i64, Error> {
        let known = sql::first(self.conn, "SELECT id FROM people WHERE uri = ?1", [user.as_str()], |c| {
            c.int("person")
        })?;
        match known {
            Some(person) => Ok(person),
            None => sql::insert(
                self.conn,
                "INSERT INTO people (uri, handle, alike) VALUES (?1, ?2, ?3)",
                [user.as_str(), user.handle(), &alike_key(user.handle())],
            ),
        }
    }

    pub(crate) fn maybe_person(&self, user: Option<&UserUri>) -> Result<Option<i64>, Error> {
        user.map(|user| self.person(user)).transpose()
    }

    pub(crate) fn group_row(&self, group: &GroupId) -> Result<i64, Error> {
        self.view().group_row(group)?.ok_or(Error::NotFound(Missing::Group))
    }

    /// Where a generation's rows are.
    pub(crate) fn place(&self, generation: &Generation) -> Result<Place, Error> {
        self.view().place(generation)?.ok_or(Error::NotFound(Missing::Generation))
    }

    /// As [`Tx::place`], for what shows in the group's timeline: only the shown generation may write there.
    pub(crate) fn shown(&self, generation: &Generation) -> Result<Place, Error> {
        let place = self.place(generation)?;
        if place.current { Ok(place) } else { Err(Error::Conflict { what: "the generation" }) }
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}
