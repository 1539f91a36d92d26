//! The network's way to a service: WebSocket over TLS, or plain on loopback.

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
/// How often the allowances in use are written down: a program that is killed forgets as much.
const KEEP: Duration = Duration::from_secs(5);
/// How often an idle server looks for what has expired.
const SWEEP: Duration = Duration::from_secs(600);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Without TLS, only this machine may connect.
    #[error("{0} is not a loopback address: beyond loopback TLS is needed")]
    PlainBeyondLoopback(SocketAddr),
    /// The counters are for this machine alone.
    #[error("{0} is not a loopback address: counters are served on loopback only")]
    MetricsBeyondLoopback(SocketAddr),
    /// The listener does not work.
    #[error("the listener failed: {0}")]
    Listener(#[from] std::io::Error),
    /// A thread that does the database's work is gone. Nothing more would be stored: all connections were ended.
    #[error(
        "the database's writer is lost: nothing more can be stored, what was answered is safe; start again"
    )]
    StorageLost,
}

/// Tells the connections of one listener to end, and is told when they have.
#[derive(Debug, Clone)]
struct Stop {
    stopping: watch::Receiver<bool>,
    /// Nothing is sent: it ends when all clones are gone.
    _alive: mpsc::Sender<()>,
}

impl Stop {
    async fn stopped(&mut self) {
        // An error means that the listener is gone.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
}

/// Serves a listener until `shutdown` is done; then ends its connections and returns. The service stays open.
///
/// # Errors
/// [`ServeError::PlainBeyondLoopback`] where the listener is not on loopback and there is no TLS: nothing was served.
/// [`ServeError::StorageLost`] when the service can store nothing more; it has to be opened again.
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
            tracing::debug!(%refusal, "the allowances in use were not written down");
        }
    }
}

async fn sweep(service: &Service) {
    let mut interval = tokio::time::interval(SWEEP);
    loop {
        interval.tick().await;
        // A storage that is busy now is less so the next time.
        if let Err(refusal) = service.shared().sweep().await {
            tracing::warn!(%refusal, "what has expired was not deleted");
        }
    }
}
