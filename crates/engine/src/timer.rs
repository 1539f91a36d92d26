//! The one way in which an actor sets a time for later.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use conclave_protocol::Timestamp;
use conclave_protocol::clock::Clock;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Longest sleep before the clock is read again.
const STEP_MS: u64 = 60_000;

/// A time at which an actor sends itself a message. A timer has one at most: setting it again replaces the former one,
/// and dropping it cancels.
///
/// The message goes through the mailbox; actix's own timers starve while the mailbox has messages. One that is in the
/// mailbox already is handled even if the timer is then cancelled or set again, so handlers check what is due. A timer
/// holds a weak address only: it keeps neither its actor running nor the store open.
#[derive(Debug, Default)]
pub(crate) struct Timer(Option<Set>);

#[derive(Debug)]
struct Set {
    /// None where the clock decides.
    at: Option<Instant>,
    task: JoinHandle<()>,
}

/// The moment so many milliseconds from now.
pub(crate) fn after_ms(wait_ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(wait_ms)
}

impl Timer {
    /// Sends the message at this moment.
    pub(crate) fn set<A, M>(&mut self, at: Instant, to: &Addr<A>, message: M)
    where
        A: Actor<Context = Context<A>> + Handler<M>,
        M: Message<Result: Send> + Send + 'static,
    {
        self.start(Some(at), tokio::time::sleep_until(at), to, message);
    }

    /// As [`set`](Self::set), unless an earlier moment is set.
    pub(crate) fn set_sooner<A, M>(&mut self, at: Instant, to: &Addr<A>, message: M)
    where
        A: Actor<Context = Context<A>> + Handler<M>,
        M: Message<Result: Send> + Send + 'static,
    {
        let sooner = |set: &Set| !set.task.is_finished() && set.at.is_some_and(|set| set <= at);
        if !self.0.as_ref().is_some_and(sooner) {
            self.set(at, to, message);
        }
    }

    /// Sends the message when the clock shows this time. After the machine slept it is at most a minute late: a sleeping
    /// machine stops the runtime's time, but not the clock.
    pub(crate) fn set_by_clock<A, M>(
        &mut self,
        clock: &Arc<dyn Clock>,
        at: Timestamp,
        to: &Addr<A>,
        message: M,
    ) where
        A: Actor<Context = Context<A>> + Handler<M>,
        M: Message<Result: Send> + Send + 'static,
    {
        let clock = Arc::clone(clock);
        let due = async move {
            while let left_ms = at.0.saturating_sub(clock.now().0).min(STEP_MS)
                && left_ms > 0
            {
                tokio::time::sleep(Duration::from_millis(left_ms)).await;
            }
        };
        self.start(None, due, to, message);
    }

    /// Sends nothing any more.
    pub(crate) fn cancel(&mut self) {
        if let Some(set) = self.0.take() {
            set.task.abort();
        }
    }

    /// Whether a message is still to be sent.
    pub(crate) fn is_set(&self) -> bool {
        self.0.as_ref().is_some_and(|set| !set.task.is_finished())
    }

    fn start<A, M>(
        &mut self,
        at: Option<Instant>,
        due: impl Future<Output = ()> + 'static,
        to: &Addr<A>,
        message: M,
    ) where
        A: Actor<Context = Context<A>> + Handler<M>,
        M: Message<Result: Send> + Send + 'static,
    {
        self.cancel();
        let to = to.downgrade();
        let task = actix::spawn(async move {
            due.await;
            if let Some(to) = to.upgrade() {
                to.do_send(message);
            }
        });
        self.0 = Some(Set { at, task });
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.cancel();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::task::LocalSet;

    use super::*;

    /// Notes what came, and after how many seconds.
    struct Notes {
        begin: Instant,
        notes: Arc<Mutex<Vec<(&'static str, u64)>>>,
    }

    impl Actor for Notes {
        type Context = Context<Self>;
    }

    #[derive(Debug, Message)]
    #[rtype(result = "()")]
    struct Note(&'static str);

    impl Handler<Note> for Notes {
        type Result = ();

        fn handle(&mut self, Note(name): Note, _: &mut Context<Self>) {
            self.notes.lock().expect("no test panics in it").push((name, self.begin.elapsed().as_secs()));
        }
    }

    /// What an actor notes within ten minutes, in which a test sets timers.
    async fn notes(test: impl AsyncFnOnce(&Addr<Notes>)) -> Vec<(&'static str, u64)> {
        let notes = Arc::<Mutex<Vec<_>>>::default();
        let actor = Notes { begin: Instant::now(), notes: Arc::clone(&notes) };
        let local = LocalSet::new();
        let run = local.run_until(async {
            let actor = actor.start();
            test(&actor).await;
            tokio::time::sleep(Duration::from_secs(600)).await;
        });
        run.await;
        drop(local);
        Arc::into_inner(notes).expect("the actor is gone").into_inner().expect("no test panics in it")
    }

    async fn wait(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_time_that_was_set_counts() {
        let noted = notes(async |actor| {
            let mut timer = Timer::default();
            timer.set(after_ms(20_000), actor, Note("first"));
            timer.set(after_ms(30_000), actor, Note("second"));
            assert!(timer.is_set());
            wait(31).await;
            assert!(!timer.is_set());
            timer.set(after_ms(1_000), actor, Note("third"));
            wait(2).await;
        });
        assert_eq!(noted.await, [("second", 30), ("third", 32)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_time_changes_nothing_where_the_sooner_one_counts() {
        let noted = notes(async |actor| {
            let mut timer = Timer::default();
            timer.set_sooner(after_ms(20_000), actor, Note("first"));
            timer.set_sooner(after_ms(30_000), actor, Note("later"));
            timer.set_sooner(after_ms(10_000), actor, Note("sooner"));
            wait(11).await;
            timer.set_sooner(after_ms(40_000), actor, Note("next"));
            wait(60).await;
        });
        assert_eq!(noted.await, [("sooner", 10), ("next", 51)]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_cancels_or_drops_it_gets_nothing() {
        let noted = notes(async |actor| {
            let (mut cancelled, mut dropped) = (Timer::default(), Timer::default());
            cancelled.set(after_ms(20_000), actor, Note("cancelled"));
            dropped.set(after_ms(20_000), actor, Note("dropped"));
            cancelled.cancel();
            drop(dropped);
            wait(30).await;
        });
        assert_eq!(noted.await, []);
    }

    /// A clock that runs on its own.
    #[derive(Debug)]
    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_the_clock_counts() {
        let hand = Arc::new(Hand(AtomicU64::new(0)));
        let clock: Arc<dyn Clock> = hand.clone();
        let noted = notes(async move |actor| {
            let mut timer = Timer::default();
            timer.set_by_clock(&clock, Timestamp(8 * 60 * 60 * 1000), actor, Note("morning"));
            wait(30).await;
            hand.0.store(9 * 60 * 60 * 1000, Ordering::SeqCst);
            wait(120).await;
        });
        assert_eq!(noted.await, [("morning", 60)]);
    }
}
