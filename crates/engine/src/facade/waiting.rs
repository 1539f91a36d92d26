//! What the user's changes wait for. That is known in four places: the store, the group's actor, the sync actor and the
//! connection. The outermost reason is shown: without a connection, no other matters.

use conclave_group::Waits;
use conclave_protocol::GroupId;
use conclave_record as record;
use conclave_store as store;

use super::people::People;
use super::shown::shown_intent;
use crate::api::HeldUp;
use crate::api::{Connection, NewKeyWaits, NotFollowed, WaitingChange, WaitingFor};
use crate::deps::Deps;
use crate::live::{ChangesWait, Delivery, Live};

/// Most changes that are shown with what they wait for; the others are only counted.
pub(super) const CHANGES_MAX: u32 = 8;

/// The conditions that a group's changes depend on.
pub(super) struct Conditions {
    connection: Connection,
    live: Option<Live>,
    not_followed: Option<NotFollowed>,
    /// The service has not accepted the group yet.
    creating: bool,
    /// Nothing is committed before this client has another signature key.
    needs_signer: bool,
    changes: Option<ChangesWait>,
    delivery: Option<Delivery>,
}

impl Conditions {
    pub(super) fn of(deps: &Deps, group: &GroupId, head: &record::GroupHead) -> Self {
        Self {
            connection: deps.connection.get(),
            live: deps.live.get(group),
            not_followed: deps.live.not_followed(group),
            creating: head.status == record::GroupStatus::Creating,
            needs_signer: head.renewal == record::Renewal::Signer,
            changes: deps.live.changes_wait(group),
            delivery: deps.live.delivery(group),
        }
    }

    /// A change with what it waits for.
    pub(super) fn shown(&self, change: &store::WaitingChange, people: &People) -> WaitingChange {
        let (what, targets) = shown_intent(&change.kind, people);
        WaitingChange { what, targets, since_ms: change.since.0, why: self.why(change, people) }
    }

    fn why(&self, change: &store::WaitingChange, people: &People) -> WaitingFor {
        // Leaving is proposed, not committed: that needs no new key.
        let behind_key =
            self.needs_signer && !change.submitted && !matches!(change.kind, record::IntentKind::Leave);
        match (self.live, self.connection) {
            (Some(Live::HeldUp(HeldUp::Keychain)), _) if behind_key => {
                WaitingFor::NewKey { why: NewKeyWaits::Keychain }
            }
            (Some(Live::HeldUp(why)), _) => WaitingFor::HeldUp { cause: why },
            (_, Connection::WrongService) => WaitingFor::WrongService,
            (_, Connection::Connecting | Connection::Unreachable { .. }) if behind_key => {
                WaitingFor::NewKey { why: NewKeyWaits::Connection }
            }
            (_, Connection::Connecting | Connection::Unreachable { .. }) => WaitingFor::Connection,
            (live, Connection::Connected) => match self.not_followed {
                Some(why) => WaitingFor::NotFollowed { why },
                None if change.submitted => self.on_its_way(live),
                None => self.queued(change, behind_key, live, people),
            },
        }
    }

    /// Its commit is built.
    fn on_its_way(&self, live: Option<Live>) -> WaitingFor {
        match self.delivery {
            Some(Delivery::PutOff) => WaitingFor::Busy,
            Some(Delivery::Behind) => WaitingFor::Turn,
            Some(Delivery::Held) => WaitingFor::Log,
            // The group's actor has yet to submit it, and reads the log first; or the service has accepted it, and it
            // is in the part of the log that is being read.
            None if live.is_some() || self.reads_log() => WaitingFor::Log,
            Some(Delivery::Sent) | None => WaitingFor::Answer,
        }
    }

    fn queued(
        &self,
        change: &store::WaitingChange,
        behind_key: bool,
        live: Option<Live>,
        people: &People,
    ) -> WaitingFor {
        match &self.changes {
            // A group that is created here has no log to read first.
            _ if self.creating => WaitingFor::Creation,
            _ if live.is_some() || self.reads_log() => WaitingFor::Log,
            _ if behind_key => WaitingFor::NewKey { why: self.new_key() },
            Some(ChangesWait::KeyPackages { intent, people: of, put_off }) if *intent == change.intent => {
                WaitingFor::KeyPackages {
                    people: of.iter().map(|user| people.person(user)).collect(),
                    put_off: *put_off,
                }
            }
            // An earlier submission is put off.
            _ if self.delivery == Some(Delivery::PutOff) => WaitingFor::Busy,
            _ => WaitingFor::Turn,
        }
    }

    /// Whether the log is read first. A group without a known reason is not loaded yet, and reads it once it is.
    fn reads_log(&self) -> bool {
        matches!(self.changes, None | Some(ChangesWait::Machine(Waits::Log)))
    }

    fn new_key(&self) -> NewKeyWaits {
        match (&self.changes, self.delivery) {
            (Some(ChangesWait::Machine(Waits::SignerRefused)), _) => NewKeyWaits::Refused,
            (_, Some(Delivery::PutOff)) => NewKeyWaits::Busy,
            _ => NewKeyWaits::UnderWay,
        }
    }
}

#[cfg(test)]
mod tests {
    use conclave_protocol::{Timestamp, UserUri};

    use conclave_record::IntentId;

    use super::*;

    fn user(name: &str) -> UserUri {
        format!("mimi://example.org/u/{name}").parse().expect("a user")
    }

    /// Nothing is in the way, and each change waits for its turn.
    fn clear() -> Conditions {
        Conditions {
            connection: Connection::Connected,
            live: None,
            not_followed: None,
            creating: false,
            needs_signer: false,
            changes: Some(ChangesWait::Machine(Waits::Turn)),
            delivery: None,
        }
    }

    fn change(kind: record::IntentKind, submitted: bool) -> store::WaitingChange {
        store::WaitingChange { intent: record::IntentId(7), kind, submitted, since: Timestamp(5) }
    }

    fn why(conditions: &Conditions, submitted: bool) -> WaitingFor {
        let rename = record::IntentKind::Rename { name: "Quay".to_owned() };
        conditions.why(&change(rename, submitted), &People::without_names(user("alice")))
    }

    fn both(conditions: &Conditions) -> [WaitingFor; 2] {
        [false, true].map(|submitted| why(conditions, submitted))
    }

    #[test]
    fn what_holds_up_everything_is_said_first() {
        let away = Conditions { connection: Connection::Connecting, needs_signer: true, ..clear() };
        let key = WaitingFor::NewKey { why: NewKeyWaits::Connection };
        assert_eq!(both(&away), [key, WaitingFor::Connection]);
        let wrong = Conditions { connection: Connection::WrongService, needs_signer: true, ..clear() };
        assert_eq!(both(&wrong), [WaitingFor::WrongService, WaitingFor::WrongService]);
        for cause in [HeldUp::Disk, HeldUp::Keychain, HeldUp::Fault] {
            let held =
                Conditions { live: Some(Live::HeldUp(cause)), connection: Connection::Connecting, ..clear() };
            let expected = WaitingFor::HeldUp { cause };
            assert_eq!(both(&held), [expected.clone(), expected]);
        }
        let not_followed =
            Conditions { not_followed: Some(NotFollowed::LogGone), needs_signer: true, ..clear() };
        let expected = WaitingFor::NotFollowed { why: NotFollowed::LogGone };
        assert_eq!(both(&not_followed), [expected.clone(), expected]);
    }

    #[test]
    fn a_commit_under_way_waits_for_the_service() {
        let delivered = |delivery, changes| why(&Conditions { delivery, changes, ..clear() }, true);
        let here = || Some(ChangesWait::Machine(Waits::Turn));
        assert_eq!(delivered(Some(Delivery::Sent), here()), WaitingFor::Answer);
        assert_eq!(delivered(Some(Delivery::PutOff), here()), WaitingFor::Busy);
        assert_eq!(delivered(Some(Delivery::Held), here()), WaitingFor::Log);
        assert_eq!(delivered(Some(Delivery::Behind), here()), WaitingFor::Turn);
        assert_eq!(delivered(None, here()), WaitingFor::Answer, "it was accepted, and is not read back yet");
        assert_eq!(delivered(None, None), WaitingFor::Log, "the group is not loaded yet");
    }

    #[test]
    fn what_is_not_built_waits_for_what_the_group_waits_for() {
        assert_eq!(why(&clear(), false), WaitingFor::Turn);
        assert_eq!(why(&Conditions { delivery: Some(Delivery::PutOff), ..clear() }, false), WaitingFor::Busy);
        assert_eq!(
            why(&Conditions { creating: true, changes: None, ..clear() }, false),
            WaitingFor::Creation
        );
        assert_eq!(why(&Conditions { changes: None, ..clear() }, false), WaitingFor::Log);
        let reads = Some(ChangesWait::Machine(Waits::Log));
        assert_eq!(why(&Conditions { changes: reads, ..clear() }, false), WaitingFor::Log);
        let catching_up = Some(Live::CatchingUp { done: 1, total: 9 });
        assert_eq!(
            why(&Conditions { live: catching_up, needs_signer: true, ..clear() }, false),
            WaitingFor::Log
        );
    }

    #[test]
    fn a_new_key_comes_first_but_not_before_leaving() {
        let needs = || Conditions { needs_signer: true, ..clear() };
        let key = |conditions: &Conditions| match why(conditions, false) {
            WaitingFor::NewKey { why } => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(key(&needs()), NewKeyWaits::UnderWay);
        assert_eq!(key(&Conditions { delivery: Some(Delivery::PutOff), ..needs() }), NewKeyWaits::Busy);
        let refused = Some(ChangesWait::Machine(Waits::SignerRefused));
        assert_eq!(key(&Conditions { changes: refused, ..needs() }), NewKeyWaits::Refused);
        assert_eq!(
            key(&Conditions { live: Some(Live::HeldUp(HeldUp::Keychain)), ..needs() }),
            NewKeyWaits::Keychain
        );
        let leave = change(record::IntentKind::Leave, false);
        assert_eq!(needs().why(&leave, &People::without_names(user("alice"))), WaitingFor::Turn);
    }

    #[test]
    fn key_packages_are_waited_for_by_the_intent_they_are_for() {
        let claim = |of| {
            let people = vec![user("carol")];
            Some(ChangesWait::KeyPackages { intent: IntentId(of), people, put_off: true })
        };
        let people = People::without_names(user("alice"));
        let carol = vec![people.person(&user("carol"))];
        let expected = WaitingFor::KeyPackages { people: carol, put_off: true };
        assert_eq!(why(&Conditions { changes: claim(7), ..clear() }, false), expected);
        assert_eq!(why(&Conditions { changes: claim(6), ..clear() }, false), WaitingFor::Turn);
    }
}
