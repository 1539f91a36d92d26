//! The roster, by person.

use conclave_protocol::{GroupId, UserUri};
use conclave_record::{Role, RosterEntry};

use super::View;
use crate::error::{Error, Missing};
use crate::row::{RosterPage, RosterPerson};
use crate::sql::{self, Columns};

/// Reads `p.uri, device, leaf, role, identity_key, signature_key, since_epoch, since`.
pub(super) fn leaf(c: &mut Columns<'_, '_>) -> Result<RosterEntry, Error> {
    Ok(RosterEntry {
        client: c.client()?,
        leaf: c.number("leaf")?,
        role: c.code::<Role>()?,
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
    /// [`Error::NotFound`] if there is no such group, or it has no head yet.
    pub fn roster(&self, group: &GroupId, limit: u32) -> Result<RosterPage, Error> {
        let no_group = Error::NotFound(Missing::Group);
        let (generation, head) = self.head(group)?.ok_or(no_group.clone())?;
        let row = self.place(&generation)?.ok_or(no_group)?.generation;
        let leaves = sql::all(
            self.conn,
            "WITH shown AS (
                 SELECT person, max(role) AS role, min(since) AS since, identity_key
                 FROM roster JOIN people p ON p.id = person WHERE generation = ?1 AND until_epoch IS NULL
                 GROUP BY person ORDER BY max(role) DESC, p.handle, p.uri LIMIT ?2)
             SELECT p.uri, s.role, s.since, s.identity_key, r.device, r.leaf, r.since_epoch
             FROM shown s JOIN people p ON p.id = s.person
             JOIN roster r ON r.generation = ?1 AND r.person = s.person AND r.until_epoch IS NULL
             ORDER BY s.role DESC, p.handle, p.uri, r.leaf",
            (row, limit),
            |c| {
                let person = RosterPerson {
                    user: c.user()?,
                    role: c.code::<Role>()?,
                    since: c.time()?,
                    identity_key: c.id("identity key")?,
                    devices: Vec::new(),
                };
                Ok((person, (c.device()?, c.number("leaf")?, c.epoch()?)))
            },
        )?;
        let mut people: Vec<RosterPerson> = Vec::new();
        for (person, device) in leaves {
            match people.last_mut() {
                Some(last) if last.user == person.user => last.devices.push(device),
                _ => people.push(RosterPerson { devices: vec![device], ..person }),
            }
        }
        Ok(RosterPage {
            epoch: head.epoch,
            tree_hash: head.tree_hash,
            people,
            total: sql::only(
                self.conn,
                "SELECT count(DISTINCT person) FROM roster WHERE generation = ?1 AND until_epoch IS NULL",
                [row],
                Missing::Row,
                |c| c.number("people"),
            )?,
        })
    }

    /// A person's role in the shown generation; `None` for a non-member.
    pub fn role_of(&self, group: &GroupId, user: &UserUri) -> Result<Option<Role>, Error> {
        let role = sql::first(
            self.conn,
            "SELECT max(role) FROM roster r JOIN groups g ON g.current = r.generation
             WHERE g.group_id = ?1 AND r.person = (SELECT id FROM people WHERE uri = ?2) AND until_epoch IS NULL",
            (group.as_bytes().as_slice(), user.as_str()),
            |c| c.maybe_code::<Role>(),
        )?;
        Ok(role.flatten())
    }
}
