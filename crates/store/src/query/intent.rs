//! What the user wants done and is not done yet.

use bytes::Bytes;
use conclave_protocol::{GroupId, MessageId, Timestamp};
use conclave_record::{
    Code, FailReason, Intent, IntentCode, IntentId, IntentKind, NewSigner, PersonKeyPackages,
};

use super::View;
use crate::byte_list;
use crate::error::{Error, Missing};
use crate::row::IntentState;
use crate::sql::{self, Columns};

/// What [`RawIntent::read`] reads.
macro_rules! intent_columns {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.kind, i.state, i.at, i.attempts, i.failure, i.name, i.signer, i.chain, m.message,
                 m.content, i.due
             FROM intents i LEFT JOIN messages m ON m.id = i.message ",
            $rest
        )
    };
}
pub(super) use intent_columns;

/// An intent's row, without its people.
pub(super) struct RawIntent {
    id: i64,
    code: IntentCode,
    pub(super) state: IntentState,
    pub(super) at: Timestamp,
    attempts: u32,
    failure: Option<FailReason>,
    name: Option<String>,
    signer: Option<NewSigner>,
    message: Option<(MessageId, Bytes)>,
    due: Option<Timestamp>,
}

impl RawIntent {
    pub(super) fn read(c: &mut Columns<'_, '_>) -> Result<Self, Error> {
        let id = c.int("intent")?;
        let code = c.code::<IntentCode>()?;
        let state = c.code::<IntentState>()?;
        let at = c.time()?;
        let attempts = c.number("attempts")?;
        let failure = c.maybe_code::<FailReason>()?;
        let name = c.maybe_text("name")?;
        let signer = match (c.maybe_handle()?, c.maybe_blob("chain", byte_list::decode)?) {
            (Some(handle), Some(chain)) => Some(NewSigner { handle, chain }),
            (None, None) => None,
            _ => return Err(Error::Corrupt { what: "signer" }),
        };
        let content = |bytes: &[u8]| Ok(Bytes::copy_from_slice(bytes));
        let message = match (c.maybe_id("message")?, c.maybe_blob("content", content)?) {
            (Some(message), Some(content)) => Some((message, content)),
            _ => None,
        };
        let due = c.maybe_number("time")?.map(Timestamp);
        Ok(Self { id, code, state, at, attempts, failure, name, signer, message, due })
    }
}

impl View<'_> {
    /// The queued intents of a group, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn queued_intents(&self, group: &GroupId) -> Result<Vec<Intent>, Error> {
        let group_row = self.known_group(group)?;
        let rows = sql::all(
            self.conn,
            intent_columns!("WHERE i.group_row = ?1 AND i.state = ?2 ORDER BY i.id"),
            (group_row, IntentState::Queued.stored()),
            RawIntent::read,
        )?;
        rows.into_iter().map(|raw| self.whole(raw)).collect()
    }

    /// An intent, in any state.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn intent(&self, group: &GroupId, intent: IntentId) -> Result<Option<Intent>, Error> {
        let group_row = self.known_group(group)?;
        let raw = sql::first(
            self.conn,
            intent_columns!("WHERE i.id = ?1 AND i.group_row = ?2"),
            (intent.0, group_row),
            RawIntent::read,
        )?;
        raw.map(|raw| self.whole(raw)).transpose()
    }

    /// How many intents are queued or submitted that a user waits for: names don't count.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn waiting(&self, group: &GroupId) -> Result<u32, Error> {
        let group_row = self.known_group(group)?;
        sql::only(
            self.conn,
            "SELECT count(*) FROM intents WHERE group_row = ?1 AND state IN (?2, ?3) AND kind <> ?4",
            (
                group_row,
                IntentState::Queued.stored(),
                IntentState::Submitted.stored(),
                IntentCode::Profile.stored(),
            ),
            Missing::Row,
            |c| c.number("count"),
        )
    }

    /// Whether anything is queued or submitted that does not wait for a message.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub fn is_busy(&self, group: &GroupId) -> Result<bool, Error> {
        let group_row = self.known_group(group)?;
        sql::exists(
            self.conn,
            "SELECT 1 FROM intents WHERE group_row = ?1 AND (state = ?3
                 OR (state = ?2 AND (kind <> ?4 OR due IS NOT NULL))) LIMIT 1",
            (
                group_row,
                IntentState::Queued.stored(),
                IntentState::Submitted.stored(),
                IntentCode::Profile.stored(),
            ),
        )
    }

    /// Intents neither done nor failed.
    pub(crate) fn open_intents(&self, group_row: i64) -> Result<Vec<IntentId>, Error> {
        sql::all(
            self.conn,
            "SELECT id FROM intents WHERE group_row = ?1 AND state IN (?2, ?3) ORDER BY id",
            (group_row, IntentState::Queued.stored(), IntentState::Submitted.stored()),
            |c| c.int("intent").map(IntentId),
        )
    }

    /// A failed intent by its row, with the reason.
    pub(super) fn failed_intent(&self, id: i64) -> Result<(IntentKind, FailReason), Error> {
        let what = "failed intent";
        let raw = sql::first(self.conn, intent_columns!("WHERE i.id = ?1"), [id], RawIntent::read)?;
        let raw = raw.ok_or(Error::Corrupt { what })?;
        let reason = raw.failure.ok_or(Error::Corrupt { what })?;
        Ok((self.whole(raw)?.kind, reason))
    }

    /// The intent that a message came from, if it failed.
    pub(super) fn failure_of(&self, message_row: i64) -> Result<(IntentId, FailReason), Error> {
        let what = "failed intent";
        let found = sql::first(
            self.conn,
            "SELECT id, failure FROM intents WHERE message = ?1",
            [message_row],
            |c| Ok((IntentId(c.int(what)?), c.code::<FailReason>()?)),
        )?;
        found.ok_or(Error::Corrupt { what })
    }

    pub(super) fn whole(&self, raw: RawIntent) -> Result<Intent, Error> {
        let what = "intent";
        let kind = match raw.code {
            IntentCode::Send => {
                let (message, content) = raw.message.ok_or(Error::Corrupt { what })?;
                IntentKind::Send { message, content }
            }
            IntentCode::Add => IntentKind::Add { people: self.intent_people(raw.id)? },
            IntentCode::Remove => IntentKind::Remove {
                people: self.intent_people(raw.id)?.into_iter().map(|p| p.user).collect(),
            },
            IntentCode::Rename => IntentKind::Rename { name: raw.name.ok_or(Error::Corrupt { what })? },
            IntentCode::Update => IntentKind::Update { signer: raw.signer },
            IntentCode::Leave => IntentKind::Leave,
            IntentCode::Profile => {
                IntentKind::Profile { name: self.own_name()?.ok_or(Error::Corrupt { what })?, due: raw.due }
            }
        };
        Ok(Intent { id: IntentId(raw.id), kind, attempts: raw.attempts })
    }

    fn intent_people(&self, intent: i64) -> Result<Vec<PersonKeyPackages>, Error> {
        sql::all(
            self.conn,
            "SELECT p.uri, key_packages FROM intent_people JOIN people p ON p.id = person WHERE intent = ?1
             ORDER BY intent_people.id",
            [intent],
            |c| {
                Ok(PersonKeyPackages {
                    user: c.user()?,
                    key_packages: c.blob("key packages", byte_list::decode)?,
                })
            },
        )
    }
}
