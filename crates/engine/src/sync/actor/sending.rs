//! Handing submissions to the service, and its answers to the groups' actors.

use std::sync::Arc;

use actix::prelude::*;
use conclave_delivery::{CommitSubmission, RemoteService, ServiceError, WelcomeDelivery};
use conclave_group::Outcome;
use conclave_protocol::wire::submitted;
use conclave_protocol::{Epoch, GroupId, Seq, SubmissionId};
use conclave_record::{SubmissionBody, WelcomeFor};

use super::{About, SyncActor, doubts};
use crate::api;
use crate::registry::deliver_outcome;
use crate::sync::feed::{Feed, Outgoing};
use crate::sync::message::{Delivered, Submit};

impl SyncActor {
    pub(super) fn send_outbox(&mut self, group: GroupId, ctx: &Context<Self>) {
        self.send_unsent(group, ctx);
        self.show_delivery(group);
    }

    /// Shows the state of the commit that a group has under way.
    pub(super) fn show_delivery(&self, group: GroupId) {
        let delivery = self.feeds.get(&group).and_then(Feed::delivery);
        if self.live.set_delivery(group, delivery) {
            self.bus.publish(api::Event::Group { group: group.to_hex() });
        }
    }

    fn send_unsent(&mut self, group: GroupId, ctx: &Context<Self>) {
        if !self.connected() {
            return;
        }
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        let unsent = feed.take_unsent();
        let about = About { group, life: feed.life };
        for outgoing in unsent {
            let id = outgoing.submission.id;
            let mark = doubts::mark_of(&outgoing.submission);
            let (service, registry, this) = (Arc::clone(&self.service), self.registry.clone(), ctx.address());
            actix::spawn(async move {
                let answer = submit(&service, group, outgoing).await;
                let answer = match answer {
                    Ok(Outcome::Accepted { seq: place }) => {
                        let here = this.send(doubts::Accepted { about, place, mark }).await;
                        // None: another entry is there, so the answer is wrong.
                        here.unwrap_or(Some(place))
                            .map(|seq| Outcome::Accepted { seq })
                            .ok_or(ServiceError::BadAnswer)
                    }
                    answer => answer,
                };
                let again_ms = match answer {
                    Ok(outcome) => {
                        let delivered = Delivered { submission: id, outcome };
                        let handled = deliver_outcome(&registry, group, delivered).await;
                        (!handled).then_some(0)
                    }
                    Err(error) => Some(error.wait_ms()),
                };
                // When the actor is gone nobody waits for it.
                let _ = this.send(Answered { about, id, again_ms }).await;
            });
        }
    }
}

/// Submits once. An error means that there was no answer: the same bytes go again.
async fn submit(
    service: &RemoteService,
    group: GroupId,
    outgoing: Outgoing,
) -> Result<Outcome, ServiceError> {
    let Outgoing { key, submission, .. } = outgoing;
    let answer = match submission.body {
        SubmissionBody::Commit { bundle, welcomes, first_access_key, blob } => {
            let stored = match blob {
                Some(blob) => service.put_blob(blob.id, blob.data).await,
                None => Ok(()),
            };
            let welcome = |w: WelcomeFor| WelcomeDelivery { inbox: w.inbox, welcome: w.welcome };
            let welcomes = welcomes.into_iter().map(welcome).collect();
            let commit = CommitSubmission { bundle, welcomes, first_access_key };
            match stored {
                Ok(()) => service.submit_commit(group, key, commit).await,
                Err(error) => Err(error),
            }
        }
        SubmissionBody::Entry { entry } => service.submit(group, key, entry).await,
    };
    match answer {
        Ok(submitted::Outcome::Accepted(seq)) => Ok(Outcome::Accepted { seq: Seq(seq) }),
        Ok(submitted::Outcome::Stale(epoch)) => Ok(Outcome::Stale { epoch: Epoch(epoch) }),
        Ok(submitted::Outcome::Refused(reason)) => Ok(Outcome::Refused { reason }),
        // It may have been accepted all the same.
        Err(error @ (ServiceError::WrongService | ServiceError::BadAnswer)) => Err(error),
        Err(error) if !error.may_pass() => {
            tracing::warn!(%error, "a submission was refused");
            Ok(Outcome::Refused { reason: error.to_string() })
        }
        Err(error) => Err(error),
    }
}

/// A submission was answered, or goes again after `again_ms` at least.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Answered {
    about: About,
    id: SubmissionId,
    again_ms: Option<u64>,
}

impl Handler<Answered> for SyncActor {
    type Result = ();

    fn handle(&mut self, answered: Answered, ctx: &mut Context<Self>) {
        let (group, ids) = (answered.about.group, self.ids.clone());
        let Some(feed) = self.same(&answered.about) else { return };
        match answered.again_ms {
            None => {
                feed.answered(answered.id);
                if feed.is_off() {
                    self.subscribe(group, ctx);
                }
                self.send_outbox(group, ctx);
            }
            Some(wait_ms) => {
                if let Some(at) = feed.unanswered(answered.id, wait_ms, &ids) {
                    self.try_at(answered.about, at, ctx);
                }
                self.show_delivery(group);
            }
        }
    }
}

impl Handler<Submit> for SyncActor {
    type Result = ();

    fn handle(&mut self, submit: Submit, ctx: &mut Context<Self>) {
        let Some(feed) = self.feeds.get_mut(&submit.group) else {
            tracing::warn!("a submission of a group that is not followed");
            return;
        };
        feed.submit(submit.key, submit.submission);
        self.send_outbox(submit.group, ctx);
    }
}
