//! Having groups' actors look what there is to do: now, in turn, and again where one could not be reached.

use std::collections::btree_map::Entry;

use actix::prelude::*;
use conclave_protocol::GroupId;

use super::reach::{Reached, reach};
use super::{GroupRegistry, RETRY_MS_MAX, RETRY_MS_MIN};
use crate::backoff::Backoff;
use crate::group::Look;
use crate::timer::{Timer, after_ms};

/// Between groups that look in turn: what concerns all groups is no burst.
const IN_TURN_MS: u64 = 250;

/// Has a group's actor look at the intents in the store, now or as soon as it can be reached. The caller does not wait.
pub(crate) fn look(registry: &Addr<GroupRegistry>, group: GroupId) {
    registry.do_send(LookAt(group));
}

/// The same for these groups, one after the other.
pub(crate) fn look_in_turn(registry: &Addr<GroupRegistry>, groups: Vec<GroupId>) {
    registry.do_send(LookInTurn(groups));
}

/// Has a group's actor look what is due, once.
pub(crate) async fn look_at_due(registry: &Addr<GroupRegistry>, group: GroupId) {
    if let Reached::NotNow = reach(registry, group, Look::Due).await {
        // The next look finds it again.
        tracing::debug!(%group, "a group was not looked at");
    }
}

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct LookAt(GroupId);

impl Handler<LookAt> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, LookAt(group): LookAt, ctx: &mut Context<Self>) {
        look_now(group, ctx);
    }
}

fn look_now(group: GroupId, ctx: &Context<GroupRegistry>) {
    let this = ctx.address();
    actix::spawn(async move {
        let reached = !matches!(reach(&this, group, Look::Intents).await, Reached::NotNow);
        // An error means that the registry is gone, and with it what was queued.
        let _ = this.send(Looked { group, reached }).await;
    });
}

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct LookInTurn(Vec<GroupId>);

impl Handler<LookInTurn> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, LookInTurn(groups): LookInTurn, ctx: &mut Context<Self>) {
        self.in_turn.extend(groups);
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
        look_now(group, ctx);
        self.turn.set(after_ms(IN_TURN_MS), &ctx.address(), NextInTurn);
    }
}

/// Whether a group's actor was reached.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Looked {
    group: GroupId,
    reached: bool,
}

impl Handler<Looked> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, Looked { group, reached }: Looked, ctx: &mut Context<Self>) {
        if reached {
            self.unreached.remove(&group);
        } else if let Entry::Vacant(unreached) = self.unreached.entry(group) {
            let delays = Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX);
            unreached.insert(Unreached { delays, retry: Timer::default() }).retry_later(group, ctx);
        }
    }
}

/// A group that could not be reached: retried until it was.
pub(super) struct Unreached {
    delays: Backoff,
    retry: Timer,
}

impl Unreached {
    fn retry_later(&mut self, group: GroupId, ctx: &Context<GroupRegistry>) {
        self.retry.set(after_ms(self.delays.step_ms()), &ctx.address(), Retry(group));
    }
}

/// The next try to reach a group.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Retry(GroupId);

impl Handler<Retry> for GroupRegistry {
    type Result = ();

    fn handle(&mut self, Retry(group): Retry, ctx: &mut Context<Self>) {
        if let Some(unreached) = self.unreached.get_mut(&group) {
            unreached.retry_later(group, ctx);
            look_now(group, ctx);
        }
    }
}
