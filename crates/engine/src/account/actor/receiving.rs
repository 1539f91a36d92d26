//! The subscription of the inbox.

use actix::prelude::*;
use conclave_protocol::Seq;

use super::AccountActor;
use crate::sync::InboxArrived;
use crate::timer::after_ms;

impl AccountActor {
    /// Subscribes again once there is room for entries that could not be taken, or where the service was set back.
    pub(super) fn subscribe_again(&mut self, ctx: &Context<Self>) {
        if let Some(cursor) = self.inbox.set_back().filter(|_| !self.working) {
            return self.go_back(cursor, ctx);
        }
        if !self.working && self.connected && self.inbox.asks_again() {
            self.subscribe_inbox(ctx);
        }
    }

    /// The inbox ends before what was handled. If that can't be stored now, the next connection shows it again.
    fn go_back(&mut self, cursor: Seq, ctx: &Context<Self>) {
        self.inbox.go_back(cursor);
        let (deps, this) = (self.deps.clone(), ctx.address());
        self.spawn(async move {
            match deps.store.write(move |tx| tx.inbox_was_set_back(cursor)).await {
                Ok(()) => drop(this.send(WasSetBack).await),
                Err(fault) => tracing::warn!(%fault, "that the service was set back is not kept"),
            }
        });
    }

    pub(super) fn subscribe_inbox(&mut self, ctx: &Context<Self>) {
        let (deps, this) = (self.deps.clone(), ctx.address());
        self.spawn(async move {
            let after = match deps.store.read(|v| v.account()).await {
                Ok(account) => account.map_or(Seq(0), |a| a.inbox_cursor),
                Err(fault) => {
                    tracing::warn!(%fault, "the inbox is not subscribed");
                    let _ = this.send(InboxSubscribed { at_least_ms: Some(0) }).await;
                    return;
                }
            };
            if this.send(InboxFrom(after)).await.is_err() {
                return;
            }
            let at_least_ms = match deps.service.subscribe_inbox(after).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(%error, "the inbox is not subscribed");
                    Some(error.wait_ms())
                }
            };
            let _ = this.send(InboxSubscribed { at_least_ms }).await;
        });
    }
}

/// The inbox is subscribed from here on.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct InboxFrom(Seq);

impl Handler<InboxFrom> for AccountActor {
    type Result = ();

    fn handle(&mut self, InboxFrom(after): InboxFrom, _: &mut Context<Self>) {
        self.inbox.resume(after);
    }
}

/// The service was set back, and the store knows.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub(crate) struct WasSetBack;

impl Handler<WasSetBack> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: WasSetBack, ctx: &mut Context<Self>) {
        self.keep_key_packages(ctx);
        if self.connected {
            self.subscribe_inbox(ctx);
        }
    }
}

/// The inbox was subscribed, or that failed.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct InboxSubscribed {
    /// After a failure: the least retry delay.
    at_least_ms: Option<u64>,
}

impl Handler<InboxSubscribed> for AccountActor {
    type Result = ();

    fn handle(&mut self, subscribed: InboxSubscribed, ctx: &mut Context<Self>) {
        let Some(at_least_ms) = subscribed.at_least_ms else { return self.subscribe_delays.reset() };
        let wait_ms = self.subscribe_delays.next_ms(&self.deps.ids).max(at_least_ms);
        self.subscribe.set(after_ms(wait_ms), &ctx.address(), Subscribe);
    }
}

/// It is time to subscribe the inbox again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Subscribe;

impl Handler<Subscribe> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: Subscribe, ctx: &mut Context<Self>) {
        if self.connected {
            self.subscribe_inbox(ctx);
        }
    }
}

impl Handler<InboxArrived> for AccountActor {
    type Result = ();

    fn handle(&mut self, InboxArrived(page): InboxArrived, ctx: &mut Context<Self>) {
        self.inbox.push(page);
        if !self.left_over.has_failed() {
            self.open_welcomes(ctx);
        }
        self.subscribe_again(ctx);
    }
}
