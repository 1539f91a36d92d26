//! Having groups' actors look what there is to do.

use std::collections::VecDeque;
use std::collections::btree_map::Entry;
use std::time::Duration;

use actix::prelude::*;
use conclave_protocol::GroupId;

use super::reach::{Reached, reach};
use super::{GroupRegistry, LATER_MS, LATER_MS_MAX};
use crate::group::{LookIn, NewIntents};

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
