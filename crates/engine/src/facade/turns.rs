//! Calls about one group whose order counts: they run in the order in which they were made, in whatever order their
//! futures are polled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_protocol::GroupId;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tokio::sync::{Mutex as FairMutex, OwnedMutexGuard};
use tokio::task::unconstrained;

use super::{Engine, Open};
use crate::api::Error;

/// One queue of calls per group. Empty queues are dropped.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<GroupId, Arc<FairMutex<()>>>>);

impl Turns {
    /// Joins the end of a group's queue before it returns. Dropping the future leaves the queue.
    fn enqueue(&self, group: GroupId) -> BoxFuture<'static, OwnedMutexGuard<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        let queue = Arc::clone(queues.entry(group).or_default());
        // The first poll joins the queue of the fair mutex. Unconstrained: a task without budget would not join it.
        let mut turn = unconstrained(queue.lock_owned()).boxed();
        match (&mut turn).now_or_never() {
            Some(mine) => ready(mine).boxed(),
            None => turn,
        }
    }
}

/// A call in its group's queue.
pub(super) struct QueuedCall {
    open: Open,
    group: GroupId,
    turn: BoxFuture<'static, OwnedMutexGuard<()>>,
}

impl QueuedCall {
    /// Waits until all earlier calls are done. The next call waits until the guard is dropped.
    pub(super) async fn turn(self) -> (Open, GroupId, OwnedMutexGuard<()>) {
        let guard = self.turn.await;
        (self.open, self.group, guard)
    }
}

impl Engine {
    /// Queues a call behind the earlier ones about its group.
    pub(super) fn enqueue(&self, group: &str) -> Result<QueuedCall, Error> {
        let (open, group) = self.in_group(group)?;
        Ok(QueuedCall { open, group, turn: self.0.turns.enqueue(group) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: GroupId = GroupId::new([7; 16]);

    #[tokio::test]
    async fn the_order_of_the_calls_is_kept_whichever_is_waited_for_first() {
        let turns = Turns::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        let call = |n: usize| {
            let (turn, order) = (turns.enqueue(GROUP), Arc::clone(&order));
            async move {
                let _mine = turn.await;
                tokio::task::yield_now().await;
                order.lock().expect("not poisoned").push(n);
            }
        };
        // More than a task may poll before it is made to yield.
        let mut calls: Vec<_> = (0..300).map(call).collect();
        calls.reverse();
        futures::future::join_all(calls).await;
        assert_eq!(*order.lock().expect("not poisoned"), (0..300).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_blocks_no_other_and_empty_queues_are_dropped() {
        let turns = Turns::default();
        let first = turns.enqueue(GROUP);
        let given_up = turns.enqueue(GROUP);
        let last = turns.enqueue(GROUP);
        drop(given_up);
        drop(first.await);
        drop(last.await);
        let _other = turns.enqueue(GroupId::new([8; 16])).await;
        assert_eq!(
            turns.0.lock().expect("not poisoned").len(),
            1,
            "only queues with a call in them are kept"
        );
    }
}
