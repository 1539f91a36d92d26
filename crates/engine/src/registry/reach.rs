//! Sending messages to a group's actor: it is started where needed, and retried while it is stopping.

use actix::prelude::*;
use conclave_protocol::GroupId;
use conclave_record::Generation;

use super::{GroupRegistry, RETRY_MS_MIN};
use crate::executor::StoreFault;
use crate::group::GroupActor;
use crate::sync::{Delivered, LogBatch, Progress, SetBack};

/// Tries to reach a group's actor that is stopping at that moment.
const TRIES_MAX: usize = 8;

/// Give me the actor of this group, if it runs.
#[derive(Debug, Message)]
#[rtype(result = "Option<Addr<GroupActor>>")]
struct Get(GroupId);

impl Handler<Get> for GroupRegistry {
    type Result = MessageResult<Get>;

    fn handle(&mut self, Get(group): Get, _: &mut Context<Self>) -> Self::Result {
        self.uses += 1;
        let uses = self.uses;
        let running = self.running.get_mut(&group).filter(|r| r.address.connected());
        MessageResult(running.map(|r| {
            r.used = uses;
            r.address.clone()
        }))
    }
}

/// Start the actor of this generation of a group, unless one runs.
#[derive(Debug, Message)]
#[rtype(result = "Option<Addr<GroupActor>>")]
struct Begin(Generation);

impl Handler<Begin> for GroupRegistry {
    type Result = MessageResult<Begin>;

    fn handle(&mut self, Begin(generation): Begin, ctx: &mut Context<Self>) -> Self::Result {
        let running = self.running.get(&generation.group).filter(|r| r.address.connected());
        let address = running.map(|r| r.address.clone());
        MessageResult(address.or_else(|| self.begin(generation, ctx)))
    }
}

/// The result of [`reach`].
pub(super) enum Reached<T> {
    Answer(T),
    /// It can't be reached now: the store can't be read, or the actor is stopping.
    NotNow,
    /// There is no such group.
    NoGroup,
    /// The account is closing.
    Closing,
}

/// Sends a message to a group's actor, which is started where needed.
pub(super) async fn reach<M>(registry: &Addr<GroupRegistry>, group: GroupId, message: M) -> Reached<M::Result>
where
    M: Message + Send + Clone + 'static,
    M::Result: Send,
    GroupActor: Handler<M>,
{
    for _ in 0..TRIES_MAX {
        let address = match registry.send(Get(group)).await {
            Ok(Some(address)) => Some(address),
            Ok(None) => match registry.send(GenerationOf(group)).await {
                Ok(Ok(Some(generation))) => registry.send(Begin(generation)).await.ok().flatten(),
                Ok(Ok(None)) => return Reached::NoGroup,
                Ok(Err(fault)) => {
                    tracing::warn!(%fault, "a group can't be looked up now");
                    return Reached::NotNow;
                }
                Err(_) => return Reached::Closing,
            },
            Err(_) => return Reached::Closing,
        };
        if let Some(address) = address
            && let Ok(answer) = address.send(message.clone()).await
        {
            return Reached::Answer(answer);
        }
        tokio::task::yield_now().await;
    }
    Reached::NotNow
}

/// Which membership of this group is the present one?
#[derive(Debug, Message)]
#[rtype(result = "Result<Option<Generation>, StoreFault>")]
struct GenerationOf(GroupId);

impl Handler<GenerationOf> for GroupRegistry {
    type Result = ResponseFuture<Result<Option<Generation>, StoreFault>>;

    fn handle(&mut self, GenerationOf(group): GenerationOf, _: &mut Context<Self>) -> Self::Result {
        let store = self.deps.store.clone();
        Box::pin(async move { store.read(move |v| v.generation(&group)).await })
    }
}

/// Hands a batch of the log to a group's actor.
pub(crate) async fn deliver_batch(
    registry: &Addr<GroupRegistry>,
    group: GroupId,
    batch: LogBatch,
) -> Progress {
    progress(reach(registry, group, batch).await)
}

/// Hands a set-back of the service to a group's actor.
pub(crate) async fn deliver_set_back(
    registry: &Addr<GroupRegistry>,
    group: GroupId,
    set_back: SetBack,
) -> Progress {
    progress(reach(registry, group, set_back).await)
}

fn progress(reached: Reached<Progress>) -> Progress {
    match reached {
        Reached::Answer(progress) => progress,
        Reached::NotNow | Reached::Closing => Progress::Later { wait_ms: RETRY_MS_MIN },
        Reached::NoGroup => Progress::Over,
    }
}

/// Hands the answer to a submission to a group's actor. False where it was not handled: submit again, the answer is the
/// same.
pub(crate) async fn deliver_outcome(
    registry: &Addr<GroupRegistry>,
    group: GroupId,
    delivered: Delivered,
) -> bool {
    match reach(registry, group, delivered).await {
        Reached::Answer(handled) => handled,
        Reached::NotNow => false,
        Reached::NoGroup | Reached::Closing => true,
    }
}
