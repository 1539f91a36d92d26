//! A Welcome: whether its group may be joined now, and joining it (RFC 9420 §12.4.3.1).
//!
//! A Welcome proves nothing about a membership that is here already: anybody who has one of this client's key packages can
//! make one for any group id. So it never replaces a membership that stands. If this client really was removed and added
//! again, the group's own log shows it, and then the Welcome is opened; until then it is held. The log is asked first
//! whether it has begun the Welcome's epoch: only members of that epoch can prove it, so a Welcome that the log denies is
//! forged, and takes nobody's room.

use actix::Addr;
use bytes::Bytes;
use conclave_delivery::{AccessKey, ServiceError};
use conclave_group::{JoinError, Machine, Now, ReadFrom, WelcomeInfo, inspect_welcome};
use conclave_protocol::{Epoch, GroupId, Seq, Timestamp, UserUri};
use conclave_record::{GroupStatus, KeyPackageRow};
use conclave_store::{Error as StoreError, HeldWelcome, HeldWelcomeId, Tx, View, WelcomeToHold};

use crate::api;
use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::keys::KeyFault;
use crate::new_membership::{NewGroupRows, follow};
use crate::registry::{FollowStored, GroupRegistry, look, retire};
use crate::sync::{Follow, Keys};

/// A joined group whose log has not shown the commit of the join after this long gives way to another Welcome.
pub(super) const UNANCHORED_MS: u64 = 60_000;

/// Groups that one person can add this client to within [`JOINS_MS`]; further Welcomes are passed over.
const JOINS_PER_SENDER_MAX: u32 = 128;
/// A day.
const JOINS_MS: u64 = 24 * 60 * 60 * 1000;

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

/// What to do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing: drop the Welcome.
    None,
    /// Retry for ever: it is not the Welcome's fault.
    Wait,
    /// Retry a few times.
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

/// Where a Welcome is from, and what is stored when it was handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Inbox(Seq),
    Held(HeldWelcomeId),
}

impl From<HeldWelcome> for Source {
    fn from(held: HeldWelcome) -> Self {
        Self::Held(held.id)
    }
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

/// What a group's log shows of a Welcome's epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogSays {
    /// It began that epoch, and opens to its access key.
    Known,
    /// It has no such epoch, or another one of that number.
    Unknown,
    /// There is no such log.
    NoLog,
    /// The service did not answer.
    Nothing,
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
        deps.bus.publish(api::Event::Groups);
        return Ok(Opened::Before);
    }
    let packages = deps.store.read(|v| v.key_packages()).await?;
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
    package: &KeyPackageRow,
    source: Source,
) -> Result<Opened, Fault> {
    let find = |reference: &[u8]| (package.reference == reference).then(|| package.clone());
    let info = inspect_welcome(&deps.env(), welcome, find)?;
    let place = Place {
        group: info.group,
        epoch: info.epoch,
        now: deps.clock.now(),
        lost: deps.live.is_lost(&info.group),
        set_back: deps.live.is_set_back(&info.group),
    };
    let (here, verdict, known) = deps.store.read(move |view| place.look(view, source)).await?;
    if verdict == Verdict::Never {
        return pass_over(deps, &place, source).await;
    }
    if known && verdict != Verdict::Join {
        return Ok(verdict.held());
    }
    let (machine, rows) = join(deps, welcome, package, info).await?;
    let says = ask_log(deps, &machine).await;
    if says == LogSays::NoLog || (here && says == LogSays::Unknown) {
        return pass_over(deps, &place, source).await;
    }
    let sender = machine.head().added_by.as_ref().map(|client| client.user().clone());
    let sender = sender.ok_or(JoinError::Unsigned)?;
    let to_hold = WelcomeToHold {
        welcome: welcome.clone(),
        sender: sender.clone(),
        epoch: place.epoch,
        known: says == LogSays::Known,
    };
    if verdict != Verdict::Join || (here && says == LogSays::Nothing) {
        return hold(deps, &place, to_hold, verdict, source).await;
    }
    // Nobody starts the group's actor before the new membership is followed.
    let retired = retire(registry, Some(place.group)).await;
    let last_resort = package.last_resort.then(|| package.reference.clone());
    let joined = rows.replace(deps, move |tx| {
        if place.verdict(&tx.view())? != Verdict::Join || place.are_too_many(&tx.view(), &sender)? {
            return Ok(false);
        }
        if let Some(reference) = &last_resort {
            tx.set_key_package_used(reference)?;
        }
        source.handled(tx).map(|()| true)
    });
    let Some((generation, log)) = joined.await? else {
        drop(retired);
        if here {
            return hold(deps, &place, to_hold, verdict, source).await;
        }
        return pass_over(deps, &place, source).await;
    };
    if let Some(seed) = machine.access_seed(machine.epoch()) {
        let keys = Keys { present: AccessKey::new(seed.epoch, seed.seed), former: Vec::new() };
        let from = ReadFrom::StartOf(machine.epoch());
        follow(registry, generation, Follow { from, keys, log }).await;
    }
    drop(retired);
    tracing::info!(group = %place.group, epoch = place.epoch.0, "a group was joined");
    deps.bus.publish(api::Event::Groups);
    look(registry, generation.group);
    Ok(Opened::Joined)
}

/// Asks whether the group's log began the epoch that was joined.
async fn ask_log(deps: &Deps, machine: &Machine) -> LogSays {
    let epoch = machine.epoch();
    let Some(seed) = machine.access_seed(epoch) else { return LogSays::Unknown };
    let key = AccessKey::new(seed.epoch, seed.seed);
    match deps.service.read_start(*machine.group(), key, epoch).await {
        Ok(_) => LogSays::Known,
        Err(error) => {
            tracing::info!(%error, epoch = epoch.0, "the log did not show a Welcome's epoch");
            match error {
                ServiceError::NoSuchLog => LogSays::NoLog,
                ServiceError::ProveEpoch | ServiceError::Unauthenticated(_) | ServiceError::Refused(_) => {
                    LogSays::Unknown
                }
                _ => LogSays::Nothing,
            }
        }
    }
}

/// Which of these key packages the Welcome is for, without opening it.
fn meant(welcome: &[u8], packages: &[KeyPackageRow]) -> Result<KeyPackageRow, JoinError> {
    let references = conclave_group::welcome_references(welcome)?;
    let found = packages.iter().find(|p| references.contains(&p.reference));
    found.cloned().ok_or(JoinError::NoKeyPackage)
}

async fn join(
    deps: &Deps,
    welcome: &Bytes,
    package: &KeyPackageRow,
    info: WelcomeInfo,
) -> Result<(Machine, NewGroupRows), Fault> {
    let tree = match info.tree {
        Some(blob) => Some(deps.service.get_blob(blob.id()).await?),
        None => None,
    };
    let (env, now) = (deps.env(), Now { local: deps.now() });
    let (bytes, key_package) = (welcome.clone(), package.clone());
    let work = move || Machine::join(env, &bytes, &key_package, tree.as_ref(), now);
    let (machine, effects) = deps.executor.compute(work).await.map_err(|_| Fault::Stopped)??;
    let rows = NewGroupRows { group: info.group, signer: package.handle.clone(), effects };
    Ok((machine, rows))
}

/// The group and epoch of a Welcome, and what is known of them now.
#[derive(Debug, Clone, Copy)]
struct Place {
    group: GroupId,
    epoch: Epoch,
    now: Timestamp,
    /// The service has no log of the group for this client any more, so it will never show that it is out.
    lost: bool,
    /// It was set back to an epoch before this client's.
    set_back: bool,
}

impl Place {
    /// Whether there is a membership here, whether it gives way, and whether the Welcome waits already with its epoch
    /// known.
    fn look(&self, view: &View<'_>, source: Source) -> Result<(bool, Verdict, bool), StoreError> {
        let (here, verdict) = (view.standing(&self.group)?.is_some(), self.verdict(view)?);
        let mut known =
            view.held_welcomes()?.into_iter().filter(|held| held.group == self.group && held.known);
        Ok(match source {
            Source::Held(id) => (here, verdict, known.any(|held| held.id == id)),
            // Those that wait come first, so that each membership is seen.
            Source::Inbox(_) if verdict == Verdict::Join && known.next().is_some() => {
                (here, Verdict::HoldForLog, false)
            }
            Source::Inbox(_) => (here, verdict, false),
        })
    }

    /// Whether a Welcome into this epoch may take the place of the membership that is here.
    fn verdict(&self, view: &View<'_>) -> Result<Verdict, StoreError> {
        let Some(standing) = view.standing(&self.group)? else { return Ok(Verdict::Join) };
        Ok(match standing.status {
            GroupStatus::Left | GroupStatus::Removed { .. } | GroupStatus::Broken { .. } => Verdict::Join,
            // Nobody else knows its id yet.
            GroupStatus::Creating => Verdict::Never,
            GroupStatus::Active | GroupStatus::Leaving if !standing.anchored => {
                let waited = standing.started.plus_ms(UNANCHORED_MS) <= self.now;
                if waited { Verdict::Join } else { Verdict::HoldForLog }
            }
            // The epochs go on from an earlier one, and may not have come so far again.
            GroupStatus::Active | GroupStatus::Leaving if self.set_back => Verdict::Join,
            // This client was in that epoch, or past it, and was not taken out before.
            GroupStatus::Active | GroupStatus::Leaving if self.epoch <= standing.epoch => Verdict::Never,
            GroupStatus::Active | GroupStatus::Leaving if self.lost || standing.behind => Verdict::Join,
            GroupStatus::Active | GroupStatus::Leaving => Verdict::Hold,
        })
    }

    /// Whether somebody has added this client to as many groups lately as one may.
    fn are_too_many(&self, view: &View<'_>, sender: &UserUri) -> Result<bool, StoreError> {
        let since = Timestamp(self.now.0.saturating_sub(JOINS_MS));
        Ok(view.joined_by(sender, since)? >= JOINS_PER_SENDER_MAX)
    }
}

impl Verdict {
    fn held(self) -> Opened {
        if self == Self::Hold { Opened::Held } else { Opened::HeldForLog }
    }
}

async fn pass_over(deps: &Deps, place: &Place, source: Source) -> Result<Opened, Fault> {
    deps.store.write(move |tx| source.handled(tx)).await?;
    tracing::info!(group = %place.group, epoch = place.epoch.0, "a Welcome was passed over");
    Ok(Opened::PassedOver)
}

/// Keeps a Welcome for later, or leaves it where it waits.
async fn hold(
    deps: &Deps,
    place: &Place,
    to_hold: WelcomeToHold,
    verdict: Verdict,
    source: Source,
) -> Result<Opened, Fault> {
    let (group, opened) = (place.group, verdict.held());
    let write = move |tx: &mut Tx<'_>| match source {
        Source::Held(id) if to_hold.known => tx.set_welcome_known(id).map(|()| opened),
        Source::Held(_) => Ok(opened),
        Source::Inbox(_) => {
            let held = tx.hold_welcome(&group, &to_hold)?;
            source.handled(tx)?;
            Ok(if held { opened } else { Opened::PassedOver })
        }
    };
    let opened = deps.store.write(write).await?;
    tracing::info!(%group, epoch = place.epoch.0, ?opened, "a Welcome to a group that this client is in");
    Ok(opened)
}
