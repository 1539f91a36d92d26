//! Starts a group's actor when it is first needed, and stops it when others need the room.

mod look;
mod reach;
mod retire;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use actix::prelude::*;
use conclave_protocol::GroupId;
use conclave_record::Generation;
use look::Unreached;
use tokio::sync::Mutex;

use crate::account::{AccountActor, AccountStart};
use crate::backoff::Backoff;
use crate::deps::Deps;
use crate::group::{GroupActor, GroupStart, Retire};
use crate::new_membership::follow_stored;
use crate::sync::{SyncActor, SyncStart};
use crate::timer::{Timer, after_ms};

pub(crate) use look::{look, look_at_due, look_in_turn};
pub(crate) use reach::{deliver_batch, deliver_outcome, deliver_set_back};
pub(crate) use retire::{Retired, retire};

/// Groups in memory at one time; beyond that the least recently used one is stopped.
const GROUPS_MAX: usize = 64;
/// First retry delay of what a group's actor or the store did not take; doubles each time.
const RETRY_MS_MIN: u64 = 1_000;
/// Longest retry delay.
const RETRY_MS_MAX: u64 = 300_000;

/// Where group actors run.
#[derive(Debug, Clone)]
pub(crate) enum Spread {
    /// On the present thread (tests).
    Here,
    /// Over these threads, in turn.
    Over(Vec<ArbiterHandle>),
}

/// Knows which groups have an actor.
pub(crate) struct GroupRegistry {
    deps: Deps,
    spread: Spread,
    sync: Addr<SyncActor>,
    account: Addr<AccountActor>,
    /// At most [`GROUPS_MAX`], and those that can't be stopped now.
    running: BTreeMap<GroupId, Running>,
    /// Held by a group's actor while it lives; entries go when nobody holds them.
    owners: HashMap<GroupId, Arc<Mutex<()>>>,
    /// Groups that something is queued for and that could not be reached; at most as many as there are groups.
    unreached: BTreeMap<GroupId, Unreached>,
    /// Groups whose turn is to come, likewise.
    in_turn: BTreeSet<GroupId>,
    /// The next turn.
    turn: Timer,
    /// The next try to read the store's memberships.
    follow: Timer,
    follow_delays: Backoff,
    /// Counts each use of a group's actor.
    uses: u64,
    /// The account is closing: no actor is started any more.
    closing: bool,
}

struct Running {
    address: Addr<GroupActor>,
    /// The use counter when it was last used.
    used: u64,
}

impl GroupRegistry {
    /// Starts the registry with its sync and account actors, on the present thread.
    pub(crate) fn start_with(deps: Deps, spread: Spread) -> Addr<Self> {
        Self::create(|ctx| {
            let account =
                AccountActor::new(AccountStart { deps: deps.clone(), registry: ctx.address() }).start();
            let sync = SyncActor::new(SyncStart {
                service: Arc::clone(&deps.service),
                registry: ctx.address(),
                account: account.clone(),
                clock: Arc::clone(&deps.clock),
                ids: deps.ids.clone(),
                live: deps.live.clone(),
                bus: deps.bus.clone(),
            })
            .start();
            Self {
                deps,
                spread,
                sync,
                account,
                running: BTreeMap::new(),
                owners: HashMap::new(),
                unreached: BTreeMap::new(),
                in_turn: BTreeSet::new(),
                turn: Timer::default(),
                follow: Timer::default(),
                follow_delays: Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX),
                uses: 0,
                closing: false,
            }
        })
    }

    fn begin(&mut self, generation: Generation, ctx: &Context<Self>) -> Option<Addr<GroupActor>> {
        if self.closing {
            return None;
        }
        let group = generation.group;
        let owner = Arc::clone(self.owners.entry(group).or_default());
        // The former actor is still stopping: the caller retries.
        let owner = owner.try_lock_owned().ok()?;
        let start = GroupStart {
            deps: self.deps.clone(),
            sync: self.sync.clone(),
            registry: ctx.address(),
            account: self.account.clone(),
            generation,
            owner,
        };
        let address = match &self.spread {
            Spread::Here => GroupActor::new(start).start(),
            Spread::Over(arbiters) => {
                let place = usize::try_from(self.uses).unwrap_or(0) % arbiters.len().max(1);
                let arbiter = arbiters.get(place)?;
                GroupActor::start_in_arbiter(arbiter, move |_| GroupActor::new(start))
            }
        };
        self.running.insert(group, Running { address: address.clone(), used: self.uses });
        self.make_room();
        Some(address)
    }

    fn make_room(&self) {
        let too_many = self.running.len().saturating_sub(GROUPS_MAX);
        if too_many == 0 {
            return;
        }
        // Those that wait for something refuse, and others are asked with the next start.
        let mut oldest: Vec<_> = self.running.values().collect();
        oldest.sort_by_key(|running| running.used);
        for running in oldest.into_iter().take(too_many) {
            running.address.do_send(Retire { even_if_waiting: false });
        }
    }
}

impl Actor for GroupRegistry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1024);
    }
}

/// Follow the memberships in the store that are not followed yet: the write that began one may be durable although its
/// answer was lost. Retried until the store can be read.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct FollowStored;

impl Handler<FollowStored> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, _: FollowStored, ctx: &mut Context<Self>) {
        let (deps, this) = (self.deps.clone(), ctx.address());
        actix::spawn(async move {
            let failed = follow_stored(&deps, &this).await.is_err();
            // The send below must not keep the store open.
            drop(deps);
            // An error means that the registry is gone, and follows nothing any more.
            let _ = this.send(Followed { failed }).await;
        });
    }
}

/// The result of [`FollowStored`].
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Followed {
    failed: bool,
}

impl Handler<Followed> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, Followed { failed }: Followed, ctx: &mut Context<Self>) {
        if !failed {
            self.follow_delays.reset();
            return;
        }
        let at = after_ms(self.follow_delays.step_ms());
        self.follow.set(at, &ctx.address(), FollowStored);
    }
}

/// The account is closing: stop, and drop the store.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub(crate) struct Close;

impl Handler<Close> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, close: Close, ctx: &mut Context<Self>) {
        self.account.do_send(close);
        self.sync.do_send(close);
        self.deps.housekeeping.close();
        ctx.stop();
    }
}

/// Give me the addresses of the sync actor and the account actor.
#[derive(Debug, Message)]
#[rtype(result = "(Addr<SyncActor>, Addr<AccountActor>)")]
pub(crate) struct Actors;

impl Handler<Actors> for GroupRegistry {
    type Result = MessageResult<Actors>;

    fn handle(&mut self, _: Actors, _: &mut Context<Self>) -> Self::Result {
        MessageResult((self.sync.clone(), self.account.clone()))
    }
}
