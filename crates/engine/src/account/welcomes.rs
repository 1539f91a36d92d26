//! Works through the Welcomes that arrived and those that are held: in order, each until it is handled.

use std::collections::{HashMap, VecDeque};

use actix::Addr;
use conclave_delivery::InboxEntry;

use super::welcome::{Fault, Opened, Remedy, Source, open};
use crate::deps::Deps;
use crate::executor::StoreFault;
use crate::registry::GroupRegistry;

/// Tries of a Welcome whose fault may be its own, before it is passed over.
const TRIES_MAX: u32 = 6;

/// What is to be worked through.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Try the held Welcomes.
    pub(super) held: bool,
    /// Entries of the inbox, in order.
    pub(super) entries: VecDeque<InboxEntry>,
    /// Failures by Welcome: of the first in the inbox, and of held ones.
    pub(super) failures: HashMap<Source, u32>,
}

/// The result.
#[derive(Debug)]
pub(super) struct Worked {
    /// What is to be done again.
    pub(super) left: Work,
    /// Key packages were used up.
    pub(super) joined: bool,
    /// A Welcome waits for the log of a group that was only just joined.
    pub(super) waits: bool,
}

/// What became of one Welcome.
enum Step {
    Handled(Opened),
    /// It can't be handled now.
    Later,
}

/// Works through it. What can't be handled now is left over.
pub(super) async fn work(deps: &Deps, registry: &Addr<GroupRegistry>, mut work: Work) -> Worked {
    let (mut joined, mut waits) = (false, false);
    let mut note = |opened: Opened| {
        joined |= matches!(opened, Opened::Joined | Opened::Before);
        waits |= matches!(opened, Opened::HeldForLog | Opened::Before);
    };
    if work.held {
        work.held = match open_held(deps, registry, &mut work.failures, &mut note).await {
            Ok(again) => again,
            Err(fault) => {
                tracing::warn!(%fault, "held Welcomes were not tried");
                true
            }
        };
    }
    let mut upto = None;
    while let Some(entry) = work.entries.front() {
        let source = Source::Inbox(entry.seq);
        match step(deps, registry, &entry.welcome, source, &mut work.failures).await {
            Step::Handled(opened) => note(opened),
            Step::Later => break,
        }
        upto = Some(entry.seq);
        work.entries.pop_front();
    }
    if let Some(upto) = upto
        && let Err(error) = deps.service.acknowledge_inbox(upto).await
    {
        // They come again, and are passed over by the cursor.
        tracing::debug!(%error, "the inbox was not acknowledged");
    }
    Worked { left: work, joined, waits }
}

/// True where one of them is to be tried again.
async fn open_held(
    deps: &Deps,
    registry: &Addr<GroupRegistry>,
    failures: &mut HashMap<Source, u32>,
    note: &mut impl FnMut(Opened),
) -> Result<bool, StoreFault> {
    let mut again = false;
    for one in deps.store.read(|v| v.held_welcomes()).await? {
        let Some(welcome) = deps.store.read(move |v| v.held_welcome(one.id)).await? else { continue };
        match step(deps, registry, &welcome, one.into(), failures).await {
            Step::Handled(opened) => note(opened),
            Step::Later => again = true,
        }
    }
    Ok(again)
}

async fn step(
    deps: &Deps,
    registry: &Addr<GroupRegistry>,
    welcome: &bytes::Bytes,
    source: Source,
    failures: &mut HashMap<Source, u32>,
) -> Step {
    let fault = match open(deps, registry, welcome, source).await {
        Ok(opened) => {
            failures.remove(&source);
            return Step::Handled(opened);
        }
        Err(fault) => fault,
    };
    let tries = failures.entry(source).or_default();
    *tries += u32::from(fault.remedy() == Remedy::FewTries);
    if fault.remedy() != Remedy::None && *tries < TRIES_MAX {
        tracing::warn!(%fault, tries, "a Welcome waits");
        return Step::Later;
    }
    tracing::warn!(%fault, "a Welcome was passed over");
    match deps.store.write(move |tx| source.handled(tx)).await {
        Ok(()) => {
            failures.remove(&source);
            Step::Handled(Opened::PassedOver)
        }
        Err(fault) => {
            tracing::warn!(fault = %Fault::from(fault), "a Welcome was not passed over");
            Step::Later
        }
    }
}
