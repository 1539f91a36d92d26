//! Errors of a machine, as conditions that its caller acts on.

use conclave_protocol::Epoch;
use mls_rs::error::MlsError;

use super::Machine;
use crate::input::FailedEntry;
use crate::policy::BadPolicy;

/// Why an input was not handled. In every case, drop the machine and load it again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An entry of the log could not be handled, and the attempt has changed the group. Load it again and hand in the
    /// same batch with [`LogItem::Failed`](crate::LogItem::Failed) in this entry's place.
    #[error("entry {} of the log can't be handled: {:?}", .0.entry.seq, .0.cause)]
    Tainted(Box<FailedEntry>),
    /// The group's signature key is not loaded: unlock the vault and try again.
    #[error("the group's signature key is not loaded")]
    SignerNotLoaded,
    /// An internal error. Quarantine the group and try again later.
    #[error("{doing}: {source}")]
    Internal {
        /// What was being done.
        doing: &'static str,
        /// What mls-rs reported.
        source: MlsError,
    },
}

impl Failure {
    pub(super) fn internal(doing: &'static str) -> impl FnOnce(MlsError) -> Self {
        move |source| {
            if is_signer(&source) { Self::SignerNotLoaded } else { Self::Internal { doing, source } }
        }
    }
}

impl Machine {
    /// An attempt that may fail without failing the input: `None`, and logged, if mls-rs could not do it with the
    /// group's state.
    pub(super) fn attempted<T>(
        &mut self,
        what: &'static str,
        attempt: Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        match attempt {
            Err(Failure::Internal { doing, source }) => {
                tracing::warn!(group = %self.id, %source, "{what} failed: {doing}");
                // It may have used up a key, which must never be used again.
                self.dirty = true;
                Ok(None)
            }
            result => result.map(Some),
        }
    }
}

/// Whether mls-rs failed because a signature key is not loaded.
pub(super) fn is_signer(error: &MlsError) -> bool {
    let MlsError::CryptoProviderError(inner) = error else { return false };
    let found = inner.inner_dyn_error().downcast_ref::<crate::credential::CryptoError>();
    matches!(found, Some(crate::credential::CryptoError::Signer(_)))
}

/// Why a stored group was not loaded. None of these is temporary.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// State, tree and head are of different moments: a group loaded from them would diverge silently.
    #[error("the stored state is of epoch {state}, the tree of {tree}, the head of {head}")]
    Mismatch {
        /// Epoch of the MLS state.
        state: Epoch,
        /// Epoch of the tree.
        tree: Epoch,
        /// Epoch of the head.
        head: Epoch,
    },
    /// The stored tree is not the state's.
    #[error("the stored tree does not match the state")]
    OtherTree,
    /// The stored roster is not the group's.
    #[error("the stored roster does not match the group")]
    OtherRoster,
    /// The policy in the state can't be read.
    #[error(transparent)]
    Policy(#[from] BadPolicy),
    /// mls-rs can't read it.
    #[error("the stored state can't be read: {0}")]
    Unreadable(#[from] MlsError),
}
