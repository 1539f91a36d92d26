//! A Welcome: whether its group may be joined now, and joining it (RFC 9420 §12.4.3.1).
//!
//! A Welcome says nothing about the membership that is here already: whoever holds one of this client's key packages
//! can make one for any group id. So it never takes the place of a membership that stands. Where this client really was
//! taken out and added again, the group's own log says so, and then the Welcome is opened; until then it is held.

use actix::Addr;
use bytes::Bytes;
use conclave_delivery::{AccessKey, ReadFrom, ServiceError};
use conclave_group::{JoinError, Machine, Now, StoredKeyPackage, WelcomeInfo, inspect_welcome};
use conclave_protocol::{Epoch, GroupId, Seq, Timestamp};
use conclave_store::{Error as StoreError, GroupStatus, HeldWelcomeId, Tx, View};

use crate::api;
use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::groups::{NewGroupRows, follow};
use crate::keys::KeyFault;
use crate::persist::key_package_from_row;
use crate::registry::{FollowStored, GroupRegistry, new_intents, retire};

/// A group that was joined, and whose log has not shown the commit that it was joined by after so long, gives way to
/// another Welcome: the log comes with the Welcome, or there is none.
pub(super) const UNANCHORED_MS: u64 = 60_000;

/// Why a Welcome was not opened this time.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
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

/// What is to be done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing helps: pass it over.
    None,
    /// Wait, however long: it is not the Welcome's fault.
    Wait,
    /// It may help to try again, a few times.
    FewTries,
}

impl Fault {
    pub(super) fn remedy(&self) -> Remedy {
        match self {
            Self::Join(error) if error.is_final() => Remedy::None,
            Self::Key(KeyFault::Absent(_)) => Remedy::None,
            Self::Key(KeyFault::Vault(error)) if error.is_unavailable() => Remedy::Wait,
            Self::Service(error) if error.may_pass() => Remedy::Wait,
            Self::Store(fault) if fault.may_pass() => Remedy::Wait,
            Self::Join(_) | Self::Key(_) | Self::Service(_) | Self::Store(_) | Self::Stopped => {
                Remedy::FewTries
            }
        }
    }
}

/// Where a Welcome comes from, and what remembers that it was handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Inbox(Seq),
    Held(HeldWelcomeId),
}

impl Source {
    pub(super) fn handled(self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        match self {
            Self::Inbox(seq) => tx.set_inbox_cursor(seq),
            Self::Held(id) => tx.drop_held_welcome(id),
        }
    }

    fn is_handled(self, view: &View<'_>) -> Result<bool, StoreError> {
        match self {
            Self::Inbox(seq) => Ok(view.account()?.is_some_and(|account| seq <= account.inbox_cursor)),
            Self::Held(id) => Ok(view.held_welcome(id)?.is_none()),
        }
    }
}

/// What became of a Welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    Joined,
    /// It waits until this client is out of its group.
    Held,
    /// It waits for the log of a group that was only just joined.
    HeldForLog,
    PassedOver,
    /// It was handled before, in whichever way.
    Before,
}

/// Whether a Welcome may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Join,
    Hold,
    /// As `Hold`, for a while only.
    HoldForLog,
    Never,
}

/// Opens a Welcome, or sets it aside; what becomes of it is durable together with its being handled.
pub(super) async fn open(
    deps: &Deps,
    registry: &Addr<GroupRegistry>,
    welcome: &Bytes,
    source: Source,
) -> Result<Opened, Fault> {
    if deps.store.read(move |view| source.is_handled(view)).await? {
        // An earlier try was durable, and its answer was lost: what it began is followed.
        registry.do_send(FollowStored);
        deps.bus.tell(api::Event::Groups);
        return Ok(Opened::Before);
    }
    let rows = deps.store.read(|v| v.key_packages()).await?;
    let packages: Vec<_> = rows.into_iter().map(key_package_from_row).collect();
    let package = meant(welcome, &packages)?;
    deps.load_key(&package.handle).await?;
    let opened = open_with(deps, registry, welcome, &package, source).await;
    deps.unload_key(&package.handle);
    opened
}

async fn open_with(
    deps: &Deps,
    registry: &Addr<GroupRegistry>,
    welcome: &Bytes,
    package: &StoredKeyPackage,
    source: Source,
) -> Result<Opened, Fault> {
    let find = |reference: &[u8]| (package.reference == reference).then(|| package.clone());
    let info = inspect_welcome(&deps.env(), welcome, find)?;
    let (group, epoch, now) = (info.group, info.epoch, deps.clock.now());
    let lost = deps.live.is_lost(&group);
    let verdict = deps.store.read(move |view| verdict(view, &group, epoch, now, lost)).await?;
    if verdict != Verdict::Join {
        return set_aside(deps, welcome, group, verdict, source).await;
    }
    let (machine, rows) = join(deps, welcome, package, info).await?;
    // Nobody starts the group's actor before the new membership is followed.
    let retired = retire(registry, Some(group)).await;
    let last_resort = package.last_resort.then(|| package.reference.clone());
    let joined = rows.replace(deps, move |tx| {
        if self::verdict(&tx.view(), &group, epoch, now, lost)? != Verdict::Join {
            return Ok(false);
        }
        if let Some(reference) = &last_resort {
            tx.set_key_package_used(reference)?;
        }
        source.handled(tx).map(|()| true)
    });
    let Some(generation) = joined.await? else {
        drop(retired);
        return set_aside(deps, welcome, group, Verdict::HoldForLog, source).await;
    };
    if let Some(seed) = machine.access_seed(machine.epoch()) {
        let key = AccessKey::new(seed.epoch, seed.seed);
        follow(registry, generation, ReadFrom::StartOf(machine.epoch()), key).await;
    }
    drop(retired);
    deps.bus.tell(api::Event::Groups);
    new_intents(registry, generation.group);
    Ok(Opened::Joined)
}

/// Which of these key packages the Welcome is for, without opening it.
fn meant(welcome: &[u8], packages: &[StoredKeyPackage]) -> Result<StoredKeyPackage, JoinError> {
    let references = conclave_group::welcome_references(welcome)?;
    let found = packages.iter().find(|p| references.contains(&p.reference));
    found.cloned().ok_or(JoinError::NoKeyPackage)
}

async fn join(
    deps: &Deps,
    welcome: &Bytes,
    package: &StoredKeyPackage,
    info: WelcomeInfo,
) -> Result<(Machine, NewGroupRows), Fault> {
    let tree = match info.tree {
        Some(blob) => Some(deps.gateway.blob(blob.id()).await?),
        None => None,
    };
    let (env, now) = (deps.env(), Now { local: deps.now() });
    let (bytes, key_package) = (welcome.clone(), package.clone());
    let work = move || Machine::join(env, &bytes, &key_package, tree.as_ref(), now);
    let (machine, effects) = deps.executor.compute(work).await.map_err(|_| Fault::Stopped)??;
    let rows = NewGroupRows { group: info.group, signer: package.handle.clone(), effects };
    Ok((machine, rows))
}

/// Whether a Welcome into this epoch may take the place of the membership that is here. `lost`: the service has no log
/// of the group for this client any more, so it will never show that it is out.
fn verdict(
    view: &View<'_>,
    group: &GroupId,
    epoch: Epoch,
    now: Timestamp,
    lost: bool,
) -> Result<Verdict, StoreError> {
    let Some(standing) = view.standing(group)? else { return Ok(Verdict::Join) };
    Ok(match standing.status {
        GroupStatus::Left | GroupStatus::Removed { .. } | GroupStatus::Broken { .. } => Verdict::Join,
        // Nobody else knows its id yet.
        GroupStatus::Creating => Verdict::Never,
        GroupStatus::Active | GroupStatus::Leaving if !standing.anchored => {
            if standing.started.plus_ms(UNANCHORED_MS) <= now { Verdict::Join } else { Verdict::HoldForLog }
        }
        // This client was in that epoch, or past it, and was not taken out before.
        GroupStatus::Active | GroupStatus::Leaving if epoch <= standing.epoch => Verdict::Never,
        GroupStatus::Active | GroupStatus::Leaving if lost || standing.behind => Verdict::Join,
        GroupStatus::Active | GroupStatus::Leaving => Verdict::Hold,
    })
}

async fn set_aside(
    deps: &Deps,
    welcome: &Bytes,
    group: GroupId,
    verdict: Verdict,
    source: Source,
) -> Result<Opened, Fault> {
    let opened = match verdict {
        Verdict::Hold => Opened::Held,
        Verdict::HoldForLog | Verdict::Join => Opened::HeldForLog,
        Verdict::Never => Opened::PassedOver,
    };
    let welcome = welcome.clone();
    let write = move |tx: &mut Tx<'_>| match source {
        _ if opened == Opened::PassedOver => source.handled(tx).map(|()| opened),
        Source::Held(_) => Ok(opened),
        Source::Inbox(_) => {
            let held = tx.hold_welcome(&group, &welcome)?;
            source.handled(tx)?;
            Ok(if held { opened } else { Opened::PassedOver })
        }
    };
    let opened = deps.store.write(write).await?;
    tracing::info!(%group, ?opened, "a Welcome to a group that this client is in");
    Ok(opened)
}
