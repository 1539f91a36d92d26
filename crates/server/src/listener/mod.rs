//! Network access to a service: WebSocket over TLS, or plain on loopback.

mod accept;
mod metrics;
mod proxies;
mod receiving;
mod routes;
mod sending;
mod socket;
mod tls;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::service::Service;

pub use metrics::serve_metrics;
pub use tls::{TlsConfig, TlsError};

/// How long connections may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// How often the allowances in use are saved: a program that is killed loses that much.
const KEEP: Duration = Duration::from_secs(5);
/// How often an idle server checks for expired data.
const SWEEP: Duration = Duration::from_secs(600);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Without TLS, only this machine may connect.
    #[error("{0} is not a loopback address: TLS is required beyond loopback")]
    PlainBeyondLoopback(SocketAddr),
    /// Counters are for this machine only.
    #[error("{0} is not a loopback address: counters are served on loopback only")]
    MetricsBeyondLoopback(SocketAddr),
    /// The listener failed.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
    /// A database thread has died. Nothing more can be stored; all connections were ended.
    #[error(
        "the database's writer has died: nothing more can be stored, what was answered is safe; restart the server"
    )]
    StorageLost,
}

/// Tells the connections of one listener to end, and waits until they have.
#[derive(Debug, Clone)]
struct Stop {
    stopping: watch::Receiver<bool>,
    /// Nothing is sent: it closes when all clones are dropped.
    _alive: mpsc::Sender<()>,
}

impl Stop {
    async fn stopped(&mut self) {
        // An error means that the listener is gone.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
}

/// Serves a listener until `shutdown` completes; then ends its connections and returns. The service stays open.
///
/// # Errors
/// [`ServeError::PlainBeyondLoopback`] if the listener is not on loopback and there is no TLS: nothing was served.
/// [`ServeError::StorageLost`] when the service can store nothing more; it must be opened again.
pub async fn serve(
    service: Service,
    listener: TcpListener,
    tls: Option<TlsConfig>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if tls.is_none() && !address.ip().is_loopback() {
        return Err(ServeError::PlainBeyondLoopback(address));
    }
    let (stopper, stopping) = watch::channel(false);
    let (alive, mut ended) = mpsc::channel(1);
    let stop = Stop { stopping, _alive: alive };
    tracing::info!(%address, tls = tls.is_some(), "listening");
    let mut served = Ok(());
    tokio::select! {
        () = accept::accept(&service, &listener, tls.as_ref(), &stop) => {}
        () = sweep(&service) => {}
        () = keep_allowances(&service) => {}
        () = keep_fresh(tls.as_ref()) => {}
        () = shutdown => {}
        () = service.shared().lost() => served = Err(ServeError::StorageLost),
    }
    tracing::info!("stopping");
    drop((listener, stop));
    stopper.send_replace(true);
    if tokio::time::timeout(DRAIN, ended.recv()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    served
}

async fn keep_fresh(tls: Option<&TlsConfig>) {
    match tls {
        Some(tls) => tls.keep_fresh().await,
        None => std::future::pending().await,
    }
}

async fn keep_allowances(service: &Service) {
    let mut interval = tokio::time::interval(KEEP);
    loop {
        interval.tick().await;
        if let Err(refusal) = service.shared().keep_allowances().await {
            tracing::debug!(%refusal, "the allowances in use were not saved");
        }
    }
}

async fn sweep(service: &Service) {
    let mut interval = tokio::time::interval(SWEEP);
    loop {
        interval.tick().await;
        // If the storage is busy now, the next sweep deletes more.
        if let Err(refusal) = service.shared().sweep().await {
            tracing::warn!(%refusal, "expired data was not deleted");
        }
    }
}
