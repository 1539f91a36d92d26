//! A log that is not the one that was handled: it is compared, and the group's actor gets a [`SetBack`].

use std::sync::Arc;

use actix::prelude::*;
use conclave_delivery::ServiceError;
use conclave_protocol::{GroupId, Seq};
use conclave_record::Submission;

use super::{About, SyncActor};
use crate::registry::deliver_set_back;
use crate::sync::marks::Mark;
use crate::sync::message::{Progress, SetBack};
use crate::timer::after_ms;

/// The mark of the entry that a submission becomes.
pub(super) fn mark_of(submission: &Submission) -> Mark {
    Mark::of_body(submission.entry())
}

impl SyncActor {
    /// Compares a log in doubt, once no batch is with the group's actor.
    pub(super) fn compare(&mut self, group: GroupId, ctx: &Context<Self>) {
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        let Some(known) = feed.begin_comparing() else { return };
        let about = About { group, life: feed.life };
        let (service, key, this) = (Arc::clone(&self.service), feed.key.clone(), ctx.address());
        actix::spawn(async move {
            let kept = known.in_common(&service, group, &key).await;
            // When the actor is gone nobody waits for it.
            let _ = this.send(Compared { about, cursor: known.cursor, kept }).await;
        });
    }

    /// The service was set back to before the present epoch: the key of a former one shows what it has lost. That is sent
    /// again once this client has joined anew.
    pub(super) fn report_loss(&mut self, group: GroupId, ctx: &Context<Self>) {
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        let (Some(known), false) = (feed.known(), std::mem::replace(&mut feed.loss_reported, true)) else {
            return;
        };
        let (about, former) = (About { group, life: feed.life }, feed.former.clone());
        let (service, registry) = (Arc::clone(&self.service), self.registry.clone());
        let this = ctx.address();
        actix::spawn(async move {
            for key in former {
                match known.in_common(&service, group, &key).await {
                    Ok(kept) if kept < known.cursor => {
                        deliver_set_back(&registry, group, SetBack { kept, goes_on: false }).await;
                        return;
                    }
                    Ok(_) => return,
                    Err(ServiceError::ProveEpoch | ServiceError::Unauthenticated(_)) => {}
                    Err(error) => {
                        tracing::debug!(%error, "what a service has lost is not known");
                        let _ = this.send(AskAgain { about }).await;
                        return;
                    }
                }
            }
        });
    }
}

/// A log was compared: `kept` is the last entry that both have.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Compared {
    about: About,
    cursor: Seq,
    kept: Result<Seq, ServiceError>,
}

impl Handler<Compared> for SyncActor {
    type Result = ();

    fn handle(&mut self, Compared { about, cursor, kept }: Compared, ctx: &mut Context<Self>) {
        let ids = self.ids.clone();
        let Some(feed) = self.same(&about) else { return };
        match kept {
            Ok(kept) if kept < cursor => {
                let (registry, this) = (self.registry.clone(), ctx.address());
                actix::spawn(async move {
                    let set_back = SetBack { kept, goes_on: true };
                    let progress = deliver_set_back(&registry, about.group, set_back).await;
                    let _ = this.send(HandledSetBack { about, kept, progress }).await;
                });
            }
            Ok(_) => {
                feed.trust();
                let at = feed.retry_at(0, &ids);
                self.try_at(about, at, ctx);
            }
            Err(error) => {
                tracing::debug!(%error, "a log could not be compared");
                feed.compare_later();
                let at = feed.retry_at(error.wait_ms(), &ids);
                self.try_at(about, at, ctx);
            }
        }
    }
}

/// A group's actor has handled a set-back.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct HandledSetBack {
    about: About,
    kept: Seq,
    progress: Progress,
}

impl Handler<HandledSetBack> for SyncActor {
    type Result = ();

    fn handle(&mut self, HandledSetBack { about, kept, progress }: HandledSetBack, ctx: &mut Context<Self>) {
        let Some(feed) = self.same(&about) else { return };
        match progress {
            Progress::At { from, keys } => {
                feed.was_set_back(kept, from, keys);
                feed.trust();
                self.subscribe(about.group, ctx);
            }
            Progress::Later { wait_ms } => {
                feed.compare_later();
                self.try_at(about, after_ms(wait_ms), ctx);
            }
            Progress::Over => self.detach(about.group),
        }
    }
}

/// What a service has lost is not known yet: try again with the next refusal.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct AskAgain {
    about: About,
}

impl Handler<AskAgain> for SyncActor {
    type Result = ();

    fn handle(&mut self, AskAgain { about }: AskAgain, _: &mut Context<Self>) {
        if let Some(feed) = self.same(&about) {
            feed.loss_reported = false;
        }
    }
}

/// The service accepted a submission. Answered by its place here; none, if another entry is known to be there.
#[derive(Debug, Message)]
#[rtype(result = "Option<Seq>")]
pub(super) struct Accepted {
    pub(super) about: About,
    pub(super) place: Seq,
    pub(super) mark: Mark,
}

impl Handler<Accepted> for SyncActor {
    type Result = Option<Seq>;

    fn handle(&mut self, accepted: Accepted, ctx: &mut Context<Self>) -> Option<Seq> {
        let Accepted { about, place, mark } = accepted;
        let Some(feed) = self.same(&about) else { return Some(place) };
        let here = feed.accepted(place, mark);
        if here.is_none() {
            feed.doubt();
            self.compare(about.group, ctx);
        }
        here
    }
}
