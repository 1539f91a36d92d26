//! What people call themselves: a MIMI profile, sent like any message and kept as a label of its sender. It does not
//! say who somebody is: the login and its key do.
//!
//! Only its owner can state a name truthfully, so a newcomer learns it from each member: all send theirs again after
//! somebody joined. The Welcome could bring all at once, but then the adder would state the others' names, and their
//! client could not tell a false name from a true one.

use bytes::Bytes;
use conclave_protocol::{MessageId, PersonName, Timestamp, UserUri};
use conclave_record::{GroupStatus, Intent, IntentId, IntentKind, Write};

use super::Machine;
use super::output::Output;
use super::timers::staggered;
use crate::content::{Content, message_id};
use crate::effect::Event;
use crate::input::Now;
use crate::parameters::{INTRODUCE_AFTER_MS, INTRODUCE_STEP_MS, INTRODUCTIONS_MAX, STEPS_MAX};

/// The longest that a name waits without a message, whatever the clocks say.
const DUE_AFTER_MS_MAX: u64 = INTRODUCE_AFTER_MS + INTRODUCE_STEP_MS * STEPS_MAX;

impl Machine {
    /// A member sent a name. An invalid one changes nothing.
    pub(super) fn called(&mut self, user: &UserUri, name: Option<&str>, out: &mut Output) {
        let name = name.map(PersonName::clean);
        if let Some(Ok(name)) = name {
            out.write(Write::Name { user: user.clone(), name });
            out.report(Event::Names);
        }
    }

    /// This client is new here: the others must learn its user's name.
    pub(super) fn introduce(&self, at: Timestamp, out: &mut Output) {
        let due = at.plus_ms(staggered(INTRODUCE_AFTER_MS, INTRODUCE_STEP_MS, self.own_step()));
        out.write(Write::Introduce { due: Some(due), at });
    }

    /// Others are new here.
    pub(super) fn introduce_again(&self, at: Timestamp, out: &mut Output) {
        if self.head.people <= INTRODUCTIONS_MAX {
            self.introduce(at, out);
        } else {
            out.write(Write::Introduce { due: None, at });
        }
    }

    /// The intent to send a name, if it is time: it is due, or a message is about to go.
    pub(super) fn profile_to_send(&mut self, speaks: bool, now: Now) -> Option<IntentId> {
        let waiting = self.queue.iter().find_map(|(id, intent)| match intent.kind {
            IntentKind::Profile { due, .. } => Some((*id, due)),
            _ => None,
        });
        let Some((id, due)) = waiting else {
            self.timers.no_profile();
            return None;
        };
        let due = due.map(|due| due.min(now.local.plus_ms(DUE_AFTER_MS_MAX)));
        (self.timers.profile_due(id, due, now) || speaks).then_some(id)
    }

    /// An intent to send a name replaces one that waits.
    pub(super) fn drop_profiles(&mut self) {
        self.queue.retain(|_, intent| !is_profile(intent));
    }

    /// Whether there is nobody to send a name to.
    pub(super) fn is_unheard(&self) -> bool {
        self.head.people <= 1 || self.head.status == GroupStatus::Leaving
    }

    /// The message with this user's name.
    pub(super) fn profile(&mut self, name: &PersonName) -> (MessageId, Bytes) {
        let mut salt = [0; 16];
        (self.env.random)(&mut salt);
        let content = Content::profile(salt, name).encode().expect("a name is far below a content's bounds");
        let id = message_id(self.own_client().user(), &self.policy.room, &content, &salt);
        (id, content.into())
    }
}

pub(super) fn is_profile(intent: &Intent) -> bool {
    matches!(intent.kind, IntentKind::Profile { .. })
}
