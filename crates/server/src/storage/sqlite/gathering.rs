//! How long the writer waits for announced work to share its transaction: a transaction's overhead equals some dozens
//! of units of work.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Longest wait. A unit that comes alone, after another that did, does not wait.
const WAIT_MAX: Duration = Duration::from_millis(4);
/// Time between two checks: senders need not wake a thread that wakes by itself.
const LOOK_AGAIN: Duration = Duration::from_micros(100);

/// Counts work that the writer will get soon.
#[derive(Debug, Clone, Default)]
pub(super) struct OnTheirWay(Arc<AtomicUsize>);

impl OnTheirWay {
    /// Counts one, until the return value is dropped.
    pub(super) fn count(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }

    fn is_none(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// One that is counted.
#[derive(Debug)]
pub(super) struct Counted(OnTheirWay);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the last transaction says about the next one.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    on_their_way: OnTheirWay,
    /// Units in the last transaction: their senders are likely to send again.
    last: usize,
    /// Its duration; waiting longer is never worth it.
    took: Duration,
}

impl Gathering {
    pub(super) fn new(on_their_way: OnTheirWay) -> Self {
        Self { on_their_way, ..Self::default() }
    }

    /// At most this many units of work; none when all senders are gone. Waits for the first one as long as it takes,
    /// and for more, with `pause`, as long as it is worth it.
    pub(super) fn next<T>(
        &self,
        queue: &Receiver<T>,
        most: usize,
        mut pause: impl FnMut(Duration),
    ) -> Option<Vec<T>> {
        let mut works: Vec<T> = queue.try_iter().take(most).collect();
        let expected = works.len() + self.last;
        if works.is_empty() {
            works.push(queue.recv().ok()?);
            works.extend(queue.try_iter().take(most - 1));
        }
        let mut left = self.took.min(WAIT_MAX);
        while works.len() < most
            && (works.len() < expected || !self.on_their_way.is_none())
            && let Some(less) = left.checked_sub(LOOK_AGAIN)
        {
            left = less;
            pause(LOOK_AGAIN);
            works.extend(queue.try_iter().take(most - works.len()));
        }
        Some(works)
    }

    /// The transaction of this many units is done.
    pub(super) fn done(&mut self, works: usize, took: Duration) {
        (self.last, self.took) = (works, took);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    const MOST: usize = 8;

    /// The next units, if one more arrives in each of the first pauses; and the number of pauses.
    fn next(gathering: &Gathering, there: usize, coming: usize) -> (usize, usize) {
        let (sender, queue): (Sender<()>, _) = channel();
        (0..there).for_each(|_| sender.send(()).unwrap());
        let mut pauses = 0;
        let works = gathering.next(&queue, MOST, |_| {
            if pauses < coming {
                sender.send(()).unwrap();
            }
            pauses += 1;
        });
        (works.unwrap().len(), pauses)
    }

    fn after(last: usize, took: Duration) -> Gathering {
        let mut gathering = Gathering::default();
        gathering.done(last, took);
        gathering
    }

    #[test]
    fn a_work_that_comes_alone_does_not_wait() {
        assert_eq!(next(&after(0, WAIT_MAX), 1, 9), (1, 0));
    }

    #[test]
    fn those_who_sent_before_are_waited_for_but_no_longer_than_is_worth_it() {
        // Two are queued, and the three of the last transaction are likely to come again.
        assert_eq!(next(&after(3, WAIT_MAX), 2, 9), (5, 3));
        assert_eq!(next(&after(3, 2 * LOOK_AGAIN), 2, 9), (4, 2));
        let longest = usize::try_from(WAIT_MAX.as_micros() / LOOK_AGAIN.as_micros()).unwrap();
        assert_eq!(next(&after(3, 10 * WAIT_MAX), 2, 0), (2, longest));
        assert_eq!(next(&after(30, WAIT_MAX), MOST + 1, 9), (MOST, 0));
    }

    #[test]
    fn what_is_announced_is_waited_for() {
        let gathering = after(1, 3 * LOOK_AGAIN);
        let announced = gathering.on_their_way.count();
        assert_eq!(next(&gathering, 1, 9), (4, 3));
        drop(announced);
        assert_eq!(next(&gathering, 1, 9), (2, 1));
    }

    #[test]
    fn nothing_comes_from_nobody() {
        let (sender, queue) = channel::<()>();
        drop(sender);
        assert_eq!(Gathering::default().next(&queue, MOST, |_| ()), None);
    }
}
