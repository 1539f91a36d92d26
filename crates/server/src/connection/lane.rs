//! Hands a connection's submissions to the writer in the order they were sent, however long each proof takes to verify.

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, RwLock, oneshot};

/// The order of one connection's submissions; bounded by its requests in flight.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// Closed when the last submission's turn is over.
    last: Option<oneshot::Receiver<()>>,
    /// Read-locked by each submission that was handed on and is not answered yet.
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
            // Nothing is sent: an error means that the place before was dropped, which is the signal.
            let _ = before.await;
        }
    }

    /// In its turn: waits until everything handed on before it is answered.
    pub(super) async fn all_answered(&self) {
        drop(self.unanswered.write().await);
    }

    /// In its turn: marks this one as handed on; drop the guard once it is answered.
    pub(super) async fn handed_on(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.unanswered).read_owned().await
    }
}
