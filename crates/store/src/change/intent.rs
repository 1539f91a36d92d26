//! What a user wants done in a group; durable before anything is done about it.

use conclave_protocol::{GroupId, Timestamp, UserUri};
use conclave_record::{Code, IntentCode, IntentId, IntentKind, NewSigner, PersonKeyPackages};

use crate::byte_list;
use crate::error::{Error, Missing};
use crate::row::IntentState;
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Stores an intent. Messages are stored by [`Tx::add_send`].
    ///
    /// # Errors
    /// [`Error::Conflict`] for a message; [`Error::NotFound`] if there is no such group.
    pub fn add_intent(
        &mut self,
        group: &GroupId,
        kind: &IntentKind,
        at: Timestamp,
    ) -> Result<IntentId, Error> {
        let group_row = self.group_row(group)?;
        let (name, signer) = match kind {
            IntentKind::Send { .. } => return Err(Error::Conflict { what: "a message without its row" }),
            IntentKind::Profile { .. } => {
                return Err(Error::Conflict { what: "a name beside the account's" });
            }
            IntentKind::Rename { name } => (Some(name), None),
            IntentKind::Update { signer } => (None, signer.as_ref()),
            IntentKind::Add { .. } | IntentKind::Remove { .. } | IntentKind::Leave => (None, None),
        };
        let id = sql::insert(
            self.conn,
            "INSERT INTO intents (group_row, kind, state, at, name, signer, chain) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                group_row,
                kind.code().stored(),
                IntentState::Queued.stored(),
                int(at.0, "time")?,
                name,
                signer.map(|signer: &NewSigner| signer.handle.as_str()),
                signer.map(|signer| byte_list::encode(&signer.chain)).transpose()?,
            ),
        )?;
        match kind {
            IntentKind::Add { people } => {
                people.iter().try_for_each(|p| {
                    self.add_intent_person(id, &p.user, &byte_list::encode(&p.key_packages)?)
                })?;
            }
            IntentKind::Remove { people } => {
                people.iter().try_for_each(|user| self.add_intent_person(id, user, &[]))?;
            }
            _ => {}
        }
        Ok(IntentId(id))
    }

    fn add_intent_person(&mut self, intent: i64, user: &UserUri, key_packages: &[u8]) -> Result<(), Error> {
        let person = self.person(user)?;
        sql::insert(
            self.conn,
            "INSERT INTO intent_people (intent, person, key_packages) VALUES (?1, ?2, ?3)",
            (intent, person, key_packages),
        )?;
        Ok(())
    }

    /// Gives people of an Add intent other key packages; the others keep theirs.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such intent, or it lacks one of the people; [`Error::Conflict`] for another
    /// kind of intent.
    pub fn set_key_packages(
        &mut self,
        group: &GroupId,
        intent: IntentId,
        people: &[PersonKeyPackages],
    ) -> Result<(), Error> {
        let row = self.intent_row(group, intent)?.ok_or(Error::NotFound(Missing::Intent))?;
        if row.code != IntentCode::Add {
            return Err(Error::Conflict { what: "the kind of intent" });
        }
        for person in people {
            let changed = sql::run(
                self.conn,
                "UPDATE intent_people SET key_packages = ?3 WHERE intent = ?1 AND person = ?2",
                (intent.0, self.person(&person.user)?, byte_list::encode(&person.key_packages)?),
            )?;
            if changed == 0 {
                return Err(Error::NotFound(Missing::Person));
            }
        }
        Ok(())
    }
}
