//! Working on Welcomes: one task at a time, and again after a wait where something is left over.

use actix::prelude::*;

use super::AccountActor;
use crate::account::welcome::UNANCHORED_MS;
use crate::account::welcomes::{Work, Worked, work};
use crate::backoff::Backoff;
use crate::timer::after_ms;

/// First retry delay of Welcomes that could not be handled; doubles each time.
const RETRY_MS_MIN: u64 = 1_000;
/// Longest retry delay.
const RETRY_MS_MAX: u64 = 300_000;

/// The retry delays of Welcomes.
pub(super) const fn delays() -> Backoff {
    Backoff::between(RETRY_MS_MIN, RETRY_MS_MAX)
}

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
            // An error means that the actor is gone. The entries come again.
            let _ = this.send(WelcomesDone(worked)).await;
        });
    }

    fn open_welcomes_later(&mut self, wait_ms: u64, ctx: &Context<Self>) {
        self.try_again.set(after_ms(wait_ms), &ctx.address(), OpenWelcomes);
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
            let wait_ms = self.left_over.step_ms();
            self.open_welcomes_later(wait_ms, ctx);
            return;
        }
        self.left_over.reset();
        if waits {
            self.open_welcomes_later(UNANCHORED_MS, ctx);
        }
        self.open_welcomes(ctx);
        self.subscribe_again(ctx);
    }
}

/// It is time to work on Welcomes again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct OpenWelcomes;

impl Handler<OpenWelcomes> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: OpenWelcomes, ctx: &mut Context<Self>) {
        self.welcomes.held = true;
        self.open_welcomes(ctx);
    }
}
