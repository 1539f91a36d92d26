//! One step of a group: the machine handles an input, the writes become durable, and only then is anything sent.

use conclave_group::{Failure, Input, LogItem, Machine, Now};
use conclave_protocol::limits::LOG_ENTRIES_MAX;
use conclave_record::{GroupHead, GroupStatus, IntentChange, Write};
use conclave_store::Tx;

use super::core::Core;
use super::fault::Fault;
use super::log_place::PlaceChange;
use crate::executor::guarded;
use crate::sync::LogBatch;

/// Entries of a batch that may fail before the batch is handled one entry at a time.
const FAILURES_MAX: usize = 3;
/// Most messages handed in at once: as many as a machine has in flight. Other intents are few, and never wait for them.
const MESSAGES_MAX: usize = 64;
/// Groups with more clients than this handle commits off the actor's thread.
const HEAVY_CLIENTS: u32 = 200;
/// Most rounds of handing in intents for one message.
const ROUNDS_MAX: usize = 16;

impl Core {
    /// Handles an input. A fault drops the machine; nothing is sent before the writes are durable.
    pub(super) async fn step(&mut self, input: Input) -> Result<(), Fault> {
        let machine = self.machine.take().ok_or(Fault::Gone)?;
        let change = PlaceChange::of(&input, &self.marks);
        let (machine, result) = self.handle(machine, input).await?;
        let mut effects = match result {
            Ok(effects) => effects,
            Err(Failure::Tainted(failed)) => return Err(Fault::Tainted(failed)),
            Err(Failure::SignerNotLoaded) => return Err(Fault::SignerNotLoaded),
            Err(other) => return Err(Fault::Machine(other.to_string())),
        };
        let writes = std::mem::take(&mut effects.writes);
        let forgotten = writes.iter().any(|w| matches!(w, Write::Forget));
        let requeued = writes.iter().any(queues);
        let set_back = writes.iter().any(|w| matches!(w, Write::SayAgain { .. }));
        let place = self.place.after(change, &writes);
        let done = writes.iter().any(|w| matches!(w, Write::Intent { change: IntentChange::Done, .. }));
        let over = writes.iter().any(|w| matches!(w, Write::Head(head) if is_replaceable(head)));
        // Before the write, which may be durable despite an error: only rows that exist are notified of.
        self.notifications.add(&effects.events);
        if !writes.is_empty() {
            self.unpublished = true;
            let (generation, moved) = (self.generation, place.clone());
            let write = move |tx: &mut Tx<'_>| {
                tx.apply(&generation, &writes)?;
                moved.map_or(Ok(()), |place| place.write(tx, &generation))
            };
            self.deps.store.write(write).await?;
        }
        self.place = place.unwrap_or(std::mem::take(&mut self.place));
        self.over |= over;
        self.set_back |= set_back;
        // A fault here drops the machine, which would count its requests as done. Loaded again, it repeats them.
        self.publish(effects, &machine, forgotten).await?;
        if done && self.renews_signer() {
            // The former key is no longer used.
            self.load_signers().await?;
        }
        self.machine = (!forgotten).then_some(machine);
        if requeued && !forgotten {
            self.more_intents = true;
        }
        Ok(())
    }

    async fn handle(
        &self,
        mut machine: Machine,
        input: Input,
    ) -> Result<(Machine, Result<conclave_group::Effects, Failure>), Fault> {
        let now = Now { local: self.deps.now() };
        let heavy = machine.head().devices > HEAVY_CLIENTS && !matches!(input, Input::Outcome { .. });
        let work = move || {
            let result = machine.handle(input, now);
            (machine, result)
        };
        let done = if heavy { self.deps.executor.compute(work).await } else { guarded(work) };
        done.map_err(|stopped| Fault::Machine(stopped.to_string()))
    }

    /// Handles entries of the log, and continues after those that can't be handled.
    pub(super) async fn batch(&mut self, batch: LogBatch) -> Result<(), Fault> {
        debug_assert!(batch.entries.len() <= LOG_ENTRIES_MAX);
        self.place.offset = batch.offset;
        self.marks = batch.marks;
        let mut items: Vec<LogItem> = batch.entries.into_iter().map(LogItem::Entry).collect();
        for _ in 0..FAILURES_MAX {
            let input = Input::Log { items: items.clone(), at_head: batch.at_head };
            match self.step(input).await {
                Err(Fault::Tainted(failed)) => {
                    self.load().await?;
                    replace(&mut items, *failed)?;
                }
                done => return done,
            }
        }
        let last = items.len().saturating_sub(1);
        for (i, item) in items.into_iter().enumerate() {
            self.one(item, batch.at_head && i == last).await?;
        }
        Ok(())
    }

    async fn one(&mut self, item: LogItem, at_head: bool) -> Result<(), Fault> {
        match self.step(Input::Log { items: vec![item], at_head }).await {
            Err(Fault::Tainted(failed)) => {
                self.load().await?;
                self.step(Input::Log { items: vec![LogItem::Failed(*failed)], at_head }).await
            }
            done => done,
        }
    }

    /// Hands queued intents to the machine, until its steps queue no more.
    pub(super) async fn hand_in_intents(&mut self) -> Result<(), Fault> {
        for _ in 0..ROUNDS_MAX {
            self.more_intents = false;
            self.claiming = None;
            if self.machine.is_none() {
                return Ok(());
            }
            let generation = self.generation;
            let mut queued = self.deps.store.read(move |v| v.queued_intents(&generation.group)).await?;
            if queued.is_empty() {
                return Ok(());
            }
            let mut messages = 0;
            queued.retain(|intent| {
                let message = matches!(intent.kind, conclave_record::IntentKind::Send { .. });
                messages += usize::from(message);
                !message || messages <= MESSAGES_MAX
            });
            self.step(Input::Intents(queued)).await?;
            if !self.more_intents {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Whether this write queues an intent.
fn queues(write: &Write) -> bool {
    matches!(
        write,
        Write::Intent { change: IntentChange::Queued { .. }, .. }
            | Write::Introduce { .. }
            | Write::SayAgain { .. }
    )
}

/// Whether another membership may replace the one with this head.
pub(super) fn is_replaceable(head: &GroupHead) -> bool {
    let over =
        matches!(head.status, GroupStatus::Left | GroupStatus::Removed { .. } | GroupStatus::Broken { .. });
    over || head.behind.is_some()
}

/// Replaces an entry by its failure.
fn replace(items: &mut [LogItem], failed: conclave_group::FailedEntry) -> Result<(), Fault> {
    let seq = failed.entry.seq;
    let place = items.iter_mut().find(|item| matches!(item, LogItem::Entry(e) if e.seq == seq));
    let Some(place) = place else {
        return Err(Fault::Machine(format!("entry {seq} failed twice")));
    };
    *place = LogItem::Failed(failed);
    Ok(())
}
