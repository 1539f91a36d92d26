//! The actor: keeps key packages at the service in number, takes Welcomes out of the inbox, and has the groups look whose
//! key update is due.

mod joining;
mod publishing;
mod receiving;

use std::future::Future;

use actix::prelude::*;
use conclave_protocol::GroupId;
use tokio::task::JoinSet;

use super::inbox::Inbox;
use super::renewal;
use super::welcomes::Work;
use crate::api;
use crate::backoff::Backoff;
use crate::deps::Deps;
use crate::registry::{Close, GroupRegistry, look_at_due};
use crate::sync::ConnectionChanged;
use crate::timer::Timer;

pub(crate) use joining::MembershipOver;
pub(crate) use receiving::WasSetBack;

/// How often it is looked for groups whose key update is due, besides each time the service is reached anew.
const RENEWALS_MS: u64 = 60 * 60 * 1000;
/// What the service did not do is asked for again after so long, doubling.
const ASK_AGAIN_MS_MIN: u64 = 2_000;
/// The longest wait before the inbox is subscribed again.
const SUBSCRIBE_AGAIN_MS_MAX: u64 = 300_000;
/// The longest wait before key packages are published again.
const PUBLISH_AGAIN_MS_MAX: u64 = 60 * 60 * 1000;

/// What an account actor is started with.
pub(crate) struct AccountStart {
    pub(crate) deps: Deps,
    pub(crate) registry: Addr<GroupRegistry>,
}

/// Owns what belongs to the account rather than to a group.
pub(crate) struct AccountActor {
    deps: Deps,
    registry: Addr<GroupRegistry>,
    connected: bool,
    /// A task counts and publishes key packages.
    publishing: bool,
    /// Publishing failed: what to wait before the next try, on whichever connection.
    publish_waits: Backoff,
    /// The next count of key packages, or the next try after one failed.
    count: Timer,
    /// That one waits after a failure.
    publish_failed: bool,
    /// The next try to subscribe the inbox on this connection.
    subscribe: Timer,
    /// What to wait before the inbox is subscribed again.
    subscribe_waits: Backoff,
    /// The next look for groups whose key update is due.
    renewals: Timer,
    /// The last group that was found so; the next look begins after it.
    renewed: Option<GroupId>,
    inbox: Inbox,
    /// What else there is to do about Welcomes; its entries wait in the inbox.
    welcomes: Work,
    /// A task works on Welcomes.
    working: bool,
    /// Retry delays while something is left over.
    left_over: Backoff,
    /// When Welcomes are worked on again.
    try_again: Timer,
    /// What is being done. It ends with the actor, whatever it waits for: an answer of the service may never come, and
    /// until then it would keep the store open.
    tasks: JoinSet<()>,
}

impl AccountActor {
    pub(crate) fn new(start: AccountStart) -> Self {
        let AccountStart { deps, registry } = start;
        Self {
            deps,
            registry,
            connected: false,
            publishing: false,
            publish_waits: Backoff::between(ASK_AGAIN_MS_MIN, PUBLISH_AGAIN_MS_MAX),
            count: Timer::default(),
            publish_failed: false,
            subscribe: Timer::default(),
            subscribe_waits: Backoff::between(ASK_AGAIN_MS_MIN, SUBSCRIBE_AGAIN_MS_MAX),
            renewals: Timer::default(),
            renewed: None,
            inbox: Inbox::default(),
            welcomes: Work::default(),
            working: false,
            left_over: joining::delays(),
            try_again: Timer::default(),
            tasks: JoinSet::new(),
        }
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn_local(task);
    }

    fn look_for_renewals(&mut self, ctx: &Context<Self>) {
        if !self.connected {
            return;
        }
        // By the clock, which goes on while the machine sleeps.
        let clock = &self.deps.clock;
        self.renewals.set_by_clock(clock, clock.now().plus_ms(RENEWALS_MS), &ctx.address(), Renewals);
        let (deps, registry, this) = (self.deps.clone(), self.registry.clone(), ctx.address());
        let last = self.renewed;
        self.spawn(async move {
            match renewal::due(&deps, last).await {
                Ok(groups) => {
                    for group in &groups {
                        look_at_due(&registry, *group).await;
                    }
                    if let Some(last) = groups.last() {
                        // When the actor is gone nobody looks again.
                        let _ = this.send(Renewed(*last)).await;
                    }
                }
                Err(fault) => tracing::warn!(%fault, "key updates that are due were not looked for"),
            }
        });
    }
}

impl Actor for AccountActor {
    type Context = Context<Self>;
}

/// Key updates may be due.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Renewals;

impl Handler<Renewals> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: Renewals, ctx: &mut Context<Self>) {
        self.look_for_renewals(ctx);
    }
}

impl Handler<ConnectionChanged> for AccountActor {
    type Result = ();

    fn handle(&mut self, ConnectionChanged(state): ConnectionChanged, ctx: &mut Context<Self>) {
        self.connected = state == api::Connection::Connected;
        self.deps.connection.set(state);
        self.deps.bus.tell(api::Event::State);
        for group in self.deps.live.with_changes() {
            self.deps.bus.tell(api::Event::Group { group: group.to_hex() });
        }
        if !self.connected {
            return;
        }
        self.subscribe.cancel();
        if !self.publish_failed {
            self.keep_key_packages(ctx);
        }
        self.look_for_renewals(ctx);
        self.subscribe_inbox(ctx);
        self.welcomes.held = true;
        self.open_welcomes(ctx);
    }
}

/// The last group that was found with a key update that is due.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Renewed(GroupId);

impl Handler<Renewed> for AccountActor {
    type Result = ();

    fn handle(&mut self, Renewed(last): Renewed, _: &mut Context<Self>) {
        self.renewed = Some(last);
    }
}

impl Handler<Close> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: Close, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}
