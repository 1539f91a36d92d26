//! The engine's only interface: commands, queries, events. Each call is durable, or returns why nothing was changed.

mod arrangement;
mod deletion;
mod draft;
mod group;
mod invitation;
mod lifecycle;
mod log_export;
mod message;
mod onboarding;
mod people;
mod permissions;
mod profile;
mod query;
mod settings;
mod shown;
mod translate;
mod turns;
mod waiting;

pub use lifecycle::STORE_FILE;

use std::fmt;
use std::sync::{Arc, RwLock};

use actix::Addr;
use conclave_protocol::{GroupId, PersonName};

use crate::api::{AppState, Error};
use crate::bus::{EventBus, Events};
use crate::config::EngineConfig;
use crate::deps::Deps;
use crate::registry::GroupRegistry;
use crate::runtime::Runtime;
use crate::sync::SyncActor;

/// One profile's engine. Clones are the same engine; dropping the last one ends its threads.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    config: EngineConfig,
    bus: EventBus,
    runtime: Runtime,
    phase: RwLock<Phase>,
    /// Opening, unlocking, and creating and deleting an account happen one at a time.
    opening: tokio::sync::Mutex<()>,
    turns: turns::Turns,
}

/// The state of the engine.
#[derive(Debug, Clone)]
enum Phase {
    /// Not tried yet.
    Unopened,
    /// Not usable (yet), and why.
    Not(AppState),
    /// An account is open.
    Open(Box<Open>),
    /// Closed for good.
    Closed,
}

/// An open account.
#[derive(Debug, Clone)]
struct Open {
    deps: Deps,
    registry: Addr<GroupRegistry>,
    sync: Addr<SyncActor>,
    service: crate::api::Service,
    name: Option<PersonName>,
    /// Who invited this user to the service.
    invited_by: Option<String>,
}

impl Engine {
    /// The events from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.0.bus.subscribe()
    }

    /// The open account, or why there is none.
    fn account(&self) -> Result<Open, Error> {
        match &*self.0.phase.read().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Phase::Open(open) => Ok(Open::clone(open)),
            Phase::Not(AppState::KeychainLocked) => Err(Error::KeychainLocked),
            Phase::Not(AppState::DiskUnavailable) => Err(Error::DiskUnavailable),
            Phase::Not(_) | Phase::Unopened => Err(Error::NoAccount),
            Phase::Closed => Err(Error::Closing),
        }
    }

    /// The open account, and the group of this id (hex).
    fn in_group(&self, group: &str) -> Result<(Open, GroupId), Error> {
        Ok((self.account()?, GroupId::from_hex(group).ok_or(Error::NoSuchGroup)?))
    }

    fn set_phase(&self, phase: Phase) {
        self.put_phase(phase);
        self.0.bus.publish(crate::api::Event::State);
    }

    /// Sets the phase without an event: another phase follows at once.
    fn put_phase(&self, phase: Phase) {
        *self.0.phase.write().unwrap_or_else(std::sync::PoisonError::into_inner) = phase;
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("data_dir", &self.0.config.data_dir).finish_non_exhaustive()
    }
}
