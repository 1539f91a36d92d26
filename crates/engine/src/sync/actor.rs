//! The actor: which groups are followed, what each is waiting for, and who is told.

mod doubts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use conclave_delivery::{
    CommitSubmission, DeliveryService, Push, ReadFrom, ServiceError, SubmitOutcome, WelcomeDelivery,
};
use conclave_protocol::clock::Clock;
use conclave_protocol::{Epoch, GroupId, Seq, SubmissionId, Timestamp};
use conclave_record::{Generation, SubmissionBody, WelcomeFor};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::connection::Connection;
use super::feed::{self, Feed, Outgoing};
use super::gateway::Gateway;
use super::message::{
    Attach, Connect, ConnectionChanged, Delivered, Detach, InboxArrived, Progress, Reconnect, Submit,
    WantHead,
};
use crate::account::MembershipOver;
use crate::api;
use crate::bus::EventBus;
use crate::ids::IdSource;
use crate::live::LiveStates;
use crate::registry::{Close, GroupRegistry, deliver_batch, deliver_outcome};

/// Talks to the Delivery Service for all groups.
pub(crate) struct SyncActor {
    gateway: Gateway,
    registry: Addr<GroupRegistry>,
    account: Recipient<ConnectionChanged>,
    inbox: Recipient<InboxArrived>,
    clock: Arc<dyn Clock>,
    ids: IdSource,
    live: LiveStates,
    bus: EventBus,
    now: Arc<Notify>,
    state: api::Connection,
    /// One a group of this client that is still alive: as many as the store has.
    feeds: BTreeMap<GroupId, Feed>,
    /// How many feeds were begun.
    lives: u64,
}

/// What a sync actor is started with.
pub(crate) struct SyncStart {
    pub(crate) gateway: Gateway,
    pub(crate) registry: Addr<GroupRegistry>,
    pub(crate) account: Recipient<ConnectionChanged>,
    pub(crate) inbox: Recipient<InboxArrived>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: IdSource,
    pub(crate) live: LiveStates,
    pub(crate) bus: EventBus,
}

impl SyncActor {
    pub(crate) fn new(start: SyncStart) -> Self {
        let SyncStart { gateway, registry, account, inbox, clock, ids, live, bus } = start;
        let state = api::Connection::Connecting;
        Self {
            gateway,
            registry,
            account,
            inbox,
            clock,
            ids,
            live,
            bus,
            now: Arc::default(),
            state,
            feeds: BTreeMap::new(),
            lives: 0,
        }
    }

    fn connected(&self) -> bool {
        self.state == api::Connection::Connected
    }

    fn set_state(&mut self, state: api::Connection) {
        if self.state != state {
            self.state = state;
            self.account.do_send(ConnectionChanged(state));
        }
    }

    /// What a message to oneself is about: a feed that began again since is not meant any more.
    fn same(&mut self, about: &About) -> Option<&mut Feed> {
        self.feeds.get_mut(&about.group).filter(|feed| feed.life == about.life)
    }

    /// Has what did not work tried again at this time.
    fn try_at(&self, about: About, at: Option<Instant>, ctx: &Context<Self>) {
        let Some(at) = at else { return };
        let this = ctx.address().downgrade();
        actix::spawn(async move {
            tokio::time::sleep_until(at).await;
            if let Some(this) = this.upgrade() {
                this.do_send(TryAgain { about, at });
            }
        });
    }

    /// Shows whether a group's log is handed out. One that is lost to this client is open to a Welcome.
    fn show(&self, group: GroupId, why: Option<api::NotFollowed>) {
        if !self.live.set_not_followed(group, why) {
            return;
        }
        self.bus.tell(api::Event::Group { group: group.to_hex() });
        if self.live.is_lost(&group) {
            self.registry.do_send(MembershipOver);
        }
    }

    fn subscribe(&mut self, group: GroupId, ctx: &Context<Self>) {
        let connected = self.connected();
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        if !connected {
            return;
        }
        let about = About { group, life: feed.life };
        let (from, key) = (feed.begins(), feed.key.clone());
        let epoch = key.epoch();
        let (service, this) = (self.gateway.delivery(), ctx.address());
        actix::spawn(async move {
            let result = service.subscribe(group, key, from).await;
            // When the actor is gone nobody waits for it.
            let _ = this.send(Subscribed { about, epoch, result }).await;
        });
    }

    fn hand_on(&mut self, group: GroupId, ctx: &Context<Self>) {
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        let about = About { group, life: feed.life };
        let Some(batch) = feed.next_batch() else { return };
        let (registry, this) = (self.registry.clone(), ctx.address());
        actix::spawn(async move {
            let progress = deliver_batch(&registry, group, batch).await;
            let _ = this.send(BatchDone { about, progress }).await;
        });
    }

    fn send_outbox(&mut self, group: GroupId, ctx: &Context<Self>) {
        self.send_unsent(group, ctx);
        self.show_delivery(group);
    }

    /// Shows what became of the commit that a group has under way.
    fn show_delivery(&self, group: GroupId) {
        let delivery = self.feeds.get(&group).and_then(Feed::delivery);
        if self.live.set_delivery(group, delivery) {
            self.bus.tell(api::Event::Group { group: group.to_hex() });
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
            let (service, registry, this) = (self.gateway.delivery(), self.registry.clone(), ctx.address());
            actix::spawn(async move {
                let answer = submit(service, group, outgoing).await;
                let answer = match answer {
                    Ok(SubmitOutcome::Accepted(place)) => {
                        let here = this.send(doubts::Accepted { about, place, mark }).await;
                        // Another entry is there: it was said, and is not known to be in the log.
                        here.unwrap_or(Some(place))
                            .map(SubmitOutcome::Accepted)
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

/// Hands one submission over. Errors mean that there was no answer: the same bytes go again.
async fn submit(
    service: Arc<dyn DeliveryService>,
    group: GroupId,
    outgoing: Outgoing,
) -> Result<SubmitOutcome, ServiceError> {
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
        // An answer that makes no sense says nothing of what became of it.
        Err(error @ (ServiceError::WrongService | ServiceError::BadAnswer)) => Err(error),
        Err(error) if !error.may_pass() => {
            tracing::warn!(%error, "a submission was refused");
            Ok(SubmitOutcome::Refused(error.to_string()))
        }
        other => other,
    }
}

impl Actor for SyncActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1024);
    }
}

impl Handler<Connect> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Connect, ctx: &mut Context<Self>) {
        let connection = Connection {
            service: self.gateway.delivery(),
            actor: ctx.address(),
            clock: Arc::clone(&self.clock),
            ids: self.ids.clone(),
            now: Arc::clone(&self.now),
        };
        actix::spawn(connection.keep());
    }
}

/// Both connections are open.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Connected;

impl Handler<Connected> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Connected, ctx: &mut Context<Self>) {
        self.set_state(api::Connection::Connected);
        let groups: Vec<GroupId> = self.feeds.keys().copied().collect();
        for group in groups {
            self.subscribe(group, ctx);
            self.send_outbox(group, ctx);
        }
    }
}

/// The connections are gone, or were not made.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Unreachable {
    pub(super) retry_at: Timestamp,
    pub(super) wrong_service: bool,
}

impl Handler<Unreachable> for SyncActor {
    type Result = ();

    fn handle(&mut self, lost: Unreachable, _: &mut Context<Self>) {
        for feed in self.feeds.values_mut() {
            feed.disconnected();
        }
        for group in self.feeds.keys() {
            self.show_delivery(*group);
        }
        self.set_state(if lost.wrong_service {
            api::Connection::WrongService
        } else {
            api::Connection::Unreachable { retry_at_ms: lost.retry_at.0 }
        });
    }
}

/// The service said something unasked.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Pushed(pub(super) Push);

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
            Push::Inbox(page) => self.inbox.do_send(InboxArrived(page)),
            Push::Lost => {}
        }
    }
}

/// A feed as it was when something was asked.
#[derive(Debug, Clone, Copy)]
struct About {
    group: GroupId,
    life: u64,
}

/// The answer to a subscription.
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
                feed.works();
                feed.shut = false;
                self.show(group, None);
            }
            // The key got newer meanwhile: prove that one.
            Err(ServiceError::ProveEpoch) if feed.key.epoch() > answer.epoch => {
                self.subscribe(group, ctx);
            }
            Err(error) => self.not_subscribed(answer.about, &error, ctx),
        }
    }
}

impl SyncActor {
    /// A subscription was refused, or had no answer: it is tried again, whatever the reason. The next step of the group
    /// does so too: a log may not be made yet (its first commit is in the outbox).
    fn not_subscribed(&mut self, about: About, error: &ServiceError, ctx: &Context<Self>) {
        tracing::debug!(%error, "not subscribed");
        let ids = self.ids.clone();
        let Some(feed) = self.same(&about) else { return };
        feed.subscribed = false;
        let why = not_followed(feed, error);
        feed.shut |= why.is_some();
        let at = feed.try_again(error.wait_ms(), &ids);
        self.try_at(about, at, ctx);
        if why.is_some() {
            self.show(about.group, why);
        }
        if why == Some(api::NotFollowed::SetBack) {
            self.tell_lost(about.group, ctx);
        }
        self.send_outbox(about.group, ctx);
    }
}

/// What a refused subscription says about this client's place in the group, if anything.
fn not_followed(feed: &Feed, error: &ServiceError) -> Option<api::NotFollowed> {
    let has_read = matches!(feed.from, ReadFrom::After(seq) if seq > Seq(0));
    // Epoch 0 is that of a group made here, whose first commit may not be there yet.
    let joins = matches!(feed.from, ReadFrom::StartOf(epoch) if epoch > Epoch(0));
    match error {
        // The newest key there is, with the log read to where it opens it: the epochs went on without this client.
        ServiceError::ProveEpoch if has_read && feed.has_read_all() => Some(api::NotFollowed::AwayTooLong),
        ServiceError::NoSuchLog if has_read => Some(api::NotFollowed::LogGone),
        // It has not come to this epoch, or has come to another of this number.
        ServiceError::Unauthenticated(_) if has_read && feed.has_read_all() => {
            Some(api::NotFollowed::SetBack)
        }
        // A Welcome told of it, and nothing else has: not the log.
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
                let at = feed.try_again_at(Instant::now() + Duration::from_millis(wait_ms));
                self.try_at(done.about, at, ctx);
            }
            Progress::Over => self.detach(group),
        }
    }
}

impl SyncActor {
    fn detach(&mut self, group: GroupId) {
        self.feeds.remove(&group);
        self.show(group, None);
        self.show_delivery(group);
        if self.connected() {
            let service = self.gateway.delivery();
            actix::spawn(async move {
                // A courtesy: the connection's end would end it too.
                let _ = service.unsubscribe(group).await;
            });
        }
    }
}

/// A submission was answered, or has to go again after a while.
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
                if !feed.subscribed {
                    self.subscribe(group, ctx);
                }
                self.send_outbox(group, ctx);
            }
            // Without a connection it goes with the next one; else it was lost on the way.
            Some(wait_ms) => {
                let at = feed.unanswered(answered.id, wait_ms, &ids);
                self.try_at(answered.about, at, ctx);
                self.show_delivery(group);
            }
        }
    }
}

/// What did not work a while ago is tried again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct TryAgain {
    about: About,
    at: Instant,
}

impl Handler<TryAgain> for SyncActor {
    type Result = ();

    fn handle(&mut self, again: TryAgain, ctx: &mut Context<Self>) {
        let TryAgain { about, at } = again;
        let Some(feed) = self.same(&about) else { return };
        if !feed.is_time(at) {
            return;
        }
        if !feed.subscribed {
            self.subscribe(about.group, ctx);
        }
        self.send_outbox(about.group, ctx);
        // What waits for a later time was passed over.
        let Some(feed) = self.same(&about) else { return };
        let later = feed.next_unsent().and_then(|at| feed.try_again_at(at));
        self.try_at(about, later, ctx);
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

impl Handler<Close> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Close, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

impl Handler<Reconnect> for SyncActor {
    type Result = ();

    fn handle(&mut self, _: Reconnect, _: &mut Context<Self>) {
        self.now.notify_one();
        self.gateway.delivery().probe();
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
