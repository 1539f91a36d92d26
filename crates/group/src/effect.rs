//! What a group's machine wants done: first the writes, in one transaction, then submissions, then events.

use conclave_protocol::{Epoch, MessageId, Timestamp, UserUri};
use conclave_record::{IntentId, Submission, Write};

/// The result of an input.
#[derive(Debug, Default)]
pub struct Effects {
    /// Made durable in one transaction, in order, before anything else.
    pub writes: Vec<Write>,
    /// Handed to the Delivery Service after that.
    pub submissions: Vec<Submission>,
    /// Reported after that.
    pub events: Vec<Event>,
    /// When to send [`Input::Wake`](crate::Input::Wake), by the local clock; replaces the previous time. `None`: not
    /// needed.
    pub wake_at: Option<Timestamp>,
}

/// Something that happened; reported once the writes are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Rows of the timeline are new or changed.
    Timeline,
    /// A person's name changed.
    Names,
    /// A message from someone else, worth a notification.
    Arrived { message: MessageId },
    /// Roster, policy, epoch or log changed.
    Membership { index_from: u64 },
    /// The head changed.
    Head,
    /// The epoch changed: access to the log must be authorised with the new one's key.
    Epoch(Epoch),
    /// Key packages in an Add intent are no longer usable: claim others for these people and hand in the intent again.
    ClaimAgain { intent: IntentId, people: Vec<UserUri> },
    /// This client's leaf needs a new signature key (see [`Renewal::Signer`](conclave_record::Renewal::Signer)): make
    /// one and hand in an [`IntentKind::Update`](conclave_record::IntentKind::Update) with it. Reported once after each
    /// load, when the log's head is reached and no such intent is known.
    NeedsNewSigner,
}
