//! Notifies followers of a submission as soon as it is durable, whatever its sender's connection is doing.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::delivery::entry::Outcome;
use crate::delivery::hub::Hub;
use crate::metrics::Counters;
use crate::refusal::Refusal;
use crate::storage::StorageError;

/// Resolves when a submission is durable, to its outcome.
pub(crate) type Stored = BoxFuture<'static, Result<Outcome, StorageError>>;

/// One task that waits for submissions in the writer's order, so that a log's news is published in order too.
#[derive(Debug)]
pub(crate) struct Publisher {
    hub: Arc<Hub>,
    counters: Arc<Counters>,
    /// As long as the writer's queue, which is bounded there and per connection.
    queue: Mutex<Option<mpsc::UnboundedSender<Waiting>>>,
}

struct Waiting {
    stored: Stored,
    answer: oneshot::Sender<Result<Outcome, Refusal>>,
}

impl Publisher {
    pub(crate) fn new(hub: Arc<Hub>, counters: Arc<Counters>) -> Self {
        Self { hub, counters, queue: Mutex::default() }
    }

    /// Starts a submission, and returns its outcome for the sender. `begin` gives it to the writer.
    pub(crate) fn submit(
        &self,
        begin: impl FnOnce() -> Stored,
    ) -> oneshot::Receiver<Result<Outcome, Refusal>> {
        let (answer, answered) = oneshot::channel();
        // Started under the lock: the order here is the writer's.
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = Waiting { stored: begin(), answer };
        let left = match &*queue {
            Some(sender) => sender.send(waiting).err().map(|refused| refused.0),
            None => Some(waiting),
        };
        // The first one, or its task ended with the runtime it was on.
        if let Some(waiting) = left {
            let (sender, waiting_ones) = mpsc::unbounded_channel();
            // It has a receiver: see the line above.
            let _ = sender.send(waiting);
            tokio::spawn(publish(waiting_ones, Arc::clone(&self.hub), Arc::clone(&self.counters)));
            *queue = Some(sender);
        }
        answered
    }
}

async fn publish(mut queue: mpsc::UnboundedReceiver<Waiting>, hub: Arc<Hub>, counters: Arc<Counters>) {
    while let Some(Waiting { stored, answer }) = queue.recv().await {
        let outcome = match stored.await {
            Ok(Outcome::Accepted(seq, events)) => {
                if !events.is_empty() {
                    counters.entry();
                    hub.publish(events);
                }
                Ok(Outcome::Accepted(seq, Vec::new()))
            }
            Ok(other) => Ok(other),
            Err(error) => match Refusal::from(error) {
                Refusal::Declined(reason) => Ok(Outcome::Refused(reason)),
                refusal => Err(refusal),
            },
        };
        // Its sender may have disconnected.
        let _ = answer.send(outcome);
    }
}
