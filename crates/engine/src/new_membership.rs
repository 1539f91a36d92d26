//! The rows of a new membership, and how the logs of memberships are followed.

use actix::Addr;
use conclave_delivery::AccessKey;
use conclave_group::{Effects, ReadFrom};
use conclave_protocol::{GroupId, Seq, Timestamp};
use conclave_record::{Generation, GroupStatus, KeyHandle};
use conclave_store::{Error, LiveGroup, LogPlace, Tx, View};

use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::registry::{Actors, GroupRegistry, look};
use crate::sync::{Attach, Follow, Keys};

/// The first rows of a created or joined group.
pub(crate) struct NewGroupRows {
    pub(crate) group: GroupId,
    /// The leaf's signature key.
    pub(crate) signer: KeyHandle,
    pub(crate) effects: Effects,
}

impl NewGroupRows {
    /// Writes a new generation in one transaction.
    pub(crate) async fn persist(self, deps: &Deps) -> Result<(Generation, LogPlace), StoreFault> {
        let now = deps.clock.now();
        deps.store.write(move |tx| self.write(tx, now)).await
    }

    /// Replaces the present generation by a new one, if `may` returns true. `may` runs in the same transaction, and can
    /// write in it.
    pub(crate) async fn replace(
        self,
        deps: &Deps,
        may: impl FnOnce(&mut Tx<'_>) -> Result<bool, Error> + Send + 'static,
    ) -> Result<Option<(Generation, LogPlace)>, StoreFault> {
        let now = deps.clock.now();
        let write = move |tx: &mut Tx<'_>| if may(tx)? { self.write(tx, now).map(Some) } else { Ok(None) };
        deps.store.write(write).await
    }

    fn write(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(Generation, LogPlace), Error> {
        let generation = tx.start_generation(&self.group, &self.signer, now)?;
        tx.promote(&generation)?;
        tx.apply(&generation, &self.effects.writes)?;
        let log = tx.view().log_place(&generation)?;
        Ok((generation, log))
    }
}

/// Follows the log of a membership.
pub(crate) async fn follow(registry: &Addr<GroupRegistry>, generation: Generation, follow: Follow) {
    // An error means that the account is closing.
    if let Ok((sync, _)) = registry.send(Actors).await {
        sync.do_send(Attach { generation, follow });
    }
}

/// Follows the logs of all stored memberships, and starts the actors of those with work to do. Those that are followed
/// already are not changed.
pub(crate) async fn follow_stored(deps: &Deps, registry: &Addr<GroupRegistry>) -> Result<(), StoreFault> {
    let read = |v: &View<'_>| v.live_groups()?.into_iter().map(|g| Stored::read(v, g)).collect();
    let groups: Vec<Stored> = deps.store.read(read).await?;
    for Stored { live, keys, log, busy } in groups {
        let LiveGroup { generation, epoch, cursor, .. } = live;
        let followed = keys.is_some();
        if let Some(keys) = keys {
            let from = if cursor == Seq(0) { ReadFrom::StartOf(epoch) } else { ReadFrom::After(cursor) };
            follow(registry, generation, Follow { from, keys, log }).await;
        }
        // One that can't be followed is damaged: its actor detects and shows that.
        if busy || !followed {
            look(registry, generation.group);
        }
    }
    Ok(())
}

/// A stored membership.
struct Stored {
    live: LiveGroup,
    /// None if the key of the present epoch is missing.
    keys: Option<Keys>,
    log: LogPlace,
    /// Something is queued or in flight.
    busy: bool,
}

impl Stored {
    fn read(view: &View<'_>, live: LiveGroup) -> Result<Self, Error> {
        let seeds = view.access_seeds(&live.generation)?;
        let keys = seeds.into_iter().map(|seed| AccessKey::new(seed.epoch, seed.seed)).collect();
        let keys = Keys::of(live.epoch, keys);
        let log = view.log_place(&live.generation)?;
        let busy = live.status != GroupStatus::Active || view.is_busy(&live.generation.group)?;
        Ok(Self { live, keys, log, busy })
    }
}
