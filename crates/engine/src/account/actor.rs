//! The actor: keeps key packages at the service in number, takes Welcomes out of the inbox, and wakes the groups whose
//! key update is due.

use std::future::Future;
use std::time::Duration;

use actix::prelude::*;
use conclave_protocol::{GroupId, Seq, Timestamp};
use tokio::task::JoinSet;

use super::inbox::Inbox;
use super::welcome::UNANCHORED_MS;
use super::welcomes::{Work, Worked, work};
use super::{key_packages, renewal};
use crate::api;
use crate::backoff::Backoff;
use crate::deps::Deps;
use crate::registry::{Close, GroupRegistry, look_in};
use crate::sync::{ConnectionChanged, InboxArrived};

/// How often the key packages at the service are counted while connected.
const COUNT_MS: u64 = 6 * 60 * 60 * 1000;
/// How often it is looked for groups whose key update is due, besides each time the service is reached anew.
const RENEWALS_MS: u64 = 60 * 60 * 1000;
/// How often it is looked whether that time came.
const RENEWALS_LOOK_MS: u64 = 60 * 1000;
/// Welcomes that could not be handled are tried again after so long, doubling.
const TRY_AGAIN_MS_MIN: u64 = 1_000;
/// The longest such wait.
const TRY_AGAIN_MS_MAX: u64 = 300_000;
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
    /// How many connections there were.
    connection: u64,
    /// A task counts and publishes key packages.
    publishing: bool,
    /// Publishing failed: what to wait before the next try, on whichever connection.
    publish_waits: Backoff,
    /// The next count of key packages, or the next try after one failed.
    count: Option<SpawnHandle>,
    /// That one waits after a failure.
    publish_failed: bool,
    /// What to wait before the inbox is subscribed again.
    subscribe_waits: Backoff,
    /// When groups are looked for whose key update is due, and the one that was woken last for it.
    renewals_at: Timestamp,
    woken: Option<GroupId>,
    inbox: Inbox,
    /// What else there is to do about Welcomes; its entries wait in the inbox.
    welcomes: Work,
    /// A task works on Welcomes.
    working: bool,
    /// How often in a row something was left over.
    left_over: u32,
    /// The wait that is set; older ones that still end are passed over.
    wait: u64,
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
            connection: 0,
            publishing: false,
            publish_waits: Backoff::between(ASK_AGAIN_MS_MIN, PUBLISH_AGAIN_MS_MAX),
            count: None,
            publish_failed: false,
            subscribe_waits: Backoff::between(ASK_AGAIN_MS_MIN, SUBSCRIBE_AGAIN_MS_MAX),
            renewals_at: Timestamp(0),
            woken: None,
            inbox: Inbox::default(),
            welcomes: Work::default(),
            working: false,
            left_over: 0,
            wait: 0,
            tasks: JoinSet::new(),
        }
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn_local(task);
    }

    fn keep_key_packages(&mut self, ctx: &Context<Self>) {
        if self.publishing || !self.connected {
            return;
        }
        self.publishing = true;
        let (deps, this) = (self.deps.clone(), ctx.address());
        self.spawn(async move {
            let kept = key_packages::keep(&deps).await;
            if let Err(fault) = &kept {
                tracing::warn!(%fault, "key packages were not published");
            }
            // When the actor is gone nobody waits for it.
            let _ = this.send(Published { failed: kept.is_err() }).await;
        });
    }

    fn wake_for_renewal(&mut self, ctx: &Context<Self>) {
        if !self.connected {
            return;
        }
        self.renewals_at = self.deps.clock.now().plus_ms(RENEWALS_MS);
        let (deps, registry, this) = (self.deps.clone(), self.registry.clone(), ctx.address());
        let last = self.woken;
        self.spawn(async move {
            match renewal::due(&deps, last).await {
                Ok(groups) => {
                    for group in &groups {
                        look_in(&registry, *group).await;
                    }
                    if let Some(last) = groups.last() {
                        // When the actor is gone nobody looks again.
                        let _ = this.send(Woken(*last)).await;
                    }
                }
                Err(fault) => tracing::warn!(%fault, "key updates that are due were not looked for"),
            }
        });
    }

    /// Works on Welcomes, unless that is being done, or there are none.
    fn open_welcomes(&mut self, ctx: &Context<Self>) {
        if self.working || (self.inbox.is_empty() && !self.welcomes.held) {
            return;
        }
        self.working = true;
        let todo = Work { entries: self.inbox.take(), ..std::mem::take(&mut self.welcomes) };
        let (deps, registry, this) = (self.deps.clone(), self.registry.clone(), ctx.address());
        self.spawn(async move {
            let worked = work(&deps, &registry, todo).await;
            // When the actor is gone the entries come again.
            let _ = this.send(WelcomesDone(worked)).await;
        });
    }

    /// Has Welcomes looked at after a while.
    fn open_welcomes_later(&mut self, wait_ms: u64, ctx: &Context<Self>) {
        self.wait += 1;
        let (this, wait) = (ctx.address().downgrade(), self.wait);
        self.spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            if let Some(this) = this.upgrade() {
                this.do_send(LookAgain(wait));
            }
        });
    }

    /// Entries of the inbox that could not be taken are asked for once there is room; all that is new, where the service
    /// was set back.
    fn subscribe_again(&mut self, ctx: &Context<Self>) {
        if let Some(cursor) = self.inbox.set_back().filter(|_| !self.working) {
            return self.go_back(cursor, ctx);
        }
        if !self.working && self.connected && self.inbox.asks_again() {
            self.subscribe_inbox(ctx);
        }
    }

    /// The inbox ends before what was handled. Where that can't be kept now, the next connection shows it again.
    fn go_back(&mut self, cursor: Seq, ctx: &Context<Self>) {
        self.inbox.go_back(cursor);
        let (deps, this) = (self.deps.clone(), ctx.address());
        self.spawn(async move {
            match deps.store.write(move |tx| tx.inbox_was_set_back(cursor)).await {
                Ok(()) => drop(this.send(WasSetBack).await),
                Err(fault) => tracing::warn!(%fault, "that the service was set back is not kept"),
            }
        });
    }

    fn subscribe_inbox(&mut self, ctx: &Context<Self>) {
        let (deps, this) = (self.deps.clone(), ctx.address());
        self.spawn(async move {
            let after = match deps.store.read(|v| v.account()).await {
                Ok(account) => account.map_or(Seq(0), |a| a.inbox_cursor),
                Err(fault) => {
                    tracing::warn!(%fault, "the inbox is not subscribed");
                    let _ = this.send(InboxSubscribed { at_least_ms: Some(0) }).await;
                    return;
                }
            };
            if this.send(InboxFrom(after)).await.is_err() {
                return;
            }
            let at_least_ms = match deps.gateway.subscribe_inbox(after).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(%error, "the inbox is not subscribed");
                    Some(error.wait_ms())
                }
            };
            let _ = this.send(InboxSubscribed { at_least_ms }).await;
        });
    }
}

impl Actor for AccountActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // By the clock, which goes on while the machine sleeps.
        ctx.run_interval(Duration::from_millis(RENEWALS_LOOK_MS), |this, ctx| {
            if this.deps.clock.now() >= this.renewals_at {
                this.wake_for_renewal(ctx);
            }
        });
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
        self.connection += 1;
        if !self.publish_failed {
            self.keep_key_packages(ctx);
        }
        self.wake_for_renewal(ctx);
        self.subscribe_inbox(ctx);
        self.welcomes.held = true;
        self.open_welcomes(ctx);
    }
}

/// Entries of the inbox will come from here on.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct InboxFrom(Seq);

impl Handler<InboxFrom> for AccountActor {
    type Result = ();

    fn handle(&mut self, InboxFrom(after): InboxFrom, _: &mut Context<Self>) {
        self.inbox.resume(after);
    }
}

/// The service was set back, and the store knows.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub(crate) struct WasSetBack;

impl Handler<WasSetBack> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: WasSetBack, ctx: &mut Context<Self>) {
        self.keep_key_packages(ctx);
        if self.connected {
            self.subscribe_inbox(ctx);
        }
    }
}

/// The inbox was subscribed, or not.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct InboxSubscribed {
    /// It was not: not again before so many milliseconds.
    at_least_ms: Option<u64>,
}

impl Handler<InboxSubscribed> for AccountActor {
    type Result = ();

    fn handle(&mut self, subscribed: InboxSubscribed, ctx: &mut Context<Self>) {
        let Some(at_least_ms) = subscribed.at_least_ms else { return self.subscribe_waits.reset() };
        let connection = self.connection;
        let wait_ms = self.subscribe_waits.next_ms(&self.deps.ids).max(at_least_ms);
        ctx.run_later(Duration::from_millis(wait_ms), move |this, ctx| {
            // A new connection has subscribed since.
            if this.connected && this.connection == connection {
                this.subscribe_inbox(ctx);
            }
        });
    }
}

impl Handler<InboxArrived> for AccountActor {
    type Result = ();

    fn handle(&mut self, InboxArrived(page): InboxArrived, ctx: &mut Context<Self>) {
        self.inbox.push(page);
        if self.left_over == 0 {
            self.open_welcomes(ctx);
        }
        self.subscribe_again(ctx);
    }
}

/// The last group that was woken for its key update; the next look begins after it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Woken(GroupId);

impl Handler<Woken> for AccountActor {
    type Result = ();

    fn handle(&mut self, Woken(last): Woken, _: &mut Context<Self>) {
        self.woken = Some(last);
    }
}

/// This client's membership of a group is over, or broken: another may begin.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub(crate) struct MembershipOver;

impl Handler<MembershipOver> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: MembershipOver, ctx: &mut Context<Self>) {
        self.welcomes.held = true;
        self.open_welcomes(ctx);
    }
}

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct WelcomesDone(Worked);

impl Handler<WelcomesDone> for AccountActor {
    type Result = ();

    fn handle(&mut self, WelcomesDone(worked): WelcomesDone, ctx: &mut Context<Self>) {
        let Worked { left: Work { held, entries, failures }, joined, waits } = worked;
        self.working = false;
        let left_over = held || !entries.is_empty();
        self.inbox.put_back(entries);
        self.welcomes.held |= held;
        self.welcomes.failures = failures;
        if joined {
            self.keep_key_packages(ctx);
        }
        if left_over {
            let step = TRY_AGAIN_MS_MIN.saturating_mul(1 << self.left_over.min(16));
            self.left_over = self.left_over.saturating_add(1);
            self.open_welcomes_later(step.min(TRY_AGAIN_MS_MAX), ctx);
            return;
        }
        self.left_over = 0;
        if waits {
            self.open_welcomes_later(UNANCHORED_MS, ctx);
        }
        self.open_welcomes(ctx);
        self.subscribe_again(ctx);
    }
}

/// The wait before Welcomes are looked at again is over.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct LookAgain(u64);

impl Handler<LookAgain> for AccountActor {
    type Result = ();

    fn handle(&mut self, LookAgain(wait): LookAgain, ctx: &mut Context<Self>) {
        if wait == self.wait {
            self.welcomes.held = true;
            self.open_welcomes(ctx);
        }
    }
}

impl Handler<Close> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: Close, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Published {
    failed: bool,
}

impl Handler<Published> for AccountActor {
    type Result = ();

    fn handle(&mut self, Published { failed }: Published, ctx: &mut Context<Self>) {
        self.publishing = false;
        self.publish_failed = failed;
        let wait_ms = if failed {
            self.publish_waits.next_ms(&self.deps.ids)
        } else {
            self.publish_waits.reset();
            COUNT_MS
        };
        let next = ctx.run_later(Duration::from_millis(wait_ms), |this, ctx| {
            this.count = None;
            // Without a connection, the next one counts.
            this.publish_failed = false;
            this.keep_key_packages(ctx);
        });
        if let Some(former) = self.count.replace(next) {
            ctx.cancel_future(former);
        }
    }
}
