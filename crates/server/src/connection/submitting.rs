//! Submissions: verified on the connection's task before they reach the writer.

use std::sync::Arc;

use conclave_protocol::InboxId;
use conclave_protocol::wire::server_frame;
use futures::FutureExt;

use super::lane::Place;
use super::{Connection, Later};
use crate::delivery::access::{Proved, Standing};
use crate::delivery::commit::SubmitCommit;
use crate::delivery::entry::{Looked, Outcome, Submission, SubmitEntry, TO_COME};
use crate::quota::{Quota, Source};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::storage::{StorageError, Tables};

/// What may be submitted to a log.
#[derive(Debug)]
pub(super) enum Submit {
    Commit(SubmitCommit),
    Entry(SubmitEntry),
}

/// The result of looking up the log and verifying.
enum Ready {
    Proved(Proved),
    /// It can be answered without the writer.
    Answered(Outcome),
    /// There is no such log or epoch, unless an earlier submission of this connection creates it.
    NotYet(Result<Outcome, Refusal>),
}

impl Connection {
    pub(super) fn submit(&mut self, submit: Submit) -> Later {
        let (shared, source) = (Arc::clone(self.shared()), self.admitted.source);
        let carried = carry(shared, source, Arc::new(submit), self.lane.place());
        carried.map(|outcome| Ok(server_frame::Body::Submitted(outcome?.to_wire()).into())).boxed()
    }
}

async fn carry(
    shared: Arc<Shared>,
    source: Source,
    submit: Arc<Submit>,
    mut place: Place,
) -> Result<Outcome, Refusal> {
    let mut announced = Some(shared.storage.announce());
    let mut ready = submit.prove(&shared).await;
    place.turn().await;
    if let Ok(Ready::NotYet(_)) = ready {
        // The writer must not wait for work that waits for the writer.
        announced = None;
        place.all_answered().await;
        ready = submit.prove(&shared).await;
    }
    let proved = match ready? {
        Ready::Proved(proved) => proved,
        Ready::Answered(outcome) => return Ok(outcome),
        Ready::NotYet(answer) => return answer,
    };
    submit.take_allowances(&shared, source)?;
    let unanswered = place.handed_on().await;
    let at = shared.now();
    let of_writer = Arc::clone(&submit);
    let outcome = shared.submit(move |shared, tables| match &*of_writer {
        Submit::Commit(commit) => {
            let origin = |inbox: &InboxId| shared.origins.of(source, inbox);
            commit.run(&proved, tables, &shared.limits, &origin, at)
        }
        Submit::Entry(entry) => entry.run(&proved, tables, &shared.limits, at),
    });
    drop((place, announced));
    let outcome = outcome.await;
    drop(unanswered);
    if !matches!(outcome, Ok(Outcome::Accepted(..))) {
        shared.give_back_stored(source, submit.size());
    }
    if let Err(Refusal::Unauthenticated(_)) = outcome {
        let Submission { log, epoch, .. } = submit.submission();
        shared.access_keys.forget(log, *epoch);
    }
    outcome
}

impl Submit {
    fn submission(&self) -> &Submission {
        match self {
            Self::Commit(commit) => commit.submission(),
            Self::Entry(entry) => entry.submission(),
        }
    }

    /// Bytes charged to the storage allowance of its address.
    fn size(&self) -> usize {
        match self {
            Self::Commit(commit) => commit.size(),
            Self::Entry(entry) => entry.size(),
        }
    }

    fn look(&self, tables: &dyn Tables) -> Result<Looked, StorageError> {
        match self {
            Self::Commit(commit) => commit.look(tables),
            Self::Entry(entry) => entry.look(tables),
        }
    }

    /// Finds the key and verifies. Nothing that the lookup found is disclosed before that.
    async fn prove(self: &Arc<Self>, shared: &Arc<Shared>) -> Result<Ready, Refusal> {
        let Submission { log, epoch, proof, .. } = self.submission();
        // A commit always looks it up: a known one must not be charged again.
        let kept = match **self {
            Self::Entry(_) => shared.access_keys.get(log, *epoch),
            Self::Commit(_) => None,
        };
        let (key, known) = if let Some(key) = kept {
            (key, None)
        } else {
            let submit = Arc::clone(self);
            let looked = shared.read(move |_, tables| submit.look(tables)).await?;
            match looked.standing {
                Standing::Key(key) => (key, looked.known),
                Standing::NoLog => return Ok(Ready::NotYet(Err(Refusal::NoSuchLog))),
                Standing::ToCome => return Ok(Ready::NotYet(Ok(Outcome::Refused(TO_COME)))),
                Standing::Gone => return Err(Refusal::ProveEpoch),
            }
        };
        let proved = proof.verify(&key, log, self.submission().purpose())?;
        if kept.is_none() {
            shared.access_keys.put(log, *epoch, key);
        }
        if let Self::Commit(commit) = &**self {
            commit.check_next()?;
        }
        Ok(known.map_or(Ready::Proved(proved), Ready::Answered))
    }

    fn take_allowances(&self, shared: &Shared, source: Source) -> Result<(), Refusal> {
        shared.take_stored(source, self.size())?;
        let more = self.take_more(shared, source);
        if more.is_err() {
            shared.give_back_stored(source, self.size());
        }
        more
    }

    /// Charges a commit's further allowances.
    fn take_more(&self, shared: &Shared, source: Source) -> Result<(), Refusal> {
        let Self::Commit(commit) = self else { return Ok(()) };
        if commit.may_create() {
            shared.quotas.take(Quota::LogsCreated(source), shared.limits.logs_created)?;
        }
        for inbox in commit.inboxes() {
            shared.quotas.take(Quota::Welcomes(source, inbox), shared.limits.welcomes_per_inbox)?;
        }
        Ok(())
    }
}
