//! The connection from one engine to the service, with a gate that holds log entries until they are let through, so
//! that the engine's work on each can be told from the senders' and the service's before.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conclave_protocol::link::{ConnectError, ConnectionKind, Connector, Link};
use conclave_protocol::wire::{self, ServerFrame, server_frame};
use conclave_server::EmbeddedConnector;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use prost::Message as _;
use tokio::sync::{Notify, mpsc};

/// The connection to the service. Clones share it.
#[derive(Clone)]
pub(crate) struct Gate(Arc<State>);

struct State {
    service: EmbeddedConnector,
    up: AtomicBool,
    shut: AtomicBool,
    cut: Notify,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// At most as many as a measurement has messages.
    entries: VecDeque<wire::LogEntry>,
    log: Bytes,
    to_client: Option<mpsc::Sender<Bytes>>,
}

impl Gate {
    pub(crate) fn to(service: EmbeddedConnector) -> Self {
        let (up, shut) = (AtomicBool::new(true), AtomicBool::new(false));
        Self(Arc::new(State { service, up, shut, cut: Notify::new(), held: Mutex::default() }))
    }

    /// Holds log entries from now on.
    pub(crate) fn shut(&self) {
        self.0.shut.store(true, Ordering::SeqCst);
    }

    /// Lets log entries through again. None may be waiting.
    pub(crate) fn open(&self) {
        assert_eq!(self.waiting(), 0, "nothing waits before a gate that is opened");
        self.0.shut.store(false, Ordering::SeqCst);
    }

    pub(crate) fn waiting(&self) -> usize {
        self.0.held().entries.len()
    }

    /// Lets one entry through.
    pub(crate) async fn release(&self) {
        let (frame, to) = {
            let mut held = self.0.held();
            let entry = held.entries.pop_front().expect("an entry waits");
            let head = entry.seq;
            let page = wire::LogEntries { log: held.log.clone(), entries: vec![entry], more: false, head };
            let body = Some(server_frame::Body::LogEntries(page));
            (ServerFrame { request: 0, body }, held.to_client.clone().expect("a connection"))
        };
        to.send(frame.encode_to_vec().into()).await.expect("the engine is connected");
    }

    /// Allows no connection until [`Gate::mend`].
    pub(crate) fn cut(&self) {
        self.0.up.store(false, Ordering::SeqCst);
        self.0.cut.notify_waiters();
    }

    pub(crate) fn mend(&self) {
        self.0.up.store(true, Ordering::SeqCst);
    }
}

impl State {
    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether to hold the frame now.
    fn holds(&self, frame: &Bytes) -> bool {
        if !self.shut.load(Ordering::SeqCst) {
            return false;
        }
        match ServerFrame::decode(frame.clone()) {
            Ok(ServerFrame { request: 0, body: Some(server_frame::Body::LogEntries(page)) }) => {
                let mut held = self.held();
                held.log = page.log;
                held.entries.extend(page.entries);
                true
            }
            _ => false,
        }
    }

    async fn carry(self: Arc<Self>, kind: ConnectionKind, client: Link, service: Link) {
        let Link { outgoing: to_client, incoming: mut from_client } = client;
        let Link { outgoing: to_service, incoming: mut from_service } = service;
        if kind == ConnectionKind::Anonymous {
            self.held().to_client = Some(to_client.clone());
        }
        let cut = self.cut.notified();
        tokio::pin!(cut);
        loop {
            tokio::select! {
                () = &mut cut => break,
                frame = from_client.recv() => {
                    let Some(frame) = frame else { break };
                    if to_service.send(frame).await.is_err() {
                        break;
                    }
                }
                frame = from_service.recv() => {
                    let Some(frame) = frame else { break };
                    if !self.holds(&frame) && to_client.send(frame).await.is_err() {
                        break;
                    }
                }
            }
        }
        if kind == ConnectionKind::Anonymous {
            // Otherwise the engine would not notice that the connection is gone.
            self.held().to_client = None;
        }
    }
}

impl Connector for Gate {
    fn connect(&self, kind: ConnectionKind) -> BoxFuture<'static, Result<Link, ConnectError>> {
        let state = Arc::clone(&self.0);
        async move {
            if !state.up.load(Ordering::SeqCst) {
                return Err(ConnectError::Unreachable);
            }
            let to_service = state.service.connect(kind).await?;
            let (ours, theirs) = Link::pair();
            tokio::spawn(state.carry(kind, theirs, to_service));
            Ok(ours)
        }
        .boxed()
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}
