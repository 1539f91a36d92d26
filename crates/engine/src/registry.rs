//! Starts a group's actor when it is first needed, and lets it go when others need the room.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use conclave_protocol::GroupId;
use conclave_record::Generation;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::account::{AccountActor, AccountStart, MembershipOver, WasSetBack};
use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::group::{GroupActor, GroupStart, LookIn, NewIntents, Retire};
use crate::new_membership::follow_stored;
use crate::sync::{Delivered, LogBatch, Progress, SetBack, SyncActor, SyncStart};

/// Groups in memory at one time; beyond that the one not needed for longest is let go.
const GROUPS_MAX: usize = 64;
/// Tries to reach a group's actor that is being let go at that moment.
const TRIES_MAX: usize = 8;
/// The wait before a group's actor that could not be reached is tried again, doubling where nobody else says when.
const LATER_MS: u64 = 1_000;
/// The longest such wait.
const LATER_MS_MAX: u64 = 300_000;

/// Between groups that are poked in turn: what concerns all groups is no burst.
const IN_TURN_MS: u64 = 250;

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
    /// By least recent use: the use counter when it was last asked for.
    running: BTreeMap<GroupId, Running>,
    /// Held by a group's actor while it lives; entries go when nobody holds them.
    owners: HashMap<GroupId, Arc<Mutex<()>>>,
    /// Groups that something is queued for and that could not be reached, with the tries since; at most as many as
    /// there are groups.
    owed: BTreeMap<GroupId, u32>,
    /// How often in a row the store's memberships could not be read.
    follow_again: u32,
    uses: u64,
    /// The account is closing: no actor is started any more.
    closing: bool,
}

struct Running {
    address: Addr<GroupActor>,
    used: u64,
}

impl GroupRegistry {
    /// Starts the registry with its sync and account actors, on the present thread.
    pub(crate) fn start_with(deps: Deps, spread: Spread) -> Addr<Self> {
        Self::create(|ctx| {
            let account =
                AccountActor::new(AccountStart { deps: deps.clone(), registry: ctx.address() }).start();
            let sync = SyncActor::new(SyncStart {
                gateway: deps.gateway.clone(),
                registry: ctx.address(),
                account: account.clone().recipient(),
                inbox: account.clone().recipient(),
                clock: Arc::clone(&deps.clock),
                ids: deps.ids.clone(),
                live: deps.live.clone(),
                bus: deps.bus.clone(),
            })
            .start();
            let (running, owners, owed) = (BTreeMap::new(), HashMap::new(), BTreeMap::new());
            Self {
                deps,
                spread,
                sync,
                account,
                running,
                owners,
                owed,
                follow_again: 0,
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
        // The former actor is still closing: the caller tries again in a moment.
        let owner = owner.try_lock_owned().ok()?;
        let start = GroupStart {
            deps: self.deps.clone(),
            sync: self.sync.clone(),
            registry: ctx.address(),
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
        // Those that wait for something stay; then the next ones are asked as well.
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

/// A group's actor is gone.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Retired {
    pub(crate) group: GroupId,
}

impl Handler<Retired> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, retired: Retired, _: &mut Context<Self>) {
        let gone = self.running.get(&retired.group).is_some_and(|r| !r.address.connected());
        if gone {
            self.running.remove(&retired.group);
        }
        self.owners.retain(|_, owner| Arc::strong_count(owner) > 1);
    }
}

/// Have a group's actor look at what is queued, now or as soon as it can be reached. Not answered: whoever asks does
/// not wait for it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Poke {
    pub(crate) group: GroupId,
}

impl Handler<Poke> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, poke: Poke, ctx: &mut Context<Self>) {
        poke_now(poke.group, ctx);
    }
}

fn poke_now(group: GroupId, ctx: &Context<GroupRegistry>) {
    let this = ctx.address();
    actix::spawn(async move {
        let reached = !matches!(reach(&this, group, NewIntents).await, Reached::NotNow);
        // Gone: then nothing is queued any more.
        let _ = this.send(Poked { group, reached }).await;
    });
}

/// Have the actors of these groups look at what is queued, one after the other.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct PokeInTurn {
    pub(crate) groups: VecDeque<GroupId>,
}

impl Handler<PokeInTurn> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, mut poke: PokeInTurn, ctx: &mut Context<Self>) {
        let Some(group) = poke.groups.pop_front() else { return };
        poke_now(group, ctx);
        ctx.notify_later(poke, Duration::from_millis(IN_TURN_MS));
    }
}

/// Follow what the store has and nobody follows yet: a write that began a membership may be durable, and its answer
/// lost. Tried until the store can be read.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct FollowStored;

impl Handler<FollowStored> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, _: FollowStored, ctx: &mut Context<Self>) {
        let (deps, this) = (self.deps.clone(), ctx.address());
        actix::spawn(async move {
            let failed = follow_stored(&deps, &this).await.is_err();
            // What is told below must not keep the store open.
            drop(deps);
            // Gone: then nobody follows any more.
            let _ = this.send(Followed { failed }).await;
        });
    }
}

/// What came of it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Followed {
    failed: bool,
}

impl Handler<Followed> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, Followed { failed }: Followed, ctx: &mut Context<Self>) {
        if !failed {
            self.follow_again = 0;
            return;
        }
        let wait_ms = LATER_MS.saturating_mul(1 << self.follow_again.min(16)).min(LATER_MS_MAX);
        self.follow_again = self.follow_again.saturating_add(1);
        ctx.run_later(Duration::from_millis(wait_ms), |_, ctx| ctx.notify(FollowStored));
    }
}

/// Whether a group's actor was reached.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Poked {
    group: GroupId,
    reached: bool,
}

impl Handler<Poked> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, Poked { group, reached }: Poked, ctx: &mut Context<Self>) {
        if reached {
            self.owed.remove(&group);
        } else if let Entry::Vacant(owed) = self.owed.entry(group) {
            owed.insert(0);
            Self::poke_later(group, 0, ctx);
        }
    }
}

impl GroupRegistry {
    /// Pokes again after a while, until the group was reached. One such wait a group.
    fn poke_later(group: GroupId, tries: u32, ctx: &mut Context<Self>) {
        let wait_ms = LATER_MS.saturating_mul(1 << tries.min(16)).min(LATER_MS_MAX);
        ctx.run_later(Duration::from_millis(wait_ms), move |this, ctx| {
            let Some(tries) = this.owed.get_mut(&group) else { return };
            *tries = tries.saturating_add(1);
            let tries = *tries;
            poke_now(group, ctx);
            Self::poke_later(group, tries, ctx);
        });
    }
}

impl Handler<MembershipOver> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, over: MembershipOver, _: &mut Context<Self>) {
        self.account.do_send(over);
    }
}

impl Handler<WasSetBack> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, over: WasSetBack, _: &mut Context<Self>) {
        self.account.do_send(over);
    }
}

/// The account is closing: stop, and let go of the store.
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

/// The actors that the facade speaks to.
#[derive(Debug, Message)]
#[rtype(result = "(Addr<SyncActor>, Addr<AccountActor>)")]
pub(crate) struct Actors;

impl Handler<Actors> for GroupRegistry {
    type Result = MessageResult<Actors>;

    fn handle(&mut self, _: Actors, _: &mut Context<Self>) -> Self::Result {
        MessageResult((self.sync.clone(), self.account.clone()))
    }
}

/// Let go of all groups for good, since the account is closing, or of one. Answers once they were told.
#[derive(Debug, Message)]
#[rtype(result = "Vec<Retiring>")]
struct LetGo {
    /// Only this one, whatever it has set for later.
    only: Option<GroupId>,
}

/// Done when a group's actor is gone, with the group in the waiter's hands.
type Retiring = BoxFuture<'static, OwnedMutexGuard<()>>;

impl Handler<LetGo> for GroupRegistry {
    type Result = MessageResult<LetGo>;

    fn handle(&mut self, let_go: LetGo, _: &mut Context<Self>) -> Self::Result {
        match let_go.only {
            // Nobody may start it before the caller is done with it, whether it runs or not.
            Some(only) => {
                self.owners.entry(only).or_default();
            }
            None => self.closing = true,
        }
        let meant = |group: &GroupId| let_go.only.is_none_or(|only| only == *group);
        let owners = self.owners.iter().filter(|(g, _)| meant(g)).map(|(_, o)| Arc::clone(o));
        // In the queue before the actor is told to go: no other actor can be started in between.
        let leaving = owners.map(|owner| {
            let mut leaving = owner.lock_owned().boxed();
            match (&mut leaving).now_or_never() {
                Some(gone) => ready(gone).boxed(),
                None => leaving,
            }
        });
        let leaving = leaving.collect();
        for running in self.running.iter().filter(|(g, _)| meant(g)).map(|(_, r)| r) {
            running.address.do_send(Retire { even_if_waiting: true });
        }
        MessageResult(leaving)
    }
}

/// What came of reaching for a group's actor.
enum Reached<T> {
    Answer(T),
    /// It can't be reached now: the store does not say whether there is one, or it is being let go.
    NotNow,
    /// There is no such group.
    NoGroup,
    /// The account is closing.
    Closing,
}

/// Reaches a group's actor with a message, starting it where needed.
async fn reach<M>(registry: &Addr<GroupRegistry>, group: GroupId, message: M) -> Reached<M::Result>
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

/// Hands entries of the log to a group's actor.
pub(crate) async fn deliver_batch(
    registry: &Addr<GroupRegistry>,
    group: GroupId,
    batch: LogBatch,
) -> Progress {
    progress(reach(registry, group, batch).await)
}

/// Tells a group's actor that the service was set back.
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
        Reached::NotNow | Reached::Closing => Progress::Later { wait_ms: LATER_MS },
        Reached::NoGroup => Progress::Over,
    }
}

/// Hands the answer to a submission to a group's actor. False where it was not handled: ask the service again, it says
/// the same.
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

/// Has a group's actor look at what is in the store, now or as soon as it can be reached.
pub(crate) fn new_intents(registry: &Addr<GroupRegistry>, group: GroupId) {
    registry.do_send(Poke { group });
}

/// Has a group's actor look whether anything is due.
pub(crate) async fn look_in(registry: &Addr<GroupRegistry>, group: GroupId) {
    if let Reached::NotNow = reach(registry, group, LookIn).await {
        // The next look finds it again.
        tracing::debug!(%group, "a group was not looked at");
    }
}

/// Groups that have no actor, and get none while this lives.
#[derive(Debug)]
#[must_use]
pub(crate) struct Retirement {
    _held: Vec<OwnedMutexGuard<()>>,
}

/// Lets go of a group's actor, or of all for good, and waits until they are gone.
pub(crate) async fn retire(registry: &Addr<GroupRegistry>, only: Option<GroupId>) -> Retirement {
    let leaving = registry.send(LetGo { only }).await.unwrap_or_default();
    Retirement { _held: futures::future::join_all(leaving).await }
}
