//! The roster by people.

use conclave_protocol::GroupId;

use super::View;
use crate::error::Error;
use crate::row::{Role, RosterPage, RosterPerson, RosterRow};
use crate::sql::{self, Columns};

/// Reads `p.uri, device, leaf, role, identity_key, signature_key, since_epoch, since`.
pub(super) fn leaf(c: &mut Columns<'_, '_>) -> Result<RosterRow, Error> {
    Ok(RosterRow {
        client: c.client()?,
        leaf: c.number("leaf")?,
        role: c.code("role", Role::from_code)?,
        identity_key: c.id("identity key")?,
        signature_key: c.bytes("signature key")?,
        since_epoch: c.epoch()?,
        since: c.time()?,
    })
}

impl View<'_> {
    /// The first `limit` people of the shown generation.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such group, or it has no head yet.
    pub fn roster(&self, group: &GroupId, limit: u32) -> Result<RosterPage, Error> {
        let no_group = Error::NotFound { what: "group" };
        let (generation, head) = self.head(group)?.ok_or(no_group.clone())?;
        let row = self.place(&generation)?.ok_or(no_group)?.generation;
        let people = sql::all(
            self.conn,
            "SELECT p.uri, max(role), min(since), identity_key, person FROM roster JOIN people p ON p.id = person
             WHERE generation = ?1 AND until_epoch IS NULL
             GROUP BY person ORDER BY max(role) DESC, p.handle, p.uri LIMIT ?2",
            (row, limit),
            |c| {
                let person = RosterPerson {
                    user: c.user()?,
                    role: c.code("role", Role::from_code)?,
                    since: c.time()?,
                    identity_key: c.id("identity key")?,
                    devices: Vec::new(),
                };
                Ok((person, c.int("person")?))
            },
        )?;
        let people = people.into_iter().map(|(mut person, id)| {
            person.devices = sql::all(
                self.conn,
                "SELECT device, leaf, since_epoch FROM roster
                 WHERE generation = ?1 AND person = ?2 AND until_epoch IS NULL ORDER BY leaf",
                (row, id),
                |c| Ok((c.device()?, c.number("leaf")?, c.epoch()?)),
            )?;
            Ok(person)
        });
        Ok(RosterPage {
            epoch: head.epoch,
            tree_hash: head.tree_hash,
            people: people.collect::<Result<_, Error>>()?,
            total: sql::only(
                self.conn,
                "SELECT count(DISTINCT person) FROM roster WHERE generation = ?1 AND until_epoch IS NULL",
                [row],
                "roster",
                |c| c.number("people"),
            )?,
        })
    }
}
