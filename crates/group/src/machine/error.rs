//! What can go wrong with a machine, as conditions that its caller acts on.

use conclave_protocol::Epoch;
use mls_rs::error::MlsError;

use crate::input::FailedEntry;
use crate::policy::BadPolicy;

/// Why an input was not handled. The machine must be dropped and loaded again in every case.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An entry of the log could not be handled, and the group has changed by the attempt. Load it again and hand in
    /// the same batch with [`LogItem::Failed`](crate::LogItem::Failed) in this entry's place.
    #[error("entry {} of the log can't be handled: {:?}", .0.entry.seq, .0.cause)]
    Tainted(Box<FailedEntry>),
    /// The group's signature key is not loaded: unlock the vault and try again.
    #[error("the group's signature key is not loaded")]
    SignerNotLoaded,
    /// Something that should not happen. Quarantine the group and try again later.
    #[error("{doing}: {source}")]
    Internal {
        /// What was being done.
        doing: &'static str,
        /// What mls-rs said.
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

/// Whether mls-rs failed because a signature key is not loaded.
pub(super) fn is_signer(error: &MlsError) -> bool {
    let MlsError::CryptoProviderError(inner) = error else { return false };
    let found = inner.inner_dyn_error().downcast_ref::<crate::credential::CryptoError>();
    matches!(found, Some(crate::credential::CryptoError::Signer(_)))
}

/// Why a stored group was not loaded. None of these passes by itself.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// State, tree and head are not of the same moment: loading them would diverge in silence.
    #[error("the stored state is of epoch {state}, the tree of {tree}, the head of {head}")]
    Mismatch {
        /// Epoch of the MLS state.
        state: Epoch,
        /// Epoch of the tree.
        tree: Epoch,
        /// Epoch of the head.
        head: Epoch,
    },
    /// The stored tree is not the one that the state belongs to.
    #[error("the stored tree is another one")]
    OtherTree,
    /// The stored roster is not the group's: this client is not where it is.
    #[error("the stored roster is another one")]
    OtherRoster,
    /// The policy in the state can't be read.
    #[error(transparent)]
    Policy(#[from] BadPolicy),
    /// mls-rs can't read it.
    #[error("the stored state can't be read: {0}")]
    Unreadable(#[from] MlsError),
}
