//! Calls about one group whose order counts: whoever calls first is carried out first, whatever the runtime does with
//! the futures afterwards.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conclave_protocol::GroupId;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use tokio::sync::{Mutex as Line, OwnedMutexGuard};
use tokio::task::unconstrained;

use super::{Engine, Open};
use crate::api::Error;

/// The lines before the groups. Only those in which somebody stands are kept.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<GroupId, Arc<Line<()>>>>);

impl Turns {
    /// A place at the end of a group's line, taken before this returns. Giving up the future leaves the line.
    fn line_up(&self, group: GroupId) -> BoxFuture<'static, OwnedMutexGuard<()>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(|_, line| Arc::strong_count(line) > 1);
        let line = Arc::clone(lines.entry(group).or_default());
        // A lock is given in the order in which it was first asked for. Unconstrained: a task that calls often is not
        // made to wait before it has asked.
        let mut turn = unconstrained(line.lock_owned()).boxed();
        match (&mut turn).now_or_never() {
            Some(mine) => ready(mine).boxed(),
            None => turn,
        }
    }
}

/// A call that stands in its group's line.
pub(super) struct InLine {
    open: Open,
    group: GroupId,
    turn: BoxFuture<'static, OwnedMutexGuard<()>>,
}

impl InLine {
    /// Waits until all calls before this one are done. The next one waits until the guard is dropped.
    pub(super) async fn come(self) -> (Open, GroupId, OwnedMutexGuard<()>) {
        let guard = self.turn.await;
        (self.open, self.group, guard)
    }
}

impl Engine {
    /// Lines a call up behind the earlier ones about its group.
    pub(super) fn line_up(&self, group: &str) -> Result<InLine, Error> {
        let (open, group) = self.in_group(group)?;
        Ok(InLine { open, group, turn: self.0.turns.line_up(group) })
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
            let (turn, order) = (turns.line_up(GROUP), Arc::clone(&order));
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
    async fn who_gives_up_holds_up_nobody_and_empty_lines_go() {
        let turns = Turns::default();
        let first = turns.line_up(GROUP);
        let given_up = turns.line_up(GROUP);
        let last = turns.line_up(GROUP);
        drop(given_up);
        drop(first.await);
        drop(last.await);
        let _other = turns.line_up(GroupId::new([8; 16])).await;
        assert_eq!(
            turns.0.lock().expect("not poisoned").len(),
            1,
            "only lines that somebody stands in are kept"
        );
    }
}
