//! What the changes wait for that the user asked for, as far as the machine knows. Messages, names and new keys are none:
//! the first are shown as waiting where they stand, the others go by themselves.

use super::intents::renews_signer;
use super::{Machine, Pending};
use crate::parameters::REFUSALS_MAX;
use conclave_record::{Intent, IntentKind, Renewal};

/// What the next change waits for that is not built yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// The log was not read to its end: only a client that has seen all of it knows what it does.
    Log,
    /// The service or the group refused this client a new signature key, as often as it is tried in an epoch.
    SignerRefused,
    /// What was asked for before it, or a commit that is under way. And where its commit is the one under way: the log.
    Turn,
}

impl Machine {
    /// What changes wait for; none where none does.
    #[must_use]
    pub fn waits(&self) -> Option<Waits> {
        let waits = self.queue.values().any(is_change) || self.submissions.values().any(carries_out_change);
        waits.then(|| match () {
            () if !self.has_read_all() => Waits::Log,
            () if self.is_signer_refused() => Waits::SignerRefused,
            () => Waits::Turn,
        })
    }

    /// Whether nobody asks for a new signature key any more in this epoch, though one is needed.
    fn is_signer_refused(&self) -> bool {
        let coming = self.live.is_some() || self.queue.values().any(renews_signer);
        self.head.renewal == Renewal::Signer && self.own_refusals >= REFUSALS_MAX && !coming
    }
}

fn is_change(intent: &Intent) -> bool {
    match intent.kind {
        IntentKind::Add { .. }
        | IntentKind::Remove { .. }
        | IntentKind::Rename { .. }
        | IntentKind::Leave => true,
        IntentKind::Send { .. } | IntentKind::Profile { .. } | IntentKind::Update { .. } => false,
    }
}

/// After a restart the intent is known by its number alone.
fn carries_out_change(pending: &Pending) -> bool {
    pending.is_commit() && pending.saved.intent.is_some() && pending.intent.as_ref().is_none_or(is_change)
}
