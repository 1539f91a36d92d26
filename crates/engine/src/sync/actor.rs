//! The actor: which groups are followed, and the state of the connection.

mod doubts;
mod following;
mod sending;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::prelude::*;
use conclave_delivery::RemoteService;
use conclave_protocol::clock::Clock;
use conclave_protocol::{GroupId, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::connection::Connection;
use super::feed::Feed;
use super::message::{Connect, ConnectionChanged, Reconnect};
use crate::account::{AccountActor, MembershipOver};
use crate::api;
use crate::bus::EventBus;
use crate::ids::IdSource;
use crate::live::LiveStates;
use crate::registry::{Close, GroupRegistry};

pub(super) use following::Pushed;

/// Talks to the Delivery Service for all groups.
pub(crate) struct SyncActor {
    service: Arc<RemoteService>,
    registry: Addr<GroupRegistry>,
    account: Addr<AccountActor>,
    clock: Arc<dyn Clock>,
    ids: IdSource,
    live: LiveStates,
    bus: EventBus,
    reconnect: Arc<Notify>,
    state: api::Connection,
    /// One for each membership that is not over: as many as the store has.
    feeds: BTreeMap<GroupId, Feed>,
    /// Feeds so far: the number of the next one.
    lives: u64,
}

/// What a sync actor is started with.
pub(crate) struct SyncStart {
    pub(crate) service: Arc<RemoteService>,
    pub(crate) registry: Addr<GroupRegistry>,
    pub(crate) account: Addr<AccountActor>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: IdSource,
    pub(crate) live: LiveStates,
    pub(crate) bus: EventBus,
}

impl SyncActor {
    pub(crate) fn new(start: SyncStart) -> Self {
        let SyncStart { service, registry, account, clock, ids, live, bus } = start;
        let state = api::Connection::Connecting;
        Self {
            service,
            registry,
            account,
            clock,
            ids,
            live,
            bus,
            reconnect: Arc::default(),
            state,
            feeds: BTreeMap::new(),
            lives: 0,
        }
    }

    fn connected(&self) -> bool {
        self.state == api::Connection::Connected
    }

    fn set_state(&mut self, state: api::Connection) {
        if self.state != state {
            self.state = state;
            self.account.do_send(ConnectionChanged(state));
        }
    }

    /// The feed that a message is about; none if another took its place since.
    fn same(&mut self, about: &About) -> Option<&mut Feed> {
        self.feeds.get_mut(&about.group).filter(|feed| feed.life == about.life)
    }

    /// Retries at this time, unless an earlier one is set.
    fn try_at(&mut self, about: About, at: Instant, ctx: &Context<Self>) {
        if let Some(feed) = self.same(&about) {
            feed.retry.set_sooner(at, &ctx.address(), TryAgain { about });
        }
    }

    /// Shows why a group's log is not followed. A Welcome may take the place of a membership whose log is lost.
    fn show(&self, group: GroupId, why: Option<api::NotFollowed>) {
        if !self.live.set_not_followed(group, why) {
            return;
        }
        self.bus.publish(api::Event::Group { group: group.to_hex() });
        if self.live.is_lost(&group) {
            self.account.do_send(MembershipOver);
        }
    }
}

impl Actor for SyncActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1024);
    }
}

impl Handler<Connect> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Connect, ctx: &mut Context<Self>) {
        let connection = Connection {
            service: Arc::clone(&self.service),
            actor: ctx.address(),
            clock: Arc::clone(&self.clock),
            ids: self.ids.clone(),
            reconnect: Arc::clone(&self.reconnect),
        };
        actix::spawn(connection.keep());
    }
}

/// Both connections are open.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Connected;

impl Handler<Connected> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Connected, ctx: &mut Context<Self>) {
        self.set_state(api::Connection::Connected);
        let groups: Vec<GroupId> = self.feeds.keys().copied().collect();
        for group in groups {
            self.subscribe(group, ctx);
            self.send_outbox(group, ctx);
        }
    }
}

/// The connections are lost, or were not made.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Unreachable {
    pub(super) retry_at: Timestamp,
    pub(super) wrong_service: bool,
}

impl Handler<Unreachable> for SyncActor {
    type Result = ();

    fn handle(&mut self, lost: Unreachable, _: &mut Context<Self>) {
        for feed in self.feeds.values_mut() {
            feed.disconnected();
        }
        for group in self.feeds.keys() {
            self.show_delivery(*group);
        }
        self.set_state(if lost.wrong_service {
            api::Connection::WrongService
        } else {
            api::Connection::Unreachable { retry_at_ms: lost.retry_at.0 }
        });
    }
}

/// A feed as it was when something was asked.
#[derive(Debug, Clone, Copy)]
struct About {
    group: GroupId,
    life: u64,
}

/// It is time to retry what did not work.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct TryAgain {
    about: About,
}

impl Handler<TryAgain> for SyncActor {
    type Result = ();

    fn handle(&mut self, again: TryAgain, ctx: &mut Context<Self>) {
        let TryAgain { about } = again;
        let Some(feed) = self.same(&about) else { return };
        if feed.is_off() {
            self.subscribe(about.group, ctx);
        }
        self.send_outbox(about.group, ctx);
        // Some of it may wait for a later time.
        let Some(feed) = self.same(&about) else { return };
        if let Some(later) = feed.next_unsent() {
            self.try_at(about, later, ctx);
        }
    }
}

impl Handler<Close> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Close, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

impl Handler<Reconnect> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Reconnect, _: &mut Context<Self>) {
        self.reconnect.notify_one();
        self.service.probe();
    }
}
