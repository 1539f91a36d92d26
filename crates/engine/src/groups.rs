//! A new membership of a group: its rows, and the start of its life.

use actix::Addr;
use conclave_delivery::{AccessKey, ReadFrom};
use conclave_group::Effects;
use conclave_group::signer::KeyHandle;
use conclave_protocol::{GroupId, Timestamp};
use conclave_store::{Error, Generation, Tx};

use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::persist;
use crate::registry::{Actors, GroupRegistry};
use crate::sync::Attach;

/// What a created or joined group begins with.
pub(crate) struct NewGroupRows {
    pub(crate) group: GroupId,
    /// The leaf's signature key.
    pub(crate) signer: KeyHandle,
    pub(crate) effects: Effects,
}

impl NewGroupRows {
    /// Writes a new generation in one transaction.
    pub(crate) async fn persist(self, deps: &Deps) -> Result<Generation, StoreFault> {
        let now = deps.clock.now();
        deps.store.write(move |tx| self.write(tx, now)).await
    }

    /// Writes a new generation in place of the one that is there, if `may` says so: it is asked in the same
    /// transaction, and may write in it.
    pub(crate) async fn replace(
        self,
        deps: &Deps,
        may: impl FnOnce(&mut Tx<'_>) -> Result<bool, Error> + Send + 'static,
    ) -> Result<Option<Generation>, StoreFault> {
        let now = deps.clock.now();
        let write = move |tx: &mut Tx<'_>| if may(tx)? { self.write(tx, now).map(Some) } else { Ok(None) };
        deps.store.write(write).await
    }

    fn write(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Generation, Error> {
        let generation = tx.start_generation(&self.group, self.signer.as_str(), now)?;
        tx.promote(&generation)?;
        persist::apply(tx, &generation, self.effects.writes)?;
        Ok(generation)
    }
}

/// Follows a group's log.
pub(crate) async fn follow(registry: &Addr<GroupRegistry>, group: GroupId, from: ReadFrom, key: AccessKey) {
    if let Ok((sync, _)) = registry.send(Actors).await {
        sync.do_send(Attach { group, from, key });
    }
}
