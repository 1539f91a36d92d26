//! The head of a group as columns.

use conclave_protocol::{GroupId, Seq};
use conclave_record::{Generation, GroupHead, GroupStatus, Renewal, Role, StatusCode, UnreadableCause};

use super::View;
use crate::error::Error;
use crate::sql::{self, Columns};

/// Reads `status, p.uri, status_cause`.
pub(super) fn status(c: &mut Columns<'_, '_>) -> Result<GroupStatus, Error> {
    let code = c.code::<StatusCode>()?;
    let by = c.maybe_user()?;
    let cause = c.maybe_code::<UnreadableCause>()?;
    Ok(match code {
        StatusCode::Creating => GroupStatus::Creating,
        StatusCode::Active => GroupStatus::Active,
        StatusCode::Leaving => GroupStatus::Leaving,
        StatusCode::Left => GroupStatus::Left,
        StatusCode::Removed => GroupStatus::Removed { by },
        StatusCode::Broken => GroupStatus::Broken { cause: cause.ok_or(Error::Corrupt { what: "cause" })? },
    })
}

fn head(c: &mut Columns<'_, '_>) -> Result<GroupHead, Error> {
    Ok(GroupHead {
        status: status(c)?,
        name: c.text("name")?,
        epoch: c.epoch()?,
        tree_hash: c.bytes("tree hash")?,
        epoch_authenticator: c.bytes("epoch authenticator")?,
        policy: c.bytes("policy")?,
        cipher_suite: c.number("cipher suite")?,
        own_leaf: c.number("leaf")?,
        own_role: c.code::<Role>()?,
        people: c.number("people")?,
        devices: c.number("devices")?,
        key_renewed: c.time()?,
        renewal: c.code::<Renewal>()?,
        added_by: c.maybe_client()?,
        parent: c.maybe_id("commit")?,
        stated: c.time()?,
        behind: c.maybe_number("sequence number")?.map(Seq),
    })
}

impl View<'_> {
    /// The shown generation of a group and its head; `None` before its head was written.
    pub fn head(&self, group: &GroupId) -> Result<Option<(Generation, GroupHead)>, Error> {
        let Some(generation) = self.generation(group)? else { return Ok(None) };
        Ok(self.head_of(&generation)?.map(|head| (generation, head)))
    }

    /// The shown generation of a group.
    pub fn generation(&self, group: &GroupId) -> Result<Option<Generation>, Error> {
        sql::first(
            self.conn,
            "SELECT n.number FROM groups g JOIN generations n ON n.id = g.current WHERE g.group_id = ?1",
            [group.as_bytes().as_slice()],
            |c| Ok(Generation { group: *group, number: c.number("generation")? }),
        )
    }

    /// The head of a generation, shown or staged.
    pub fn head_of(&self, generation: &Generation) -> Result<Option<GroupHead>, Error> {
        let Some(place) = self.place(generation)? else { return Ok(None) };
        sql::first(
            self.conn,
            "SELECT status, p.uri, status_cause, name, epoch, tree_hash, epoch_authenticator, policy, cipher_suite,
                 own_leaf, own_role, people, devices, key_renewed, renewal, a.uri, added_by_device, parent, stated, behind
             FROM generations n LEFT JOIN people p ON p.id = status_by LEFT JOIN people a ON a.id = added_by WHERE n.id = ?1 AND status IS NOT NULL",
            [place.generation],
            head,
        )
    }

    pub(crate) fn status_of(&self, generation_row: i64) -> Result<Option<GroupStatus>, Error> {
        sql::first(
            self.conn,
            "SELECT status, p.uri, status_cause FROM generations n LEFT JOIN people p ON p.id = status_by
             WHERE n.id = ?1 AND status IS NOT NULL",
            [generation_row],
            status,
        )
    }
}
