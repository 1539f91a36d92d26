//! The actor: keeps key packages at the service in number, takes Welcomes out of the inbox, and wakes the groups whose
//! key update is due.

use std::time::Duration;

use actix::prelude::*;
use conclave_delivery::InboxEntry;

use super::{inbox, key_packages, renewal};
use crate::api;
use crate::deps::Deps;
use crate::registry::{Close, GroupRegistry, look_in};
use crate::sync::{ConnectionChanged, InboxArrived};

/// How often the key packages at the service are counted while connected.
const COUNT_MS: u64 = 6 * 60 * 60 * 1000;
/// How often it is looked for groups whose key update is due, besides each time the service is reached anew.
const RENEWALS_MS: u64 = 60 * 60 * 1000;
/// Inbox entries that wait for their turn; the service pushes the rest again with the next connection.
const INBOX_MAX: usize = 1024;

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
    waiting: Vec<InboxEntry>,
    /// A task works on the inbox.
    opening: bool,
}

impl AccountActor {
    pub(crate) fn new(start: AccountStart) -> Self {
        let AccountStart { deps, registry } = start;
        Self { deps, registry, connected: false, publishing: false, waiting: Vec::new(), opening: false }
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

    fn open_inbox(&mut self, ctx: &Context<Self>) {
        if self.opening || self.waiting.is_empty() {
            return;
        }
        self.opening = true;
        let entries = std::mem::take(&mut self.waiting);
        let (deps, registry, this) = (self.deps.clone(), self.registry.clone(), ctx.address());
        actix::spawn(async move {
            let used = inbox::open(&deps, &registry, entries).await;
            let _ = this.send(InboxOpened { used }).await;
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
        let deps = self.deps.clone();
        actix::spawn(async move {
            if let Err(fault) = inbox::subscribe(&deps).await {
                tracing::warn!(%fault, "the inbox is not subscribed");
            }
        });
    }
}

impl Handler<InboxArrived> for AccountActor {
    type Result = ();

    fn handle(&mut self, InboxArrived(entries): InboxArrived, ctx: &mut Context<Self>) {
        let room = INBOX_MAX.saturating_sub(self.waiting.len());
        self.waiting.extend(entries.into_iter().take(room));
        self.open_inbox(ctx);
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
struct InboxOpened {
    /// Key packages were used up.
    used: bool,
}

impl Handler<InboxOpened> for AccountActor {
    type Result = ();

    fn handle(&mut self, opened: InboxOpened, ctx: &mut Context<Self>) {
        self.opening = false;
        if opened.used {
            self.keep_key_packages(ctx);
        }
        self.open_inbox(ctx);
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
