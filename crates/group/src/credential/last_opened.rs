//! What a commit says beyond its proposals. mls-rs keeps the path of a commit to itself: of one that it refuses, and of
//! one that takes this client out, nobody learns which keys it brings. So what it decrypts can be listened to.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

/// The plaintext that was opened last while somebody listened; at most one, as long as the message it is from. Clones
/// share it.
#[derive(Clone, Default)]
pub(crate) struct LastOpened(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    listening: bool,
    plaintext: Option<Zeroizing<Vec<u8>>>,
}

impl LastOpened {
    /// From here on plaintexts are kept, each in place of the one before.
    pub(crate) fn listen(&self) {
        *self.lock() = State { listening: true, plaintext: None };
    }

    /// The last one since [`listen`](Self::listen), if there was any; from here on none is kept.
    pub(crate) fn take(&self) -> Option<Zeroizing<Vec<u8>>> {
        std::mem::take(&mut *self.lock()).plaintext
    }

    pub(super) fn opened(&self, plaintext: &[u8]) {
        let mut state = self.lock();
        if state.listening {
            state.plaintext = Some(Zeroizing::new(plaintext.to_vec()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LastOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LastOpened")
    }
}
