//! The network between one client and the service: frames pass through here, and can be lost, held, duplicated or
//! replaced.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conclave_protocol::link::{ConnectError, ConnectionKind, Connector, Link};
use conclave_protocol::wire::{ClientFrame, ServerFrame};
use conclave_server::Service;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::Message as _;
use tokio::sync::{Notify, watch};

/// What happens to a frame on its way to the client.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It arrives.
    Pass,
    /// It is lost, and the connection with it.
    Cut,
    /// These arrive in its place.
    Instead(Vec<Bytes>),
}

/// What happens to a frame on its way to the service.
#[derive(Debug, Clone)]
pub enum Way {
    /// It arrives.
    Pass,
    /// It is lost, and the connection with it.
    Cut,
    /// It is held until [`Network::release`]; later ones may overtake it.
    Hold,
    /// This one arrives in its place.
    Instead(Bytes),
}

/// Decides about each frame that the service sends.
pub type Downstream = Box<dyn FnMut(&ServerFrame) -> Fate + Send>;
/// Decides about each frame that the client sends.
pub type Upstream = Box<dyn FnMut(&ClientFrame) -> Way + Send>;

/// One person's connection to the service.
#[derive(Clone)]
pub struct Network {
    state: Arc<State>,
}

struct State {
    service: Mutex<Option<Service>>,
    up: AtomicBool,
    /// Nobody answers who is asked for a connection, until it is set otherwise.
    silent: watch::Sender<bool>,
    cut: Notify,
    connections: AtomicU32,
    downstream: Mutex<Option<Downstream>>,
    upstream: Mutex<Option<Upstream>>,
    /// Connections up to this number silently carry nothing any more.
    hushed: AtomicU32,
    /// How often held frames were released.
    released: watch::Sender<u32>,
}

impl Network {
    /// A faultless connection to this service.
    #[must_use]
    pub fn to(service: Option<Service>) -> Self {
        let state = State {
            service: Mutex::new(service),
            up: AtomicBool::new(true),
            silent: watch::Sender::new(false),
            cut: Notify::new(),
            connections: AtomicU32::new(0),
            hushed: AtomicU32::new(0),
            downstream: Mutex::default(),
            upstream: Mutex::default(),
            released: watch::Sender::new(0),
        };
        Self { state: Arc::new(state) }
    }

    /// Ends all connections; none is made until [`Network::mend`].
    pub fn cut(&self) {
        self.state.up.store(false, Ordering::SeqCst);
        self.state.cut.notify_waiters();
    }

    /// Connections can be made again.
    pub fn mend(&self) {
        self.state.up.store(true, Ordering::SeqCst);
    }

    /// Whoever wants a connection waits from now on, or is answered again.
    pub fn is_silent(&self, silent: bool) {
        self.state.silent.send_replace(silent);
    }

    /// Ends all connections; new ones can be made at once.
    pub fn blink(&self) {
        self.state.cut.notify_waiters();
    }

    /// Present connections silently carry nothing any more. New ones work.
    pub fn hush(&self) {
        self.state.hushed.store(self.connections(), Ordering::SeqCst);
    }

    /// Connects to another service (the same one after a restart); present connections end.
    pub fn lead_to(&self, service: Option<Service>) {
        *lock(&self.state.service) = service;
        self.state.cut.notify_waiters();
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Sets what decides about the service's frames.
    pub fn downstream(&self, fault: impl FnMut(&ServerFrame) -> Fate + Send + 'static) {
        *lock(&self.state.downstream) = Some(Box::new(fault));
    }

    /// Sets what decides about the client's frames.
    pub fn upstream(&self, fault: impl FnMut(&ClientFrame) -> Way + Send + 'static) {
        *lock(&self.state.upstream) = Some(Box::new(fault));
    }

    /// Releases held frames.
    pub fn release(&self) {
        self.state.released.send_modify(|times| *times += 1);
    }

    /// Removes all faults; releases held frames.
    pub fn behave(&self) {
        *lock(&self.state.downstream) = None;
        *lock(&self.state.upstream) = None;
        self.release();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn is_hushed(&self, number: u32) -> bool {
        number <= self.hushed.load(Ordering::SeqCst)
    }

    fn fate(&self, bytes: &Bytes) -> Fate {
        match (lock(&self.downstream).as_mut(), ServerFrame::decode(bytes.clone())) {
            (Some(fault), Ok(frame)) => fault(&frame),
            _ => Fate::Pass,
        }
    }

    fn way(&self, bytes: &Bytes) -> Way {
        match (lock(&self.upstream).as_mut(), ClientFrame::decode(bytes.clone())) {
            (Some(fault), Ok(frame)) => fault(&frame),
            _ => Way::Pass,
        }
    }

    async fn carry(self: Arc<Self>, number: u32, client: Link, service: Link) {
        let Link { outgoing: to_client, incoming: mut from_client } = client;
        let Link { outgoing: to_service, incoming: mut from_service } = service;
        let cut = self.cut.notified();
        tokio::pin!(cut);
        let mut released = self.released.subscribe();
        let mut held = VecDeque::new();
        loop {
            tokio::select! {
                biased;
                () = &mut cut => return,
                Ok(()) = released.changed() => {
                    for frame in held.drain(..) {
                        if to_service.send(frame).await.is_err() {
                            return;
                        }
                    }
                }
                frame = from_client.recv() => {
                    let Some(frame) = frame else { return };
                    if self.is_hushed(number) {
                        continue;
                    }
                    let frame = match self.way(&frame) {
                        Way::Pass => frame,
                        Way::Instead(other) => other,
                        Way::Cut => return,
                        Way::Hold => {
                            held.push_back(frame);
                            continue;
                        }
                    };
                    if to_service.send(frame).await.is_err() {
                        return;
                    }
                }
                frame = from_service.recv() => {
                    let Some(frame) = frame else { return };
                    if self.is_hushed(number) {
                        continue;
                    }
                    let frames = match self.fate(&frame) {
                        Fate::Pass => vec![frame],
                        Fate::Cut => return,
                        Fate::Instead(frames) => frames,
                    };
                    for frame in frames {
                        if to_client.send(frame).await.is_err() {
                            return;
                        }
                    }
                }
            }
        }
    }
}

impl Connector for Network {
    fn connect(&self, kind: ConnectionKind) -> BoxFuture<'static, Result<Link, ConnectError>> {
        let state = Arc::clone(&self.state);
        async move {
            // The sender is in the state, which is here.
            let _ = state.silent.subscribe().wait_for(|silent| !silent).await;
            let service = lock(&state.service).clone();
            let Some(service) = service.filter(|_| state.up.load(Ordering::SeqCst)) else {
                return Err(ConnectError::Unreachable);
            };
            let to_service = service.connector().connect(kind).await?;
            let number = state.connections.fetch_add(1, Ordering::SeqCst) + 1;
            let (ours, theirs) = Link::pair();
            tokio::spawn(state.carry(number, theirs, to_service));
            Ok(ours)
        }
        .boxed()
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("up", &self.state.up).finish_non_exhaustive()
    }
}
