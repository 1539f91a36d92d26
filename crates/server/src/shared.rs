//! What all connections of a service use.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use conclave_protocol::Timestamp;
use futures::FutureExt;
use futures::future::BoxFuture;
use ipnet::IpNet;
use tokio::sync::{Notify, watch};

use crate::authentication::Authority;
use crate::budget::Budget;
use crate::clock::Clock;
use crate::config::ServiceConfig;
use crate::delivery::access_keys::AccessKeys;
use crate::delivery::entry::Outcome;
use crate::delivery::hub::Hub;
use crate::delivery::inbox::Origins;
use crate::delivery::sweep::sweep;
use crate::health::Health;
use crate::kept_quotas::Tags;
use crate::keys::ServiceKey;
use crate::limits::{HELLO_BYTES_MAX, Limits};
use crate::metrics::Counters;
use crate::publisher::Publisher;
use crate::quota::{Quota, Quotas, Source};
use crate::refusal::Refusal;
use crate::storage::{self, Storage, StorageError, StoredAllowance, Tables};

/// Milliseconds between two checks for expired data; and while there is more.
const SWEEP_MS: u64 = 3_600_000;
const SWEEP_ON_MS: u64 = 1_000;
/// Allowances saved at once.
const KEPT_AT_ONCE: usize = 1_000;
/// Pause between the steps of a sweep on an idle server.
const SWEEP_PAUSE: Duration = Duration::from_millis(200);

/// The inside of a [`crate::Service`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) domain: String,
    pub(crate) service_key: ServiceKey,
    pub(crate) authority: Authority,
    pub(crate) limits: Limits,
    /// Proxies trusted to name their clients' addresses.
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) access_keys: AccessKeys,
    pub(crate) counters: Arc<Counters>,
    publisher: Publisher,
    pub(crate) quotas: Quotas,
    /// Bytes of requests received and in flight.
    pub(crate) requests: Arc<Budget>,
    /// Bytes of answers not yet sent.
    pub(crate) answers: Arc<Budget>,
    pub(crate) health: Health,
    pub(crate) origins: Origins,
    /// Becomes true when the service closes.
    pub(crate) closing: watch::Sender<bool>,
    connected: Mutex<Connected>,
    /// Notified each time a connection ends.
    ended: Notify,
    sweep_at: AtomicU64,
}

/// Open connections, counted.
#[derive(Debug, Default)]
struct Connected {
    all: usize,
    /// By address; connections without one are not counted.
    by_source: HashMap<Source, usize>,
}

impl Shared {
    pub(crate) fn new(
        domain: String,
        service_key: ServiceKey,
        authority: Authority,
        config: ServiceConfig,
        storage: Arc<dyn Storage>,
        origins: Origins,
        kept: &[StoredAllowance],
    ) -> Self {
        let ServiceConfig { limits, clock, trusted_proxies, .. } = config;
        let (hub, counters) = (Arc::<Hub>::default(), Arc::<Counters>::default());
        let quotas = Quotas::new(Tags::under(&service_key));
        quotas.go_on(kept, &limits, clock.now());
        let requests = Budget::new(limits.in_flight_bytes_max);
        let answers = Budget::new(limits.answer_bytes_max);
        Self {
            domain,
            service_key,
            authority,
            limits,
            trusted_proxies,
            clock,
            storage,
            publisher: Publisher::new(Arc::clone(&hub), Arc::clone(&counters)),
            counters,
            hub,
            access_keys: AccessKeys::default(),
            quotas,
            requests,
            answers,
            health: Health::default(),
            origins,
            closing: watch::Sender::new(false),
            connected: Mutex::default(),
            ended: Notify::new(),
            sweep_at: AtomicU64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs work that writes.
    pub(crate) fn write<T: Send + 'static>(
        self: &Arc<Self>,
        mut work: impl FnMut(&Self, &dyn Tables) -> Result<T, StorageError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Refusal>> {
        self.sweep_if_due();
        let shared = Arc::clone(self);
        let done = storage::write(self.storage.as_ref(), move |tables| work(&shared, tables));
        async move { Ok(done.await?) }.boxed()
    }

    /// Runs work that only reads.
    pub(crate) fn read<T: Send + 'static>(
        self: &Arc<Self>,
        mut work: impl FnMut(&Self, &dyn Tables) -> Result<T, StorageError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Refusal>> {
        let shared = Arc::clone(self);
        let done = storage::read(self.storage.as_ref(), move |tables| work(&shared, tables));
        async move { Ok(done.await?) }.boxed()
    }

    /// Submits to a log: followers are notified once it is durable.
    pub(crate) fn submit(
        self: &Arc<Self>,
        mut work: impl FnMut(&Self, &dyn Tables) -> Result<Outcome, StorageError> + Send + 'static,
    ) -> BoxFuture<'static, Result<Outcome, Refusal>> {
        self.sweep_if_due();
        let shared = Arc::clone(self);
        let answered = self.publisher.submit(move || {
            let storage = Arc::clone(&shared.storage);
            storage::write(storage.as_ref(), move |tables| work(&shared, tables))
        });
        // If the publisher is gone, the outcome is unknown: the client sends it again.
        async move { answered.await.unwrap_or(Err(Refusal::busy())) }.boxed()
    }

    /// Deletes some of what has expired, from time to time.
    pub(crate) fn sweep_if_due(self: &Arc<Self>) {
        let now = self.now();
        let due = self.sweep_at.load(Ordering::Relaxed);
        let next = now.plus_ms(SWEEP_MS).0;
        let mine = || self.sweep_at.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        // Later than it is ever set: the clock was ahead at the time.
        let waits = now.0 < due && due <= next;
        if waits || !mine() {
            return;
        }
        let shared = Arc::clone(self);
        // Nobody waits for it; the next sweep does the rest.
        drop(self.storage.write(Box::new(move |tables| {
            if sweep(tables, &shared.limits, now)? {
                shared.sweep_at.store(now.plus_ms(SWEEP_ON_MS).0, Ordering::Relaxed);
            }
            Ok(())
        })));
    }

    /// Deletes everything that has expired, with pauses for others.
    pub(crate) async fn sweep(self: &Arc<Self>) -> Result<(), Refusal> {
        let now = self.now();
        while self.write(move |shared, tables| sweep(tables, &shared.limits, now)).await? {
            tokio::time::sleep(SWEEP_PAUSE).await;
        }
        Ok(())
    }

    /// Charges an address for bytes to store; all of its allowances or none.
    pub(crate) fn take_stored(&self, source: Source, bytes: usize) -> Result<(), Refusal> {
        let Limits { bytes_stored, bytes_stored_at_once, .. } = self.limits;
        self.quotas.take_many(Quota::StoredLately(source), bytes_stored_at_once, bytes)?;
        let taken = self.quotas.take_many(Quota::Stored(source), bytes_stored, bytes);
        if taken.is_err() {
            self.quotas.give_back(Quota::StoredLately(source), bytes_stored_at_once, bytes);
        }
        taken
    }

    /// Gives the charge back: nothing was stored.
    pub(crate) fn give_back_stored(&self, source: Source, bytes: usize) {
        self.quotas.give_back(Quota::StoredLately(source), self.limits.bytes_stored_at_once, bytes);
        self.quotas.give_back(Quota::Stored(source), self.limits.bytes_stored, bytes);
    }

    /// Saves the allowances that were used, so that a restart does not renew them.
    pub(crate) async fn keep_allowances(self: &Arc<Self>) -> Result<(), Refusal> {
        loop {
            let now = self.now();
            let changed = self.quotas.changed(KEPT_AT_ONCE, now);
            if changed.is_empty() {
                return Ok(());
            }
            let rows = changed.rows.clone();
            if let Err(refusal) = self.write(move |_, tables| tables.put_allowances(&rows, now)).await {
                self.quotas.not_kept(changed);
                return Err(refusal);
            }
        }
    }

    /// Waits until a storage thread dies. All connections are ended then: their requests would not be carried out.
    pub(crate) async fn lost(&self) {
        let mut lost = self.storage.lost();
        // An error means that the storage was closed normally.
        if lost.wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
        self.closing.send_replace(true);
    }

    /// Ends all connections and waits for them, then closes the storage.
    pub(crate) async fn close(self: &Arc<Self>) {
        self.closing.send_replace(true);
        loop {
            let ended = self.ended.notified();
            if lock(&self.connected).all == 0 {
                break;
            }
            ended.await;
        }
        // Closing twice finds it closed.
        if let Err(refusal) = self.keep_allowances().await {
            tracing::debug!(%refusal, "the allowances in use were not saved");
        }
        self.storage.close().await;
    }

    /// Takes a place among the open connections, until dropped.
    pub(crate) fn admit(self: &Arc<Self>, source: Source) -> Result<Admitted, Full> {
        let place = self.place(source);
        match &place {
            Ok(_) => self.counters.opened(),
            Err(why) => self.counters.refused(*why),
        }
        place
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        lock(&self.connected).all
    }

    fn place(self: &Arc<Self>, source: Source) -> Result<Admitted, Full> {
        let mut connected = lock(&self.connected);
        if *self.closing.borrow() {
            return Err(Full::Closing);
        }
        if connected.all >= self.limits.connections_max {
            return Err(Full::OfAll);
        }
        if source != Source::Local {
            let of_source = connected.by_source.entry(source).or_default();
            if *of_source >= self.limits.connections_per_address_max {
                return Err(Full::OfAddress);
            }
            *of_source += 1;
        }
        connected.all += 1;
        let frame_bytes = Arc::new(AtomicUsize::new(HELLO_BYTES_MAX));
        Ok(Admitted { shared: Arc::clone(self), source, frame_bytes })
    }
}

/// Why there is no place for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// Its address has reached its limit.
    OfAddress,
    /// The service has reached its limit.
    OfAll,
    /// The service is closing.
    Closing,
}

impl Full {
    /// The name in the counters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OfAddress => "address",
            Self::OfAll => "all",
            Self::Closing => "closing",
        }
    }
}

/// A place among the open connections.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) shared: Arc<Shared>,
    pub(crate) source: Source,
    /// Largest frame accepted now.
    pub(crate) frame_bytes: Arc<AtomicUsize>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut connected = lock(&self.shared.connected);
        connected.all -= 1;
        self.shared.ended.notify_waiters();
        if let Some(of_source) = connected.by_source.get_mut(&self.source) {
            *of_source -= 1;
            if *of_source == 0 {
                connected.by_source.remove(&self.source);
            }
        }
    }
}

fn lock(connected: &Mutex<Connected>) -> MutexGuard<'_, Connected> {
    connected.lock().unwrap_or_else(PoisonError::into_inner)
}
