//! The inbox: each Welcome is a group to join (RFC 9420 §12.4.3.1).

use actix::Addr;
use conclave_delivery::{InboxEntry, ReadFrom, ServiceError};
use conclave_group::{JoinError, Machine, Now, StoredKeyPackage, inspect_welcome};
use conclave_protocol::Seq;

use crate::api;
use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::groups::{NewGroupRows, follow};
use crate::keys::KeyFault;
use crate::persist::key_package_from_row;
use crate::registry::{GroupRegistry, new_intents, retire};

/// Why a Welcome was not opened this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InboxFault {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Key(#[from] KeyFault),
    #[error(transparent)]
    Join(#[from] JoinError),
    #[error("the work was given up")]
    Stopped,
}

/// Asks for what is in the inbox after the last entry that was handled.
pub(super) async fn subscribe(deps: &Deps) -> Result<(), InboxFault> {
    let account = deps.store.read(|v| v.account()).await?;
    let after = account.map_or(Seq(0), |a| a.inbox_cursor);
    Ok(deps.gateway.subscribe_inbox(after).await?)
}

/// Opens Welcomes in order; stops at the first one that may work later. Says whether key packages were used.
pub(super) async fn open(deps: &Deps, registry: &Addr<GroupRegistry>, entries: Vec<InboxEntry>) -> bool {
    let mut used = false;
    let mut upto = None;
    for entry in entries {
        match open_one(deps, registry, &entry).await {
            Ok(()) => used = true,
            Err(InboxFault::Join(error)) if error.is_final() => {
                tracing::warn!(%error, "a Welcome was passed over");
                let seq = entry.seq;
                if let Err(fault) = deps.store.write(move |tx| tx.set_inbox_cursor(seq)).await {
                    tracing::warn!(%fault, "the inbox rests");
                    break;
                }
            }
            Err(fault) => {
                tracing::warn!(%fault, "the inbox rests");
                break;
            }
        }
        upto = Some(entry.seq);
    }
    if let Some(upto) = upto
        && let Err(error) = deps.gateway.acknowledge_inbox(upto).await
    {
        // They come again, and are passed over by the cursor.
        tracing::debug!(%error, "the inbox was not acknowledged");
    }
    used
}

async fn open_one(deps: &Deps, registry: &Addr<GroupRegistry>, entry: &InboxEntry) -> Result<(), InboxFault> {
    let account = deps.store.read(|v| v.account()).await?;
    if account.is_some_and(|a| a.inbox_cursor >= entry.seq) {
        return Ok(());
    }
    let rows = deps.store.read(|v| v.key_packages()).await?;
    let packages: Vec<_> = rows.into_iter().map(key_package_from_row).collect();
    let package = meant(&entry.welcome, &packages)?;
    deps.load_key(&package.handle).await?;
    let find = |reference: &[u8]| packages.iter().find(|p| p.reference == reference).cloned();
    let info = inspect_welcome(&deps.env(), &entry.welcome, find)?;
    let tree = match info.tree {
        Some(blob) => Some(deps.gateway.blob(blob.id()).await?),
        None => None,
    };
    let (env, welcome, handle) = (deps.env(), entry.welcome.clone(), package.handle.clone());
    let now = Now { local: deps.now() };
    let joined =
        deps.executor.compute(move || Machine::join(env, &welcome, &package, tree.as_ref(), now)).await;
    deps.unload_key(&handle);
    let (machine, effects) = joined.map_err(|_| InboxFault::Stopped)??;
    let group = *machine.group();
    let rows = NewGroupRows { group, signer: handle, effects };
    let retired = retire(registry, Some(group)).await;
    let generation = rows.persist(deps, Some(entry.seq)).await?;
    drop(retired);
    if let Some(seed) = machine.access_seed(machine.epoch()) {
        let key = conclave_delivery::AccessKey::new(seed.epoch, seed.seed);
        follow(registry, generation.group, ReadFrom::StartOf(machine.epoch()), key).await;
    }
    deps.bus.tell(api::Event::Groups);
    new_intents(registry, generation.group).await;
    Ok(())
}

/// Which of these key packages the Welcome is for, without opening it.
fn meant(welcome: &[u8], packages: &[StoredKeyPackage]) -> Result<StoredKeyPackage, JoinError> {
    let references = conclave_group::welcome_references(welcome)?;
    let found = packages.iter().find(|p| references.contains(&p.reference));
    found.cloned().ok_or(JoinError::NoKeyPackage)
}
