//! What is sent once a step is durable: submissions to the service, events to the window, and what the machine requests
//! (other key packages, a new signature key).

use bytes::Bytes;
use conclave_delivery::ServiceError;
use conclave_group::{Effects, Event, Machine};
use conclave_protocol::UserUri;
use conclave_record as record;
use conclave_record::{IntentId, Submission};
use conclave_store as store;

use super::core::{ClaimWait, Core, access_key};
use super::fault::Fault;
use super::notify::PendingNotifications;
use super::step::is_replaceable;
use crate::api;
use crate::executor::StoreFault;
use crate::keys::chain_bytes;
use crate::live::ChangesWait;
use crate::sync::{Detach, Submit};

/// How often key packages are claimed again before the intent fails.
const CLAIMS_MAX: u32 = 3;
/// Shortest retry delay of a claim that the service did not answer.
const CLAIM_RETRY_MS_MIN: u64 = 5_000;

impl Core {
    /// Sends what a durable step produced.
    pub(super) async fn publish(
        &mut self,
        effects: Effects,
        machine: &Machine,
        forgotten: bool,
    ) -> Result<(), Fault> {
        let group = self.group();
        if forgotten {
            self.wake_at = None;
            self.sync.do_send(Detach { group });
            // A forgotten group has no rows any more.
            self.notifications = PendingNotifications::default();
        } else {
            self.wake_at = effects.wake_at;
        }
        // First what can't fail: durable changes are published even if the rest fails.
        effects.events.iter().for_each(|event| self.publish_event(event));
        self.unpublished = false;
        let submitted = self.submit(effects.submissions, machine);
        self.notify().await;
        submitted?;
        for event in effects.events {
            match event {
                Event::ClaimAgain { intent, people } => {
                    self.claim_again(intent, people, machine.head().cipher_suite).await?;
                }
                Event::NeedsNewSigner => self.new_signer().await?,
                _ => {}
            }
        }
        Ok(())
    }

    fn submit(&self, submissions: Vec<Submission>, machine: &Machine) -> Result<(), Fault> {
        let group = self.group();
        for submission in submissions {
            let epoch = submission.epoch;
            let key = access_key(machine, epoch)
                .ok_or_else(|| Fault::Machine(format!("no access key of epoch {epoch}")))?;
            self.sync.do_send(Submit { group, key, submission });
        }
        Ok(())
    }

    /// Publishes an event to the window. Notifications and the machine's requests are handled elsewhere.
    fn publish_event(&self, event: &Event) {
        let group = self.group().to_hex();
        let bus = &self.deps.bus;
        match event {
            Event::Timeline => {
                bus.publish(api::Event::Timeline { group: group.clone() });
                bus.publish(api::Event::Group { group });
            }
            Event::Membership { .. } | Event::Names => {
                bus.publish(api::Event::Membership { group: group.clone() });
                bus.publish(api::Event::Timeline { group: group.clone() });
                bus.publish(api::Event::Group { group });
            }
            Event::Head => {
                bus.publish(api::Event::Membership { group: group.clone() });
                bus.publish(api::Event::Group { group });
            }
            Event::Epoch(_) => self.deps.housekeeping.epoch_changed(),
            Event::Arrived { .. } | Event::ClaimAgain { .. } | Event::NeedsNewSigner => {}
        }
    }

    /// The machine was loaded: publishes what a step that failed half-way may not have published. The window reads
    /// everything again.
    pub(super) async fn publish_all(&mut self) {
        if !std::mem::take(&mut self.unpublished) {
            return;
        }
        if let Some(machine) = &self.machine {
            self.over |= is_replaceable(machine.head());
        }
        let group = self.group().to_hex();
        self.deps.bus.publish(api::Event::Timeline { group: group.clone() });
        self.deps.bus.publish(api::Event::Membership { group: group.clone() });
        self.deps.bus.publish(api::Event::Group { group });
        self.deps.housekeeping.epoch_changed();
        self.notify().await;
    }

    /// Claims other key packages for people of an intent and puts it back in the queue. The intent fails if there are
    /// none, or after too many claims.
    async fn claim_again(&mut self, intent: IntentId, people: Vec<UserUri>, suite: u16) -> Result<(), Fault> {
        if let Some(wait) = self.claim_wait.filter(|wait| self.deps.now() < wait.until) {
            self.wait_to_claim(intent, people, wait);
            return Ok(());
        }
        let mut claimed = Vec::with_capacity(people.len());
        self.show_claiming(intent, &people);
        for user in people.iter().cloned() {
            let packages = match self.deps.service.claim_key_packages(&user, &[suite]).await {
                Ok(packages) => packages,
                Err(error) if error.may_pass() => {
                    let until = self.deps.now().plus_ms(error.wait_ms().max(CLAIM_RETRY_MS_MIN));
                    let put_off = matches!(error, ServiceError::Busy { .. });
                    self.wait_to_claim(intent, people, ClaimWait { until, put_off });
                    return Ok(());
                }
                Err(_) => Vec::new(),
            };
            let key_packages: Vec<Bytes> = packages.into_iter().map(|c| c.key_package).collect();
            claimed.push(record::PersonKeyPackages { user, key_packages });
        }
        self.claim_wait = None;
        self.claims += 1;
        let none = self.claims > CLAIMS_MAX || claimed.iter().any(|p| p.key_packages.is_empty());
        let group = self.group();
        let write = move |tx: &mut store::Tx<'_>| {
            if none {
                let change = record::IntentChange::Failed(record::FailReason::BadKeyPackage);
                tx.set_intent(&group, intent, change).map(drop)
            } else {
                tx.set_key_packages(&group, intent, &claimed)?;
                let attempts = tx.view().intent(&group, intent)?.map_or(0, |row| row.attempts) + 1;
                tx.set_intent(&group, intent, record::IntentChange::Queued { attempts }).map(drop)
            }
        };
        self.deps.store.write(write).await?;
        self.more_intents = !none;
        if none {
            self.deps.bus.publish(api::Event::Timeline { group: self.group().to_hex() });
        }
        Ok(())
    }

    /// The intent stays queued, and is handed in again after the wait.
    fn wait_to_claim(&mut self, intent: IntentId, people: Vec<UserUri>, wait: ClaimWait) {
        let ClaimWait { until, put_off } = wait;
        self.claiming = Some(ChangesWait::KeyPackages { intent, people, put_off });
        self.claim_wait = Some(wait);
        self.wake_at = Some(self.wake_at.map_or(until, |at| at.min(until)));
    }

    /// Shows that a claim is in progress, as it may take a while. A retry keeps showing what came of the last claim.
    fn show_claiming(&self, intent: IntentId, people: &[UserUri]) {
        let shown = self.deps.live.changes_wait(&self.group());
        let again = matches!(shown, Some(ChangesWait::KeyPackages { intent: shown, .. }) if shown == intent);
        if !again {
            let people = people.to_vec();
            self.show_waiting_for(Some(ChangesWait::KeyPackages { intent, people, put_off: false }));
        }
    }

    /// Creates a new leaf signature key, and queues an intent to switch to it.
    async fn new_signer(&mut self) -> Result<(), Fault> {
        let (handle, chain) = self.deps.new_leaf().await?;
        self.add_signer(handle.clone());
        let signer = record::NewSigner { handle, chain: chain_bytes(&chain) };
        let (group, now) = (self.group(), self.deps.clock.now());
        let kind = record::IntentKind::Update { signer: Some(signer) };
        let written: Result<_, StoreFault> =
            self.deps.store.write(move |tx| tx.add_intent(&group, &kind, now).map(drop)).await;
        written?;
        self.more_intents = true;
        Ok(())
    }
}
