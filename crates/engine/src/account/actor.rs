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

/// Time between looks for groups whose key update is due, besides one for each new connection.
const RENEWALS_MS: u64 = 60 * 60 * 1000;
/// First retry delay of a request to the service; doubles each time.
const RETRY_MS_MIN: u64 = 2_000;
/// Longest retry delay of the inbox's subscription.
const SUBSCRIBE_RETRY_MS_MAX: u64 = 300_000;
/// Longest retry delay of publishing key packages.
const PUBLISH_RETRY_MS_MAX: u64 = 60 * 60 * 1000;

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
    /// Retry delays of publishing, over all connections.
    publish_delays: Backoff,
    /// The next count of key packages, or the next try after one failed.
    count: Timer,
    /// The last try to publish failed.
    publish_failed: bool,
    /// The next try to subscribe the inbox on this connection.
    subscribe: Timer,
    /// Its retry delays.
    subscribe_delays: Backoff,
    /// The next look for groups whose key update is due.
    renewals: Timer,
    /// The last group that was found; the next look begins after it.
    renewed: Option<GroupId>,
    inbox: Inbox,
    /// Other work on Welcomes; entries wait in the inbox.
    welcomes: Work,
    /// A task works on Welcomes.
    working: bool,
    /// Retry delays while something is left over.
    left_over: Backoff,
    /// When Welcomes are worked on again.
    try_again: Timer,
    /// Tasks under way. They end with the actor: an answer of the service may never come, and until then a task would
    /// keep the store open.
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
            publish_delays: Backoff::between(RETRY_MS_MIN, PUBLISH_RETRY_MS_MAX),
            count: Timer::default(),
            publish_failed: false,
            subscribe: Timer::default(),
            subscribe_delays: Backoff::between(RETRY_MS_MIN, SUBSCRIBE_RETRY_MS_MAX),
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
                        // An error means that the actor is gone.
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
        self.deps.bus.publish(api::Event::State);
        for group in self.deps.live.with_changes() {
            self.deps.bus.publish(api::Event::Group { group: group.to_hex() });
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
