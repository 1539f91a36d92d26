//! The plaintext of a commit. mls-rs does not expose a commit's path: of a commit that it refuses, or that removes
//! this client, nobody could learn which keys it brings. So what mls-rs decrypts can be recorded.

use zeroize::Zeroizing;

use crate::shared::Shared;

/// The plaintext that was decrypted last while recording; at most one, of a message's length. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastOpened(Shared<State>);

#[derive(Default)]
struct State {
    recording: bool,
    plaintext: Option<Zeroizing<Vec<u8>>>,
}

impl LastOpened {
    /// Starts recording: each plaintext replaces the one before.
    pub(crate) fn record(&self) {
        *self.0.lock() = State { recording: true, plaintext: None };
    }

    /// The last one since [`record`](Self::record), if any; stops recording.
    pub(crate) fn take(&self) -> Option<Zeroizing<Vec<u8>>> {
        std::mem::take(&mut *self.0.lock()).plaintext
    }

    pub(super) fn opened(&self, plaintext: &[u8]) {
        let mut state = self.0.lock();
        if state.recording {
            state.plaintext = Some(Zeroizing::new(plaintext.to_vec()));
        }
    }
}
