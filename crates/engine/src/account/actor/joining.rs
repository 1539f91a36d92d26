//! Working on Welcomes: one task at a time, and again after a wait where something is left over.

use std::time::Duration;

use actix::prelude::*;

use super::AccountActor;
use crate::account::welcome::UNANCHORED_MS;
use crate::account::welcomes::{Work, Worked, work};

/// Welcomes that could not be handled are tried again after so long, doubling.
const TRY_AGAIN_MS_MIN: u64 = 1_000;
/// The longest such wait.
const TRY_AGAIN_MS_MAX: u64 = 300_000;

impl AccountActor {
    /// Works on Welcomes, unless that is being done, or there are none.
    pub(super) fn open_welcomes(&mut self, ctx: &Context<Self>) {
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
