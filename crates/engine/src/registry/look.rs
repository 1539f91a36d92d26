//! Having groups' actors look what there is to do.

use std::collections::btree_map::Entry;

use actix::prelude::*;
use conclave_protocol::GroupId;

use super::reach::{Reached, reach};
use super::{GroupRegistry, RETRY_MS_MAX, RETRY_MS_MIN};
use crate::backoff::Backoff;
use crate::group::{LookIn, NewIntents};
use crate::timer::{Timer, after_ms};

/// Between groups that are poked in turn: what concerns all groups is no burst.
const IN_TURN_MS: u64 = 250;

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
    pub(crate) groups: Vec<GroupId>,
}

impl Handler<PokeInTurn> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, poke: PokeInTurn, ctx: &mut Context<Self>) {
        self.in_turn.extend(poke.groups);
        if !self.turn.is_set() {
            self.next_in_turn(ctx);
        }
    }
}

/// It is the next group's turn.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct NextInTurn;

impl Handler<NextInTurn> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, _: NextInTurn, ctx: &mut Context<Self>) {
        self.next_in_turn(ctx);
    }
}

impl GroupRegistry {
    fn next_in_turn(&mut self, ctx: &Context<Self>) {
        let Some(group) = self.in_turn.pop_first() else { return };
        poke_now(group, ctx);
        self.turn.set(after_ms(IN_TURN_MS), &ctx.address(), NextInTurn);
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
            self.unreached.remove(&group);
        } else if let Entry::Vacant(unreached) = self.unreached.entry(group) {
            let delays = Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX);
            unreached.insert(Unreached { delays, retry: Timer::default() }).try_later(group, ctx);
        }
    }
}

/// A group that could not be reached: tried again until it was.
pub(super) struct Unreached {
    delays: Backoff,
    retry: Timer,
}

impl Unreached {
    fn try_later(&mut self, group: GroupId, ctx: &Context<GroupRegistry>) {
        self.retry.set(after_ms(self.delays.step_ms()), &ctx.address(), PokeAgain(group));
    }
}

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct PokeAgain(GroupId);

impl Handler<PokeAgain> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, PokeAgain(group): PokeAgain, ctx: &mut Context<Self>) {
        if let Some(unreached) = self.unreached.get_mut(&group) {
            unreached.try_later(group, ctx);
            poke_now(group, ctx);
        }
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
