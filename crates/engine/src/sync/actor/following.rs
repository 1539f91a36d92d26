//! Following logs: subscriptions, pages, and batches for the groups' actors.

use std::sync::Arc;

use actix::prelude::*;
use conclave_delivery::{AccessKey, Push, RemoteService, ServiceError};
use conclave_group::ReadFrom;
use conclave_protocol::{Epoch, GroupId, Seq};
use conclave_record::Generation;

use super::{About, SyncActor};
use crate::api;
use crate::registry::deliver_batch;
use crate::sync::feed::{self, Feed};
use crate::sync::message::{Attach, Detach, InboxArrived, Progress, WantHead};
use crate::timer::after_ms;

impl SyncActor {
    pub(super) fn subscribe(&mut self, group: GroupId, ctx: &Context<Self>) {
        let connected = self.connected();
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        if !connected {
            return;
        }
        let about = About { group, life: feed.life };
        let (from, key) = (feed.ask(), feed.key.clone());
        let epoch = key.epoch();
        let (service, this) = (Arc::clone(&self.service), ctx.address());
        actix::spawn(async move {
            let result = subscribe(&service, group, key, from).await;
            // When the actor is gone nobody waits for it.
            let _ = this.send(Subscribed { about, epoch, result }).await;
        });
    }

    pub(super) fn hand_on(&mut self, group: GroupId, ctx: &Context<Self>) {
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        let about = About { group, life: feed.life };
        let Some(batch) = feed.next_batch() else { return };
        let (registry, this) = (self.registry.clone(), ctx.address());
        actix::spawn(async move {
            let progress = deliver_batch(&registry, group, batch).await;
            let _ = this.send(BatchDone { about, progress }).await;
        });
    }
}

async fn subscribe(
    service: &RemoteService,
    group: GroupId,
    key: AccessKey,
    from: ReadFrom,
) -> Result<(), ServiceError> {
    match from {
        ReadFrom::After(seq) => service.subscribe_after(group, key, seq).await,
        ReadFrom::StartOf(epoch) => service.subscribe_start(group, key, epoch).await,
    }
}

/// What the service sent without being asked.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(in crate::sync) struct Pushed(pub(in crate::sync) Push);

impl Handler<Pushed> for SyncActor {
    type Result = ();

    fn handle(&mut self, Pushed(push): Pushed, ctx: &mut Context<Self>) {
        match push {
            Push::Log { log, page } => {
                match self.feeds.get_mut(&log).map(|feed| feed.push(page)) {
                    Some(feed::Pushed::Gap) => self.subscribe(log, ctx),
                    Some(feed::Pushed::Doubtful) => self.compare(log, ctx),
                    Some(feed::Pushed::Taken) | None => {}
                }
                self.hand_on(log, ctx);
                self.send_outbox(log, ctx);
            }
            Push::LogPaused { log, after } => {
                if self.feeds.get_mut(&log).is_some_and(|feed| feed.pause(after)) {
                    self.subscribe(log, ctx);
                }
            }
            Push::Inbox(page) => self.account.do_send(InboxArrived(page)),
            Push::Lost => {}
        }
    }
}

/// A subscription was answered.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Subscribed {
    about: About,
    epoch: conclave_protocol::Epoch,
    result: Result<(), ServiceError>,
}

impl Handler<Subscribed> for SyncActor {
    type Result = ();

    fn handle(&mut self, answer: Subscribed, ctx: &mut Context<Self>) {
        let group = answer.about.group;
        let Some(feed) = self.same(&answer.about) else { return };
        match answer.result {
            Ok(()) => {
                feed.granted();
                self.show(group, None);
            }
            // There is a newer key by now: prove that one.
            Err(ServiceError::ProveEpoch) if feed.key.epoch() > answer.epoch => {
                self.subscribe(group, ctx);
            }
            Err(error) => self.not_subscribed(answer.about, &error, ctx),
        }
    }
}

impl SyncActor {
    /// A subscription was refused, or had no answer: it is retried in any case. The next answer to a submission does so
    /// too: the log may not exist yet, with its first commit in the outbox.
    fn not_subscribed(&mut self, about: About, error: &ServiceError, ctx: &Context<Self>) {
        tracing::debug!(%error, "not subscribed");
        let ids = self.ids.clone();
        let Some(feed) = self.same(&about) else { return };
        let why = not_followed(feed, error);
        feed.failed(why.is_some());
        let at = feed.retry_at(error.wait_ms(), &ids);
        self.try_at(about, at, ctx);
        if why.is_some() {
            self.show(about.group, why);
        }
        if why == Some(api::NotFollowed::SetBack) {
            self.report_loss(about.group, ctx);
        }
        self.send_outbox(about.group, ctx);
    }
}

/// Why a log is not followed; none where a refusal says nothing about this client's membership.
fn not_followed(feed: &Feed, error: &ServiceError) -> Option<api::NotFollowed> {
    let has_read = matches!(feed.from, ReadFrom::After(seq) if seq > Seq(0));
    // Epoch 0 is that of a group made here, whose first commit may not be there yet.
    let joins = matches!(feed.from, ReadFrom::StartOf(epoch) if epoch > Epoch(0));
    match error {
        // The newest key, and all that it opens was read: the epochs went on without this client.
        ServiceError::ProveEpoch if has_read && feed.has_read_all() => Some(api::NotFollowed::AwayTooLong),
        ServiceError::NoSuchLog if has_read => Some(api::NotFollowed::LogGone),
        // The log has not reached this epoch, or another one of this number.
        ServiceError::Unauthenticated(_) if has_read && feed.has_read_all() => {
            Some(api::NotFollowed::SetBack)
        }
        // Only a Welcome names this group; no log confirms it.
        ServiceError::NoSuchLog
        | ServiceError::ProveEpoch
        | ServiceError::Unauthenticated(_)
        | ServiceError::Refused(_)
            if joins =>
        {
            Some(api::NotFollowed::NoSuchGroup)
        }
        ServiceError::OverLimit { .. } => Some(api::NotFollowed::TooManyGroups),
        _ => None,
    }
}

/// A group's actor is done with a batch.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct BatchDone {
    about: About,
    progress: Progress,
}

impl Handler<BatchDone> for SyncActor {
    type Result = ();

    fn handle(&mut self, done: BatchDone, ctx: &mut Context<Self>) {
        let group = done.about.group;
        let Some(feed) = self.same(&done.about) else { return };
        match done.progress {
            Progress::At { from, keys } => {
                if feed.done(from, keys) {
                    self.subscribe(group, ctx);
                }
                self.compare(group, ctx);
                self.hand_on(group, ctx);
                self.send_outbox(group, ctx);
            }
            Progress::Later { wait_ms } => {
                feed.not_now();
                self.compare(group, ctx);
                self.try_at(done.about, after_ms(wait_ms), ctx);
            }
            Progress::Over => self.detach(group),
        }
    }
}

impl SyncActor {
    pub(super) fn detach(&mut self, group: GroupId) {
        self.feeds.remove(&group);
        self.show(group, None);
        self.show_delivery(group);
        if self.connected() {
            let service = Arc::clone(&self.service);
            actix::spawn(async move {
                // A courtesy: the connection's end would end it too.
                let _ = service.unsubscribe(group).await;
            });
        }
    }
}

impl Handler<Attach> for SyncActor {
    type Result = ();

    fn handle(&mut self, attach: Attach, ctx: &mut Context<Self>) {
        let Attach { generation: Generation { group, number }, follow } = attach;
        if self.feeds.get(&group).is_some_and(|feed| feed.generation == number) {
            return;
        }
        self.lives += 1;
        // What a former membership had under way is over with it.
        self.feeds.insert(group, Feed::new(follow, number, self.lives));
        self.show(group, None);
        self.show_delivery(group);
        self.subscribe(group, ctx);
    }
}

impl Handler<Detach> for SyncActor {
    type Result = ();

    fn handle(&mut self, detach: Detach, _: &mut Context<Self>) {
        self.detach(detach.group);
    }
}

impl Handler<WantHead> for SyncActor {
    type Result = ();

    fn handle(&mut self, want: WantHead, ctx: &mut Context<Self>) {
        if let Some(feed) = self.feeds.get_mut(&want.group) {
            feed.want_head();
        }
        self.hand_on(want.group, ctx);
    }
}
