//! The network between one client and the service: frames pass through here, and can be lost on the way.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conclave_protocol::link::{ConnectError, ConnectionKind, Connector, Link};
use conclave_protocol::wire::{ClientFrame, ServerFrame};
use conclave_server::Service;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::Message as _;
use tokio::sync::Notify;

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

/// Decides over each frame that the service sends.
pub type Fault = Box<dyn FnMut(&ServerFrame) -> Fate + Send>;
/// Decides over each frame that the client sends: false loses it, and the connection with it.
pub type Upstream = Box<dyn FnMut(&ClientFrame) -> bool + Send>;

/// One person's way to the service.
#[derive(Clone)]
pub struct Network {
    state: Arc<State>,
}

struct State {
    service: Mutex<Option<Service>>,
    up: AtomicBool,
    cut: Notify,
    connections: AtomicU32,
    downstream: Mutex<Option<Fault>>,
    upstream: Mutex<Option<Upstream>>,
}

impl Network {
    /// A good way to this service.
    #[must_use]
    pub fn to(service: Service) -> Self {
        let state = State {
            service: Mutex::new(Some(service)),
            up: AtomicBool::new(true),
            cut: Notify::new(),
            connections: AtomicU32::new(0),
            downstream: Mutex::default(),
            upstream: Mutex::default(),
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

    /// Leads to another service (the same one after a restart); present connections end.
    pub fn lead_to(&self, service: Option<Service>) {
        *lock(&self.state.service) = service;
        self.state.cut.notify_waiters();
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> u32 {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Lets this decide over what the service sends.
    pub fn downstream(&self, fault: impl FnMut(&ServerFrame) -> Fate + Send + 'static) {
        *lock(&self.state.downstream) = Some(Box::new(fault));
    }

    /// Lets this decide over what the client sends.
    pub fn upstream(&self, fault: impl FnMut(&ClientFrame) -> bool + Send + 'static) {
        *lock(&self.state.upstream) = Some(Box::new(fault));
    }

    /// No faults any more.
    pub fn behave(&self) {
        *lock(&self.state.downstream) = None;
        *lock(&self.state.upstream) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn fate(&self, bytes: &Bytes) -> Fate {
        match (lock(&self.downstream).as_mut(), ServerFrame::decode(bytes.clone())) {
            (Some(fault), Ok(frame)) => fault(&frame),
            _ => Fate::Pass,
        }
    }

    fn passes(&self, bytes: &Bytes) -> bool {
        match (lock(&self.upstream).as_mut(), ClientFrame::decode(bytes.clone())) {
            (Some(fault), Ok(frame)) => fault(&frame),
            _ => true,
        }
    }

    async fn carry(self: Arc<Self>, client: Link, service: Link) {
        let Link { outgoing: to_client, incoming: mut from_client } = client;
        let Link { outgoing: to_service, incoming: mut from_service } = service;
        let cut = self.cut.notified();
        tokio::pin!(cut);
        loop {
            tokio::select! {
                biased;
                () = &mut cut => return,
                frame = from_client.recv() => {
                    let Some(frame) = frame else { return };
                    if !self.passes(&frame) || to_service.send(frame).await.is_err() {
                        return;
                    }
                }
                frame = from_service.recv() => {
                    let Some(frame) = frame else { return };
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
            let service = lock(&state.service).clone();
            let Some(service) = service.filter(|_| state.up.load(Ordering::SeqCst)) else {
                return Err(ConnectError::Unreachable);
            };
            let to_service = service.connector().connect(kind).await?;
            state.connections.fetch_add(1, Ordering::SeqCst);
            let (ours, theirs) = Link::pair();
            tokio::spawn(state.carry(theirs, to_service));
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
