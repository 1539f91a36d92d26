//! Hands a connection's submissions to the writer in the order in which they were sent, however long each one's proof
//! takes.

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, RwLock, oneshot};

/// The order of one connection's submissions; at most as many as its requests in the works.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// Ends when the last submission has had its turn.
    last: Option<oneshot::Receiver<()>>,
    /// Held for reading by each submission that was handed on and has no answer yet.
    unanswered: Arc<RwLock<()>>,
}

/// One submission's place in the order. The next one's turn comes when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    before: Option<oneshot::Receiver<()>>,
    unanswered: Arc<RwLock<()>>,
    _next: oneshot::Sender<()>,
}

impl Lane {
    /// The next place.
    pub(super) fn place(&mut self) -> Place {
        let (next, last) = oneshot::channel();
        let before = self.last.replace(last);
        Place { before, unanswered: Arc::clone(&self.unanswered), _next: next }
    }
}

impl Place {
    /// Waits for its turn.
    pub(super) async fn turn(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is sent: an error means that the place before is gone, which is the sign.
            let _ = before.await;
        }
    }

    /// In its turn: waits until all that were handed on before it are answered.
    pub(super) async fn all_answered(&self) {
        drop(self.unanswered.write().await);
    }

    /// In its turn: this one is handed on; it is answered when what is returned is dropped.
    pub(super) async fn handed_on(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.unanswered).read_owned().await
    }
}
