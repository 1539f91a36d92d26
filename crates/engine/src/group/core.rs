//! What a group's actor owns: the machine, and how it is loaded.

use std::sync::Arc;

use actix::Addr;
use conclave_delivery::AccessKey;
use conclave_group::{Input, Machine};
use conclave_protocol::{Epoch, GroupId, Seq, Timestamp};
use conclave_record::{Generation, KeyHandle};
use conclave_store::View;

use super::fault::Fault;
use super::notify::PendingNotifications;
use crate::api;
use crate::deps::Deps;
use crate::keys::KeyFault;
use crate::live::ChangesWait;
use crate::sync::{Mark, Place, SyncActor, WantHead};

/// The owner of a group's machine.
pub(super) struct Core {
    pub(super) deps: Deps,
    pub(super) sync: Addr<SyncActor>,
    pub(super) generation: Generation,
    pub(super) machine: Option<Machine>,
    /// Where the cursor is in the service's log.
    pub(super) place: Place,
    /// The marks of the present or last batch.
    pub(super) marks: Arc<[(Seq, Mark)]>,
    /// The loaded signature keys of this membership: the leaf's, and at most one for each intent to renew it, whose
    /// commit may be in the log already.
    signers: Vec<KeyHandle>,
    pub(super) wake_at: Option<Timestamp>,
    /// Claims of key packages since intents were added; bounded, as a person may have none that can be used.
    pub(super) claims: u32,
    /// The next claim of key packages waits until then.
    pub(super) claim_wait: Option<ClaimWait>,
    /// The claim that had no answer since intents were last handed in.
    pub(super) claiming: Option<ChangesWait>,
    /// A step queued intents: hand them in.
    pub(super) more_intents: bool,
    /// The membership ended or broke, and the account actor has yet to be notified.
    pub(super) over: bool,
    /// The service was set back, and the account actor has yet to be notified.
    pub(super) set_back: bool,
    pub(super) notifications: PendingNotifications,
    /// A step may be durable without its events having been published: the next load publishes all.
    pub(super) unpublished: bool,
}

/// A claim of key packages had no answer, and is retried later.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClaimWait {
    pub(super) until: Timestamp,
    /// The service asked to retry later.
    pub(super) put_off: bool,
}

impl Core {
    pub(super) fn new(deps: Deps, sync: Addr<SyncActor>, generation: Generation) -> Self {
        Self {
            deps,
            sync,
            generation,
            machine: None,
            place: Place::default(),
            marks: Arc::default(),
            signers: Vec::new(),
            wake_at: None,
            claims: 0,
            claim_wait: None,
            claiming: None,
            more_intents: false,
            over: false,
            set_back: false,
            notifications: PendingNotifications::default(),
            unpublished: false,
        }
    }

    pub(super) fn group(&self) -> GroupId {
        self.generation.group
    }

    /// Makes sure that the machine is loaded.
    pub(super) async fn ready(&mut self) -> Result<(), Fault> {
        if self.machine.is_some() {
            return Ok(());
        }
        self.load().await?;
        self.publish_all().await;
        self.sync.do_send(WantHead { group: self.group() });
        self.step(Input::Wake).await?;
        self.hand_in_intents().await
    }

    /// Loads the machine; its next step submits again what was in flight.
    pub(super) async fn load(&mut self) -> Result<(), Fault> {
        let generation = self.generation;
        let read = move |v: &View<'_>| match v.saved(&generation)? {
            Some(saved) => Ok(Some((saved, v.log_place(&generation)?))),
            None => Ok(None),
        };
        let (saved, log) = self.deps.store.read(read).await?.ok_or(Fault::Gone)?;
        self.place = Place::stored(saved.cursor, &log);
        self.load_signers().await?;
        let env = self.deps.env();
        let machine = self.deps.executor.compute(move || Machine::load(env, saved)).await;
        let machine = machine.map_err(|stopped| Fault::Machine(stopped.to_string()))??;
        self.machine = Some(machine);
        Ok(())
    }

    /// Loads the signature keys that the store names, and unloads the others.
    pub(super) async fn load_signers(&mut self) -> Result<(), Fault> {
        let generation = self.generation;
        let named = self.deps.store.read(move |v| v.signers(&generation)).await?;
        for handle in named.leaf.iter().chain(&named.coming) {
            if self.signers.contains(handle) {
                continue;
            }
            match self.deps.load_key(handle).await {
                Ok(()) => self.signers.push(handle.clone()),
                // The intent fails, and another key is requested.
                Err(KeyFault::Absent(_)) if named.coming.contains(handle) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        let is_named = |handle: &KeyHandle| named.leaf.iter().chain(&named.coming).any(|one| one == handle);
        for gone in self.signers.extract_if(.., |handle| !is_named(handle)) {
            self.deps.unload_key(&gone);
        }
        Ok(())
    }

    /// Adds a signature key that was created for this membership, and is loaded.
    pub(super) fn add_signer(&mut self, handle: KeyHandle) {
        self.signers.push(handle);
    }

    /// Shows what the user's changes wait for.
    pub(super) fn show_waits(&self) {
        let waits = self.machine.as_ref().and_then(|machine| {
            let claiming = self.claiming.clone();
            claiming.or_else(|| machine.waits().map(ChangesWait::Machine))
        });
        self.show_waiting_for(waits);
    }

    pub(super) fn show_waiting_for(&self, waits: Option<ChangesWait>) {
        if self.deps.live.set_changes_wait(self.group(), waits) {
            self.deps.bus.publish(api::Event::Group { group: self.group().to_hex() });
        }
    }

    /// Whether another signature key than the leaf's is loaded.
    pub(super) fn renews_signer(&self) -> bool {
        self.signers.len() > 1
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        for signer in &self.signers {
            self.deps.unload_key(signer);
        }
    }
}

/// The access key of an epoch that the machine still knows.
pub(super) fn access_key(machine: &Machine, epoch: Epoch) -> Option<AccessKey> {
    machine.access_seed(epoch).map(|seed| AccessKey::new(epoch, seed.seed))
}

/// The access keys of all epochs that the machine still knows.
pub(super) fn access_keys(machine: &Machine) -> Vec<AccessKey> {
    machine.access_seeds().map(|seed| AccessKey::new(seed.epoch, seed.seed)).collect()
}
