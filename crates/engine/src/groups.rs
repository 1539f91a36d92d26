//! Memberships of groups: the rows of a new one, and how they are followed.

use actix::Addr;
use conclave_delivery::{AccessKey, ReadFrom};
use conclave_group::Effects;
use conclave_group::signer::KeyHandle;
use conclave_protocol::{GroupId, Seq, Timestamp};
use conclave_store::{AccessSeed, Error, Generation, GroupStatus, LiveGroup, Tx, View};

use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::persist;
use crate::registry::{Actors, GroupRegistry, Poke};
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

/// Follows the log of a membership.
pub(crate) async fn follow(
    registry: &Addr<GroupRegistry>,
    generation: Generation,
    from: ReadFrom,
    key: AccessKey,
) {
    // Without actors the account is closing.
    if let Ok((sync, _)) = registry.send(Actors).await {
        sync.do_send(Attach { generation, from, key });
    }
}

/// Follows the logs of all memberships that the store has, and starts those with something to do. Those that are
/// followed already stay as they are.
pub(crate) async fn follow_stored(deps: &Deps, registry: &Addr<GroupRegistry>) -> Result<(), StoreFault> {
    let read = |v: &View<'_>| v.live_groups()?.into_iter().map(|g| Stored::read(v, g)).collect();
    let groups: Vec<Stored> = deps.store.read(read).await?;
    for Stored { live, access, busy } in groups {
        let LiveGroup { generation, epoch, cursor, .. } = live;
        let followed = access.is_some();
        if let Some(access) = access {
            let key = AccessKey::new(access.epoch, access.seed);
            let from = if cursor == Seq(0) { ReadFrom::StartOf(epoch) } else { ReadFrom::After(cursor) };
            follow(registry, generation, from, key).await;
        }
        // One that can't be followed is damaged: its actor finds that, and shows it.
        if busy || !followed {
            registry.do_send(Poke { group: generation.group });
        }
    }
    Ok(())
}

/// A membership that the store has.
struct Stored {
    live: LiveGroup,
    /// Of the current epoch.
    access: Option<AccessSeed>,
    /// Something is queued or under way.
    busy: bool,
}

impl Stored {
    fn read(view: &View<'_>, live: LiveGroup) -> Result<Self, Error> {
        let seeds = view.access_seeds(&live.generation)?;
        let access = seeds.into_iter().find(|s| s.epoch == live.epoch);
        let busy = live.status != GroupStatus::Active || view.is_busy(&live.generation.group)?;
        Ok(Self { live, access, busy })
    }
}
