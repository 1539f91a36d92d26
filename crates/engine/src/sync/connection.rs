//! The task that keeps the connections up: it connects, hands pushes to the actor, and when a connection is lost, waits
//! and connects again.

use std::sync::Arc;
use std::time::Duration;

use actix::Addr;
use conclave_delivery::{Push, RemoteService, ServiceError};
use conclave_protocol::clock::Clock;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::actor::{Connected, Pushed, SyncActor, Unreachable};
use crate::backoff::Backoff;
use crate::ids::IdSource;

/// Pushes of both connections that may wait for the actor; then nothing more is read.
const PUSHES_MAX: usize = 64;
/// First retry delay; doubles each time.
const RETRY_MS_MIN: u64 = 500;
/// Longest retry delay.
const RETRY_MS_MAX: u64 = 60_000;
/// Connections that were up for this long reset the delay. One that fails right after its opening is no better than one
/// that can't be opened.
const UP_MIN: Duration = Duration::from_secs(30);
/// Time between checks whether the machine slept.
const SLEEP_CHECK: Duration = Duration::from_secs(15);
/// Shortest sleep that counts.
const SLEPT_MS: u64 = 20_000;
/// Retry delay after the service showed another key than the pinned one.
const WRONG_SERVICE_MS: u64 = 300_000;

/// What the task needs.
pub(super) struct Connection {
    pub(super) service: Arc<RemoteService>,
    pub(super) actor: Addr<SyncActor>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdSource,
    /// Connect now.
    pub(super) reconnect: Arc<Notify>,
}

impl Connection {
    /// Runs until the actor is gone.
    pub(super) async fn keep(self) {
        let mut backoff = Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX);
        loop {
            let (pushes, pushed) = mpsc::channel(PUSHES_MAX);
            let wait_ms = match self.service.connect(pushes).await {
                Ok(_) => {
                    let since = Instant::now();
                    if self.actor.send(Connected).await.is_err() {
                        return;
                    }
                    self.pass_on(pushed).await;
                    if since.elapsed() >= UP_MIN {
                        backoff.reset();
                    }
                    backoff.next_ms(&self.ids)
                }
                Err(ServiceError::WrongService) => {
                    tracing::warn!("the service shows another key than the pinned one");
                    WRONG_SERVICE_MS
                }
                Err(error) => {
                    tracing::debug!(%error, "not connected");
                    backoff.next_ms(&self.ids)
                }
            };
            let wrong_service = wait_ms == WRONG_SERVICE_MS;
            let retry_at = self.clock.now().plus_ms(wait_ms);
            if self.actor.send(Unreachable { retry_at, wrong_service }).await.is_err() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
                () = self.reconnect.notified() => {}
            }
        }
    }

    async fn pass_on(&self, mut pushed: mpsc::Receiver<Push>) {
        let pass_on = async {
            while let Some(push) = pushed.recv().await {
                if matches!(push, Push::Lost) || self.actor.send(Pushed(push)).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = pass_on => {}
            () = self.probe_after_sleep() => {}
        }
    }

    /// Pings whenever the clock went on and the runtime's time did not: the machine slept, and connections seldom survive
    /// that.
    async fn probe_after_sleep(&self) {
        loop {
            let (clock, runtime) = (self.clock.now(), Instant::now());
            tokio::time::sleep(SLEEP_CHECK).await;
            let ran_ms = u64::try_from(runtime.elapsed().as_millis()).unwrap_or(u64::MAX);
            if self.clock.now() > clock.plus_ms(ran_ms).plus_ms(SLEPT_MS) {
                self.service.probe();
            }
        }
    }
}
