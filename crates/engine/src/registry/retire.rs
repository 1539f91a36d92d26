//! Stopping groups' actors.

use std::sync::Arc;

use actix::prelude::*;
use conclave_protocol::GroupId;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tokio::sync::OwnedMutexGuard;

use super::GroupRegistry;
use crate::group::Retire;

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

/// Stop all groups' actors for good, since the account is closing, or one of them. Answered before they are stopped.
#[derive(Debug, Message)]
#[rtype(result = "Vec<Retiring>")]
struct LetGo {
    /// Only this one, even if it waits for something.
    only: Option<GroupId>,
}

/// Done when a group's actor is gone; the guard keeps another from being started.
type Retiring = BoxFuture<'static, OwnedMutexGuard<()>>;

impl Handler<LetGo> for GroupRegistry {
    type Result = MessageResult<LetGo>;

    fn handle(&mut self, let_go: LetGo, _: &mut Context<Self>) -> Self::Result {
        match let_go.only {
            // Whether it runs or not, it must not be started before the caller is done.
            Some(only) => {
                self.owners.entry(only).or_default();
            }
            None => self.closing = true,
        }
        let meant = |group: &GroupId| let_go.only.is_none_or(|only| only == *group);
        let owners = self.owners.iter().filter(|(g, _)| meant(g)).map(|(_, o)| Arc::clone(o));
        // In the lock's queue before the actor stops: no other can be started in between.
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

/// Groups that have no actor, and get none until this is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Retirement {
    _held: Vec<OwnedMutexGuard<()>>,
}

/// Stops a group's actor, or all for good, and waits until they are gone.
pub(crate) async fn retire(registry: &Addr<GroupRegistry>, only: Option<GroupId>) -> Retirement {
    let leaving = registry.send(LetGo { only }).await.unwrap_or_default();
    Retirement { _held: futures::future::join_all(leaving).await }
}
