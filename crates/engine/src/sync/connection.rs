//! The task that keeps the connections up: connect, pass on what is pushed, and when they are lost wait and begin
//! again.

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

/// Pushes that may wait for the actor before the connection waits.
const PUSHES_MAX: usize = 64;
/// The first wait before connections are made again, and the longest.
const WAIT_MS_MIN: u64 = 500;
const WAIT_MS_MAX: u64 = 60_000;
/// Connections that stood for so long were good ones: the next waits are short again. What fails right after the
/// opening is no better than what can't be opened.
const STOOD: Duration = Duration::from_secs(30);
/// How often it is looked whether the machine slept, and from how long on that counts.
const SLEEP_LOOK: Duration = Duration::from_secs(15);
const SLEPT_MS: u64 = 20_000;
/// After the service showed another key, look again only so often.
const WRONG_SERVICE_MS: u64 = 300_000;

/// What the task needs.
pub(super) struct Connection {
    pub(super) service: Arc<RemoteService>,
    pub(super) actor: Addr<SyncActor>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdSource,
    /// Try now.
    pub(super) now: Arc<Notify>,
}

impl Connection {
    /// Runs until the actor is gone.
    pub(super) async fn keep(self) {
        let mut backoff = Backoff::between(WAIT_MS_MIN, WAIT_MS_MAX);
        loop {
            let (pushes, pushed) = mpsc::channel(PUSHES_MAX);
            let wait_ms = match self.service.connect(pushes).await {
                Ok(_) => {
                    let since = Instant::now();
                    if self.actor.send(Connected).await.is_err() {
                        return;
                    }
                    self.pass_on(pushed).await;
                    if since.elapsed() >= STOOD {
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
                () = self.now.notified() => {}
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
            () = self.doubt_after_sleep() => {}
        }
    }

    /// Asks for a sign of life whenever the clock went on and the runtime's time did not: the machine slept, and what
    /// stood before seldom stands after it.
    async fn doubt_after_sleep(&self) {
        loop {
            let (clock, runtime) = (self.clock.now(), Instant::now());
            tokio::time::sleep(SLEEP_LOOK).await;
            let ran_ms = u64::try_from(runtime.elapsed().as_millis()).unwrap_or(u64::MAX);
            if self.clock.now() > clock.plus_ms(ran_ms).plus_ms(SLEPT_MS) {
                self.service.probe();
            }
        }
    }
}
