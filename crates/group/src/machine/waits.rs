//! What requested changes wait for, as far as the machine knows. Messages, names and new keys don't count: a waiting
//! message shows itself, the others need no user.

use conclave_record::{Intent, IntentKind, Renewal};

use super::intents::renews_signer;
use super::{Machine, Pending};
use crate::parameters::REFUSALS_MAX;

/// What the next change that is not built yet waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// The log was not read to its end: only a client that has seen all of it knows the group's state.
    Log,
    /// The service or the group refused this client a new signature key, up to the limit for an epoch.
    SignerRefused,
    /// An earlier change, or a commit under way; for a change whose own commit is under way: the log.
    Turn,
}

impl Machine {
    /// What changes wait for; `None` if none waits.
    #[must_use]
    pub fn waits(&self) -> Option<Waits> {
        let waits = self.queue.values().any(is_change) || self.submissions.values().any(carries_out_change);
        waits.then(|| match () {
            () if !self.has_read_all() => Waits::Log,
            () if self.is_signer_refused() => Waits::SignerRefused,
            () => Waits::Turn,
        })
    }

    /// Whether a needed new signature key is not requested any more in this epoch.
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

/// After a restart, only the intent's number is known.
fn carries_out_change(pending: &Pending) -> bool {
    pending.is_commit() && pending.saved.intent.is_some() && pending.intent.as_ref().is_none_or(is_change)
}
