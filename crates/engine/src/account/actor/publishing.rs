//! Keeping key packages at the service in number.

use actix::prelude::*;

use super::AccountActor;
use crate::account::key_packages;
use crate::timer::after_ms;

/// How often the key packages at the service are counted while connected.
const COUNT_MS: u64 = 6 * 60 * 60 * 1000;

impl AccountActor {
    pub(super) fn keep_key_packages(&mut self, ctx: &Context<Self>) {
        if self.publishing || !self.connected {
            return;
        }
        self.publishing = true;
        let (deps, this) = (self.deps.clone(), ctx.address());
        self.spawn(async move {
            let kept = key_packages::keep(&deps).await;
            if let Err(fault) = &kept {
                tracing::warn!(%fault, "key packages were not published");
            }
            // An error means that the actor is gone.
            let _ = this.send(Published { failed: kept.is_err() }).await;
        });
    }
}

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Published {
    failed: bool,
}

impl Handler<Published> for AccountActor {
    type Result = ();

    fn handle(&mut self, Published { failed }: Published, ctx: &mut Context<Self>) {
        self.publishing = false;
        self.publish_failed = failed;
        let wait_ms = if failed {
            self.publish_delays.next_ms(&self.deps.ids)
        } else {
            self.publish_delays.reset();
            COUNT_MS
        };
        self.count.set(after_ms(wait_ms), &ctx.address(), Count);
    }
}

/// It is time to count the key packages at the service, or to try that again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Count;

impl Handler<Count> for AccountActor {
    type Result = ();

    fn handle(&mut self, _: Count, ctx: &mut Context<Self>) {
        // Without a connection, the next one counts.
        self.publish_failed = false;
        self.keep_key_packages(ctx);
    }
}
