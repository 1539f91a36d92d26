//! A new membership of a group: its rows, and the start of its life.

use actix::Addr;
use conclave_delivery::{AccessKey, ReadFrom};
use conclave_group::Effects;
use conclave_group::signer::KeyHandle;
use conclave_protocol::{GroupId, Seq};
use conclave_store::Generation;

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
    /// Writes a new generation in one transaction; for a join together with the inbox cursor, so that a Welcome is
    /// opened once.
    pub(crate) async fn persist(self, deps: &Deps, inbox: Option<Seq>) -> Result<Generation, StoreFault> {
        let Self { group, signer, effects } = self;
        let now = deps.clock.now();
        let write = move |tx: &mut conclave_store::Tx<'_>| {
            let generation = tx.start_generation(&group, signer.as_str(), now)?;
            tx.promote(&generation)?;
            persist::apply(tx, &generation, effects.writes)?;
            if let Some(seq) = inbox {
                tx.set_inbox_cursor(seq)?;
            }
            Ok(generation)
        };
        deps.store.write(write).await
    }
}

/// Follows a group's log.
pub(crate) async fn follow(registry: &Addr<GroupRegistry>, group: GroupId, from: ReadFrom, key: AccessKey) {
    if let Ok((sync, _)) = registry.send(Actors).await {
        sync.do_send(Attach { group, from, key });
    }
}
