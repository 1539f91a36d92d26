//! The one event stream: what changed, for all listeners.

use tokio::sync::broadcast;

use crate::api::Event;

/// Events buffered for a slow listener; one that falls further behind gets [`Received::Missed`].
const EVENTS_MAX: usize = 1024;

/// Where the actors publish what changed. Clones are the same bus.
#[derive(Debug, Clone)]
pub(crate) struct EventBus(broadcast::Sender<Event>);

impl EventBus {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(EVENTS_MAX).0)
    }

    pub(crate) fn publish(&self, event: Event) {
        // An error means that nobody listens.
        let _ = self.0.send(event);
    }

    pub(crate) fn subscribe(&self) -> Events {
        Events(self.0.subscribe())
    }
}

/// The receiving end of the event stream.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

/// What a listener receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Something changed.
    Event(Event),
    /// Events were missed: read everything again.
    Missed,
}

impl Events {
    /// The next event; none once the engine is closed.
    pub async fn next(&mut self) -> Option<Received> {
        match self.0.recv().await {
            Ok(event) => Some(Received::Event(event)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Received::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// The next event if one is there already.
    pub fn try_next(&mut self) -> Option<Received> {
        match self.0.try_recv() {
            Ok(event) => Some(Received::Event(event)),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(Received::Missed),
            Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => None,
        }
    }
}
