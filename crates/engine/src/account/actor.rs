//! The actor: keeps key packages at the service in number, takes Welcomes out of the inbox, and wakes the groups whose
//! key update is due.

use std::time::Duration;

use actix::prelude::*;
use conclave_delivery::ServiceError;
use conclave_protocol::Seq;

use super::inbox::Inbox;
use super::welcome::UNANCHORED_MS;
use super::welcomes::{Work, Worked, work};
use super::{key_packages, renewal};
use crate::api;
use crate::deps::Deps;
use crate::registry::{Close, GroupRegistry, look_in};
use crate::sync::{ConnectionChanged, InboxArrived};

/// How often the key packages at the service are counted while connected.
const COUNT_MS: u64 = 6 * 60 * 60 * 1000;
/// How often it is looked for groups whose key update is due, besides each time the service is reached anew.
const RENEWALS_MS: u64 = 60 * 60 * 1000;
/// Welcomes that could not be handled are tried again after so long, doubling.
const TRY_AGAIN_MS_MIN: u64 = 1_000;
/// The longest such wait.
const TRY_AGAIN_MS_MAX: u64 = 300_000;
/// A subscription to the inbox that failed while connected is made again after so long.
const SUBSCRIBE_AGAIN_MS: u64 = 5_000;

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
    inbox: Inbox,
    /// What else there is to do about Welcomes; its entries wait in the inbox.
    welcomes: Work,
    /// A task works on Welcomes.
    working: bool,
    /// How often in a row something was left over.
    left_over: u32,
    /// The wait that is set; older ones that still end are passed over.
    wait: u64,
}

impl AccountActor {
    pub(crate) fn new(start: AccountStart) -> Self {
        let AccountStart { deps, registry } = start;
        Self {
            deps,
            registry,
            connected: false,
            publishing: false,
            inbox: Inbox::default(),
            welcomes: Work::default(),
            working: false,
            left_over: 0,
            wait: 0,
        }
    }

    fn keep_key_packages(&mut self, ctx: &Context<Self>) {
        if self.publishing || !self.connected {
            return;
        }
        self.publishing = true;
        let (deps, this) = (self.deps.clone(), ctx.address());
        actix::spawn(async move {
            if let Err(fault) = key_packages::keep(&deps).await {
                tracing::warn!(%fault, "key packages were not published");
            }
            // What is waited for below must not keep the store open.
            drop(deps);
            let _ = this.send(Published).await;
            let this = this.downgrade();
            tokio::time::sleep(Duration::from_millis(COUNT_MS)).await;
            if let Some(this) = this.upgrade() {
                let _ = this.send(CountKeyPackages).await;
            }
        });
    }

    fn wake_for_renewal(&self) {
        if !self.connected {
            return;
        }
        let (deps, registry) = (self.deps.clone(), self.registry.clone());
        actix::spawn(async move {
            match renewal::due(&deps).await {
                Ok(groups) => {
                    for group in groups {
                        look_in(&registry, group).await;
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
        actix::spawn(async move {
            let worked = work(&deps, &registry, todo).await;
            // When the actor is gone the entries come again.
            let _ = this.send(WelcomesDone(worked)).await;
        });
    }

    /// Has Welcomes looked at after a while.
    fn open_welcomes_later(&mut self, wait_ms: u64, ctx: &Context<Self>) {
        self.wait += 1;
        let (this, wait) = (ctx.address().downgrade(), self.wait);
        actix::spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            if let Some(this) = this.upgrade() {
                this.do_send(LookAgain(wait));
            }
        });
    }

    /// Entries of the inbox that could not be taken are asked for once there is room.
    fn subscribe_again(&mut self, ctx: &Context<Self>) {
        if !self.working && self.connected && self.inbox.asks_again() {
            self.subscribe_inbox(ctx);
        }
    }

    fn subscribe_inbox(&self, ctx: &Context<Self>) {
        let (deps, this) = (self.deps.clone(), ctx.address());
        actix::spawn(async move {
            let after = match deps.store.read(|v| v.account()).await {
                Ok(account) => account.map_or(Seq(0), |a| a.inbox_cursor),
                Err(fault) => {
                    tracing::warn!(%fault, "the inbox is not subscribed");
                    let _ = this.send(NotSubscribed).await;
                    return;
                }
            };
            if this.send(InboxFrom(after)).await.is_err() {
                return;
            }
            match deps.gateway.subscribe_inbox(after).await {
                // The next connection subscribes.
                Ok(()) | Err(ServiceError::Unreachable | ServiceError::NoSuchHost) => {}
                Err(error) => {
                    tracing::warn!(%error, "the inbox is not subscribed");
                    drop(deps);
                    let _ = this.send(NotSubscribed).await;
                }
            }
        });
    }
}

impl Actor for AccountActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(Duration::from_millis(RENEWALS_MS), |this, _| this.wake_for_renewal());
    }
}

impl Handler<ConnectionChanged> for AccountActor {
    type Result = ();

    fn handle(&mut self, ConnectionChanged(state): ConnectionChanged, ctx: &mut Context<Self>) {
        self.connected = state == api::Connection::Connected;
        self.deps.connection.set(state);
        self.deps.bus.tell(api::Event::State);
        if !self.connected {
            return;
        }
        self.keep_key_packages(ctx);
        self.wake_for_renewal();
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

/// The inbox could not be subscribed on this connection.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct NotSubscribed;

impl Handler<NotSubscribed> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: NotSubscribed, ctx: &mut Context<Self>) {
        ctx.run_later(Duration::from_millis(SUBSCRIBE_AGAIN_MS), |this, ctx| {
            if this.connected {
                this.subscribe_inbox(ctx);
            }
        });
    }
}

impl Handler<InboxArrived> for AccountActor {
    type Result = ();

    fn handle(&mut self, InboxArrived(entries): InboxArrived, ctx: &mut Context<Self>) {
        self.inbox.push(entries);
        if self.left_over == 0 {
            self.open_welcomes(ctx);
        }
        self.subscribe_again(ctx);
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
struct Published;

impl Handler<Published> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: Published, _: &mut Context<Self>) {
        self.publishing = false;
    }
}

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct CountKeyPackages;

impl Handler<CountKeyPackages> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: CountKeyPackages, ctx: &mut Context<Self>) {
        self.keep_key_packages(ctx);
    }
}
