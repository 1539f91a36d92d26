use conclave_record::MembershipKind;
use serde::{Deserialize, Serialize};

use super::Person;
use super::group::{HeldUp, NotFollowed};

/// A change that this user requested (add, remove, rename, leave) and that is neither done nor given up. Most are done
/// within a moment: the window ignores very recent ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct WaitingChange {
    pub what: MembershipKind,
    pub targets: Vec<Person>,
    /// When it was requested, by this computer's clock.
    #[cfg_attr(feature = "specta", specta(type = f64))]
    pub since_ms: u64,
    pub why: WaitingFor,
}

/// What a change waits for now. Each reason ends by itself, or when its cause is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "reason", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WaitingFor {
    /// There is no connection to the service.
    Connection,
    /// What answers in the service's place has another key: nothing is sent to it.
    WrongService,
    /// The service does not deliver the group's log to this device, so nothing is sent either.
    NotFollowed { why: NotFollowed },
    /// A fault on this computer.
    HeldUp { cause: HeldUp },
    /// The group itself, which the service has not accepted yet.
    Creation,
    /// The log is read to its end first: until then nobody knows what the change does.
    Log,
    /// This device's signature key in the group is replaced first: its certificate is about to expire, or others may
    /// have the key package that it came with.
    NewKey { why: NewKeyWaits },
    /// Other key packages of these people: those that were there can't be used (any more).
    KeyPackages {
        people: Vec<Person>,
        /// The service asked to retry later.
        put_off: bool,
    },
    /// Earlier changes and messages, or a commit of this device that is in flight.
    Turn,
    /// It was submitted to the service, and is not in the log yet.
    Answer,
    /// The service is full or overloaded, and asked to retry later.
    Busy,
}

/// What a new signature key waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum NewKeyWaits {
    /// It is being created or submitted.
    UnderWay,
    /// There is no connection to the service.
    Connection,
    /// The service is full or overloaded, and asked to retry later.
    Busy,
    /// The keychain is locked, or does not answer.
    Keychain,
    /// It was refused too often in a row: retried in an hour, or with the next change of the group.
    Refused,
}
