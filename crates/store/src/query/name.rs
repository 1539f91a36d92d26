//! What people of a group call themselves, and whether their names tell them apart.

use std::collections::BTreeSet;

use conclave_protocol::{GroupId, PersonName, UserUri};

use super::View;
use crate::error::Error;
use crate::row::{KnownName, Names};
use crate::sql::{self, Columns};

/// What [`known`] reads. A name looks like another one if somebody else in the group sent one that looks alike, or has
/// such a login and is in the group now.
macro_rules! name_columns {
    ($rest:literal) => {
        concat!(
            "SELECT p.uri, n.name,
                 EXISTS (SELECT 1 FROM names o WHERE o.group_row = n.group_row AND o.alike = n.alike
                     AND o.person <> n.person)
                 OR EXISTS (SELECT 1 FROM people l JOIN groups g ON g.id = n.group_row
                     JOIN roster r ON r.generation = g.current AND r.person = l.id AND r.until_epoch IS NULL
                     WHERE l.alike = n.alike AND l.id <> n.person)
             FROM names n JOIN people p ON p.id = n.person ",
            $rest
        )
    };
}

fn known(c: &mut Columns<'_, '_>) -> Result<(UserUri, KnownName), Error> {
    let user = c.user()?;
    let name = c.maybe_name()?.ok_or(Error::Corrupt { what: "name" })?;
    Ok((user, KnownName { name, alike: c.flag("alike")? }))
}

impl View<'_> {
    /// The name of the account's person; `None`: the login is shown.
    pub fn own_name(&self) -> Result<Option<PersonName>, Error> {
        let name = sql::first(self.conn, "SELECT name FROM account", [], |c| c.maybe_name())?;
        Ok(name.flatten())
    }

    /// The names of all who sent one in a group.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn names(&self, group: &GroupId) -> Result<Names, Error> {
        let group_row = self.known_group(group)?;
        let names = sql::all(self.conn, name_columns!("WHERE n.group_row = ?1"), [group_row], known)?;
        Ok(names.into_iter().collect())
    }

    /// The names of these people: of those that a page shows.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn names_of(&self, group: &GroupId, users: &BTreeSet<&UserUri>) -> Result<Names, Error> {
        let group_row = self.known_group(group)?;
        let mut names = Names::new();
        for user in users {
            let sql = name_columns!("WHERE n.group_row = ?1 AND p.uri = ?2");
            names.extend(sql::first(self.conn, sql, (group_row, user.as_str()), known)?);
        }
        Ok(names)
    }
}
