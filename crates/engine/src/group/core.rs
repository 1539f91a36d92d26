//! What a group's actor owns: the machine, and how it is loaded and let go.

use actix::Addr;
use conclave_delivery::AccessKey;
use conclave_group::signer::KeyHandle;
use conclave_group::{Input, Machine};
use conclave_protocol::{Epoch, GroupId, Timestamp};
use conclave_store::Generation;

use super::fault::Fault;
use crate::deps::Deps;
use crate::persist::saved_from_row;
use crate::sync::{SyncActor, WantHead};

/// The owner of a group's machine.
pub(super) struct Core {
    pub(super) deps: Deps,
    pub(super) sync: Addr<SyncActor>,
    pub(super) generation: Generation,
    pub(super) machine: Option<Machine>,
    /// The leaf's signature key, held in memory while the machine is.
    signer: Option<KeyHandle>,
    pub(super) wake_at: Option<Timestamp>,
    /// Claims for one step's key packages, so that a person without usable ones is not asked for ever.
    pub(super) claims: u32,
    /// Intents went back to the queue: hand them in again.
    pub(super) again: bool,
}

impl Core {
    pub(super) fn new(deps: Deps, sync: Addr<SyncActor>, generation: Generation) -> Self {
        Self { deps, sync, generation, machine: None, signer: None, wake_at: None, claims: 0, again: false }
    }

    pub(super) fn group(&self) -> GroupId {
        self.generation.group
    }

    /// Makes sure that the machine is there.
    pub(super) async fn ready(&mut self) -> Result<(), Fault> {
        if self.machine.is_some() {
            return Ok(());
        }
        self.load().await?;
        self.sync.do_send(WantHead { group: self.group() });
        self.step(Input::Wake).await?;
        self.hand_in_intents().await
    }

    /// Loads the machine; with its next step it says again what was under way.
    pub(super) async fn load(&mut self) -> Result<(), Fault> {
        let generation = self.generation;
        let saved = self.deps.store.read(move |v| v.saved(&generation)).await?.ok_or(Fault::Gone)?;
        self.load_signer(saved.signer.as_deref()).await?;
        let saved = saved_from_row(saved);
        let env = self.deps.env();
        let machine = self.deps.executor.compute(move || Machine::load(env, saved)).await;
        let machine = machine.map_err(|stopped| Fault::Machine(stopped.to_string()))??;
        self.machine = Some(machine);
        Ok(())
    }

    async fn load_signer(&mut self, handle: Option<&str>) -> Result<(), Fault> {
        let handle = handle.map(KeyHandle::new);
        if self.signer == handle {
            return Ok(());
        }
        if let Some(new) = &handle {
            self.deps.load_key(new).await?;
        }
        if let Some(old) = std::mem::replace(&mut self.signer, handle) {
            self.deps.unload_key(&old);
        }
        Ok(())
    }

    /// The access key of an epoch that the machine still knows.
    pub(super) fn access_key(&self, epoch: Epoch) -> Option<AccessKey> {
        self.machine.as_ref().and_then(|m| access_key(m, epoch))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if let Some(signer) = &self.signer {
            self.deps.unload_key(signer);
        }
    }
}

fn access_key(machine: &Machine, epoch: Epoch) -> Option<AccessKey> {
    machine.access_seed(epoch).map(|seed| AccessKey::new(epoch, seed.seed))
}
