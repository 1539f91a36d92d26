//! The actor around a group's machine: one message at a time, each finished before the next.

use actix::prelude::*;
use conclave_group::Input;
use conclave_protocol::{GroupId, Timestamp};
use conclave_record::Generation;
use tokio::sync::OwnedMutexGuard;

use super::core::{Core, access_keys};
use super::fault::Fault;
use crate::account::{AccountActor, MembershipOver, WasSetBack};
use crate::api;
use crate::backoff::Backoff;
use crate::deps::Deps;
use crate::live::Live;
use crate::registry::{GroupRegistry, Retired};
use crate::sync::{Delivered, Keys, LogBatch, Progress, SetBack, SyncActor};
use crate::timer::Timer;

/// Messages that may be queued. The sync actor sends one batch at a time; looks and outcomes are bounded by intents.
const MAILBOX_MAX: usize = 512;
/// First retry delay after a fault; doubles each time.
const RETRY_MS_MIN: u64 = 1_000;
/// Longest retry delay.
const RETRY_MS_MAX: u64 = 300_000;

/// More entries than this show as catching up.
const CATCH_UP_ENTRIES: u64 = 64;

/// What a group's actor is started with.
pub(crate) struct GroupStart {
    pub(crate) deps: Deps,
    pub(crate) sync: Addr<SyncActor>,
    pub(crate) registry: Addr<GroupRegistry>,
    pub(crate) account: Addr<AccountActor>,
    pub(crate) generation: Generation,
    /// Held while the actor runs, so that a group never has two owners.
    pub(crate) owner: OwnedMutexGuard<()>,
}

/// The only owner of one group's MLS state.
pub(crate) struct GroupActor {
    group: GroupId,
    deps: Deps,
    registry: Addr<GroupRegistry>,
    account: Addr<AccountActor>,
    /// None while a message is being handled.
    core: Option<Core>,
    /// Retry delays after faults.
    delays: Backoff,
    /// The time that the machine set, or the next retry.
    due: Timer,
    catch_up_total: u64,
    owner: Option<OwnedMutexGuard<()>>,
}

impl GroupActor {
    pub(crate) fn new(start: GroupStart) -> Self {
        let GroupStart { deps, sync, registry, account, generation, owner } = start;
        Self {
            group: generation.group,
            core: Some(Core::new(deps.clone(), sync, generation)),
            deps,
            registry,
            account,
            delays: Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX),
            due: Timer::default(),
            catch_up_total: 0,
            owner: Some(owner),
        }
    }

    /// Runs work on the loaded core, then handles queued intents.
    fn work(
        &mut self,
        work: impl AsyncFnOnce(&mut Core) -> Result<(), Fault> + 'static,
    ) -> impl ActorFuture<Self, Output = Result<Progress, u64>> + 'static {
        self.run(async move |core| {
            core.ready().await?;
            work(core).await?;
            core.hand_in_intents().await
        })
    }

    /// Like [`work`](Self::work), answering with the group's progress.
    fn answer(
        &mut self,
        work: impl AsyncFnOnce(&mut Core) -> Result<(), Fault> + 'static,
    ) -> AtomicResponse<Self, Progress> {
        let done = self.work(work);
        AtomicResponse::new(Box::pin(
            done.map(|done, _, _| done.unwrap_or_else(|wait_ms| Progress::Later { wait_ms })),
        ))
    }

    /// Runs work on the core; no other message is handled meanwhile.
    fn run(
        &mut self,
        work: impl AsyncFnOnce(&mut Core) -> Result<(), Fault> + 'static,
    ) -> impl ActorFuture<Self, Output = Result<Progress, u64>> + 'static {
        let core = self.core.take();
        let run = async move {
            let mut core = core?;
            let result = work(&mut core).await;
            Some((core, result))
        };
        run.into_actor(self).map(|done, actor, ctx| match done {
            Some((core, result)) => actor.after(core, result, ctx),
            None => Err(RETRY_MS_MIN),
        })
    }

    fn after(
        &mut self,
        mut core: Core,
        result: Result<(), Fault>,
        ctx: &mut Context<Self>,
    ) -> Result<Progress, u64> {
        let answer = match result.and_then(|()| progress(&core)) {
            Ok(progress) => {
                self.delays.reset();
                self.set_live(None);
                core.show_waits();
                self.set_due(core.wake_at, ctx);
                Ok(progress)
            }
            Err(Fault::Gone) => {
                core.show_waits();
                Ok(Progress::Over)
            }
            Err(fault) => {
                tracing::error!(%fault, "a group is held up");
                self.set_live(Some(Live::HeldUp(fault.held_up())));
                let wait = self.delays.step_ms();
                self.set_due(Some(self.deps.now().plus_ms(wait)), ctx);
                Err(wait)
            }
        };
        if std::mem::take(&mut core.over) {
            self.account.do_send(MembershipOver);
        }
        if std::mem::take(&mut core.set_back) {
            self.account.do_send(WasSetBack);
        }
        self.core = Some(core);
        answer
    }

    fn set_live(&self, live: Option<Live>) {
        if self.deps.live.set(self.group, live) {
            self.deps.bus.publish(api::Event::Group { group: self.group.to_hex() });
        }
    }

    /// Sets the time of the next [`Look`], by the service's clock.
    fn set_due(&mut self, at: Option<Timestamp>, ctx: &Context<Self>) {
        let Some(at) = at else { return self.due.cancel() };
        let clock = &self.deps.clock;
        let due = clock.now().plus_ms(at.0.saturating_sub(self.deps.now().0));
        self.due.set_by_clock(clock, due, &ctx.address(), Look::Due);
    }

    fn show_catching_up(&mut self, batch: &LogBatch) {
        let remaining = batch.remaining;
        if remaining <= CATCH_UP_ENTRIES {
            self.catch_up_total = 0;
            return;
        }
        self.catch_up_total = self.catch_up_total.max(remaining);
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let (done, total) = (small(self.catch_up_total - remaining), small(self.catch_up_total));
        self.set_live(Some(Live::CatchingUp { done, total }));
    }
}

/// The machine's progress, or that the membership is over.
fn progress(core: &Core) -> Result<Progress, Fault> {
    let Some(machine) = &core.machine else { return Ok(Progress::Over) };
    let epoch = machine.epoch();
    let keys = Keys::of(epoch, access_keys(machine))
        .ok_or_else(|| Fault::Machine(format!("no access key of the present epoch {epoch}")))?;
    Ok(Progress::At { from: machine.read_from(), keys })
}

impl Actor for GroupActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_MAX);
        let load = self.run(async |core| core.ready().await);
        ctx.wait(load.map(|_, _, _| ()));
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.core = None;
        self.owner = None;
        self.registry.do_send(Retired { group: self.group });
    }
}

impl Handler<LogBatch> for GroupActor {
    type Result = AtomicResponse<Self, Progress>;

    fn handle(&mut self, batch: LogBatch, _: &mut Context<Self>) -> Self::Result {
        self.show_catching_up(&batch);
        self.answer(async move |core| core.batch(batch).await)
    }
}

impl Handler<SetBack> for GroupActor {
    type Result = AtomicResponse<Self, Progress>;

    fn handle(&mut self, SetBack { kept, goes_on }: SetBack, _: &mut Context<Self>) -> Self::Result {
        self.answer(async move |core| core.step(Input::SetBack { kept, goes_on }).await)
    }
}

/// Look for work.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub(crate) enum Look {
    /// Intents were added to the store.
    Intents,
    /// Something may be due: a time that the machine set, a retry, a key update.
    Due,
}

impl Handler<Look> for GroupActor {
    type Result = ();

    fn handle(&mut self, look: Look, ctx: &mut Context<Self>) {
        let work = self.work(async move |core| {
            match look {
                Look::Intents => core.claims = 0,
                Look::Due if core.machine.is_some() => core.step(Input::Wake).await?,
                Look::Due => {}
            }
            Ok(())
        });
        ctx.wait(work.map(|_, _, _| ()));
    }
}

impl Handler<Delivered> for GroupActor {
    type Result = AtomicResponse<Self, bool>;

    fn handle(&mut self, delivered: Delivered, _: &mut Context<Self>) -> Self::Result {
        let Delivered { submission, outcome } = delivered;
        let work = self.work(async move |core| {
            if core.machine.is_some() {
                core.step(Input::Outcome { submission, outcome }).await?;
            }
            Ok(())
        });
        // After a fault it is sent again. If it was handled before the fault, that changes nothing.
        AtomicResponse::new(Box::pin(work.map(|done, _, _| done.is_ok())))
    }
}

/// Stop, unless something is set for later. Answered by whether the actor stops.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub(crate) struct Retire {
    /// Stop in any case: the account is closing, or the group is forgotten.
    pub(crate) even_if_waiting: bool,
}

impl Handler<Retire> for GroupActor {
    type Result = bool;

    fn handle(&mut self, retire: Retire, ctx: &mut Context<Self>) -> bool {
        let waiting = self.core.as_ref().is_some_and(|c| c.wake_at.is_some());
        if waiting && !retire.even_if_waiting {
            return false;
        }
        ctx.stop();
        true
    }
}
