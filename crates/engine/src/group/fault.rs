//! What stops a step of a group, and how it is shown.

use conclave_group::{FailedEntry, LoadError};

use crate::api::HeldUp;
use crate::executor::StoreFault;
use crate::keys::KeyFault;

/// What stops a step of a group. The machine is dropped with it; the next step loads it again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The group has no MLS state (any more).
    #[error("the group has no state")]
    Gone,
    /// An entry of the log broke the machine: load it again, and continue after that entry.
    #[error("an entry of the log can't be handled")]
    Tainted(Box<FailedEntry>),
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The group's signature key is not in memory.
    #[error("the group's signature key is not loaded")]
    SignerNotLoaded,
    #[error("the stored state can't be loaded: {0}")]
    Load(#[from] LoadError),
    #[error("a fault in the group's machine: {0}")]
    Machine(String),
}

impl Fault {
    /// How it is shown.
    pub(super) fn held_up(&self) -> HeldUp {
        match self {
            Self::Store(fault) if fault.may_pass() => HeldUp::Disk,
            Self::Key(_) | Self::SignerNotLoaded => HeldUp::Keychain,
            Self::Gone | Self::Tainted(_) | Self::Load(_) | Self::Machine(_) | Self::Store(_) => {
                HeldUp::Fault
            }
        }
    }
}
