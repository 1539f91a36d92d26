//! Where the actors run: on the engine's own threads, or on the test's task.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::oneshot;

use crate::deps::Deps;
use crate::executor::Executor;
use crate::housekeeping::Housekeeping;
use crate::registry::{GroupRegistry, Spread};

/// Most threads for groups, however many cores there are.
const GROUP_THREADS_MAX: usize = 8;

/// Where the actors run. Clones share the threads.
#[derive(Debug, Clone)]
pub(crate) enum Runtime {
    Here,
    Threads(Arc<Threads>),
}

/// One thread for registry, account and sync, and one per core for groups.
#[derive(Debug)]
pub(crate) struct Threads {
    main: ArbiterHandle,
    system: System,
    groups: Vec<Arbiter>,
}

impl Runtime {
    pub(crate) fn start(executor: Executor) -> std::io::Result<Self> {
        if executor == Executor::Inline {
            return Ok(Self::Here);
        }
        let (started, threads) = std::sync::mpsc::sync_channel(1);
        std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
            let runner = System::new();
            let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
            let groups: Vec<Arbiter> = (0..cores.min(GROUP_THREADS_MAX)).map(|_| Arbiter::new()).collect();
            let handles = Threads { main: Arbiter::current(), system: System::current(), groups };
            // An error means that the engine is gone, and there is nothing to run.
            if started.send(handles).is_err() {
                return;
            }
            if let Err(error) = runner.run() {
                tracing::error!(%error, "the engine's thread ended");
            }
        })?;
        Ok(Self::Threads(Arc::new(threads.recv().map_err(std::io::Error::other)?)))
    }

    /// Starts an account's actors.
    pub(crate) async fn start_actors(&self, deps: Deps) -> Option<Addr<GroupRegistry>> {
        let start = |deps: Deps, spread| {
            actix::spawn(Housekeeping::clone(&deps.housekeeping).run(
                deps.store.clone(),
                deps.vault.clone(),
                deps.ring.clone(),
            ));
            GroupRegistry::start_with(deps, spread)
        };
        match self {
            Self::Here => Some(start(deps, Spread::Here)),
            Self::Threads(threads) => {
                let (address, started) = oneshot::channel();
                let spread = Spread::Over(threads.groups.iter().map(Arbiter::handle).collect());
                let spawned = threads.main.spawn_fn(move || {
                    // The caller waits below.
                    let _ = address.send(start(deps, spread));
                });
                if !spawned {
                    return None;
                }
                started.await.ok()
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for arbiter in &self.groups {
            arbiter.stop();
        }
        self.system.stop();
    }
}
