//! The actor: which groups are followed, what each is waiting for, and who is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use conclave_delivery::{
    CommitSubmission, DeliveryService, Push, ReadFrom, ServiceError, SubmitOutcome, WelcomeDelivery,
};
use conclave_group::Submission;
use conclave_protocol::clock::Clock;
use conclave_protocol::{GroupId, SubmissionId, Timestamp};
use tokio::sync::Notify;

use super::connection::Connection;
use super::feed::{Feed, Outgoing, submission_id};
use super::gateway::Gateway;
use super::message::{
    Attach, Connect, ConnectionChanged, Delivered, Detach, InboxArrived, Progress, Reconnect, Submit,
    WantHead,
};
use crate::api;
use crate::ids::IdSource;
use crate::registry::{Close, GroupRegistry, deliver_batch, deliver_log_refused, deliver_outcome};

/// A submission without an answer goes again after so long, where the connection stands.
const AGAIN_MS: u64 = 2_000;

/// Talks to the Delivery Service for all groups.
pub(crate) struct SyncActor {
    gateway: Gateway,
    registry: Addr<GroupRegistry>,
    account: Recipient<ConnectionChanged>,
    inbox: Recipient<InboxArrived>,
    clock: Arc<dyn Clock>,
    ids: IdSource,
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
}

impl SyncActor {
    pub(crate) fn new(start: SyncStart) -> Self {
        let SyncStart { gateway, registry, account, inbox, clock, ids } = start;
        let state = api::Connection::Connecting;
        Self {
            gateway,
            registry,
            account,
            inbox,
            clock,
            ids,
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

    fn subscribe(&mut self, group: GroupId, ctx: &Context<Self>) {
        let connected = self.connected();
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        if !connected {
            return;
        }
        feed.subscribed = true;
        let about = About { group, life: feed.life };
        let (from, key) = (feed.from, feed.key.clone());
        let epoch = key.epoch();
        let (service, this) = (self.gateway.delivery(), ctx.address());
        actix::spawn(async move {
            let result = service.subscribe(group, key, from).await;
            // When the actor is gone nobody waits for it.
            let _ = this.send(Subscribed { about, epoch, result }).await;
        });
    }

    /// A subscription says nothing where nothing is new: reads where the log's head is.
    fn ask_head(&mut self, group: GroupId, ctx: &Context<Self>) {
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        if !feed.asks_head() {
            return;
        }
        let (from, key) = (feed.from, feed.key.clone());
        let (service, this) = (self.gateway.delivery(), ctx.address());
        actix::spawn(async move {
            match service.read(group, key, from, 1).await {
                Ok(page) => {
                    let _ = this.send(Pushed(Push::Log { log: group, page })).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "the log's head is not known");
                    // The next connection, or the next entry, says where it is; or this, asked again.
                    tokio::time::sleep(Duration::from_millis(AGAIN_MS)).await;
                    let _ = this.send(TryAgain { group }).await;
                }
            }
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
        if !self.connected() {
            return;
        }
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        let unsent = feed.take_unsent();
        self.ask_head(group, ctx);
        for outgoing in unsent {
            let id = submission_id(&outgoing.submission);
            let (service, registry, this) = (self.gateway.delivery(), self.registry.clone(), ctx.address());
            actix::spawn(async move {
                let answer = submit(service, group, outgoing).await;
                let again_ms = match answer {
                    Ok(outcome) => {
                        deliver_outcome(&registry, group, Delivered { submission: id, outcome }).await;
                        None
                    }
                    Err(ServiceError::Busy { retry_after_ms }) => Some(u64::from(retry_after_ms)),
                    Err(_) => Some(0),
                };
                let _ = this.send(Answered { group, id, again_ms }).await;
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
    let answer = match submission {
        Submission::Commit { bundle, welcomes, first_access_key, blob, .. } => {
            if let Some(blob) = blob {
                service.put_blob(blob.id, blob.data).await?;
            }
            let welcome =
                |w: conclave_group::WelcomeFor| WelcomeDelivery { inbox: w.inbox, welcome: w.welcome };
            let welcomes = welcomes.into_iter().map(welcome).collect();
            service.submit_commit(group, key, CommitSubmission { bundle, welcomes, first_access_key }).await
        }
        Submission::Entry { entry, .. } => service.submit(group, key, entry).await,
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
                if self.feeds.get_mut(&log).is_some_and(|feed| feed.push(page)) {
                    self.subscribe(log, ctx);
                }
                self.hand_on(log, ctx);
                self.send_outbox(log, ctx);
            }
            Push::LogPaused { log, after } => {
                if self.feeds.get_mut(&log).is_some_and(|feed| feed.pause(after)) {
                    self.subscribe(log, ctx);
                }
            }
            Push::Inbox(entries) => self.inbox.do_send(InboxArrived(entries)),
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
            Ok(()) => self.ask_head(group, ctx),
            // The key got newer meanwhile: prove that one.
            Err(ServiceError::ProveEpoch) if feed.key.epoch() > answer.epoch => {
                self.subscribe(group, ctx);
            }
            // A log that is not made yet (its first commit is in the outbox), or one that this key does not open:
            // the next step of the group subscribes again.
            Err(error) => {
                tracing::debug!(%error, "not subscribed");
                feed.subscribed = false;
                let joins = matches!(feed.from, ReadFrom::StartOf(_));
                if joins && is_refusal(&error) {
                    let registry = self.registry.clone();
                    actix::spawn(async move { deliver_log_refused(&registry, group).await });
                }
                self.send_outbox(group, ctx);
            }
        }
    }
}

/// Whether the service has answered, and said no.
fn is_refusal(error: &ServiceError) -> bool {
    matches!(error, ServiceError::NoSuchLog | ServiceError::ProveEpoch | ServiceError::Refused(_))
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
            Progress::At { from, key } => {
                if feed.done(from, key) {
                    self.subscribe(group, ctx);
                }
                self.hand_on(group, ctx);
                self.send_outbox(group, ctx);
            }
            Progress::Later { wait_ms } => {
                feed.not_now();
                let this = ctx.address();
                actix::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                    let _ = this.send(TryAgain { group }).await;
                });
            }
            Progress::Over => self.detach(group),
        }
    }
}

impl SyncActor {
    fn detach(&mut self, group: GroupId) {
        self.feeds.remove(&group);
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
    group: GroupId,
    id: SubmissionId,
    again_ms: Option<u64>,
}

impl Handler<Answered> for SyncActor {
    type Result = ();

    fn handle(&mut self, answered: Answered, ctx: &mut Context<Self>) {
        let group = answered.group;
        let Some(feed) = self.feeds.get_mut(&group) else { return };
        match answered.again_ms {
            None => {
                feed.answered(answered.id);
                if !feed.subscribed {
                    self.subscribe(group, ctx);
                }
            }
            Some(wait_ms) => {
                feed.unanswered(answered.id);
                let this = ctx.address();
                actix::spawn(async move {
                    // Without a connection it goes with the next one; else it was lost on the way.
                    tokio::time::sleep(Duration::from_millis(wait_ms.max(AGAIN_MS))).await;
                    let _ = this.send(TryAgain { group }).await;
                });
            }
        }
    }
}

/// What did not work a while ago is tried again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct TryAgain {
    group: GroupId,
}

impl Handler<TryAgain> for SyncActor {
    type Result = ();

    fn handle(&mut self, again: TryAgain, ctx: &mut Context<Self>) {
        let Some(feed) = self.feeds.get_mut(&again.group) else { return };
        feed.asked_in_vain();
        if !feed.subscribed {
            self.subscribe(again.group, ctx);
        }
        self.send_outbox(again.group, ctx);
    }
}

impl Handler<Attach> for SyncActor {
    type Result = ();

    fn handle(&mut self, attach: Attach, ctx: &mut Context<Self>) {
        let Attach { group, from, key } = attach;
        self.lives += 1;
        // What a former membership had under way is over with it.
        self.feeds.insert(group, Feed::new(from, key, self.lives));
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
    }
}

impl Handler<WantHead> for SyncActor {
    type Result = ();

    fn handle(&mut self, want: WantHead, ctx: &mut Context<Self>) {
        if let Some(feed) = self.feeds.get_mut(&want.group) {
            feed.want_head();
        }
        self.ask_head(want.group, ctx);
        self.hand_on(want.group, ctx);
    }
}
