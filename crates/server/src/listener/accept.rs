//! Accepting sockets: within the limits, through TLS, up to HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

use super::routes::{self, Visit};
use super::{Stop, TlsConfig};
use crate::quota::Source;
use crate::service::Service;
use crate::shared::Admitted;

/// How long TLS, and then a request's head, may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Wait when no socket can be accepted, for lack of file descriptors say.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Accepts until it is dropped.
pub(super) async fn accept(service: &Service, listener: &TcpListener, tls: Option<&TlsConfig>, stop: &Stop) {
    loop {
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        // Over the limit: closed at once, before it costs anything.
        let Some(admitted) = service.shared().admit(Source::of(SocketAddr::ip(&peer))) else { continue };
        let (tls, stop) = (tls.cloned(), stop.clone());
        tokio::spawn(async move {
            // Small frames go out at once; without it they are only slower.
            let _ = socket.set_nodelay(true);
            match tls {
                Some(tls) => encrypted(socket, &tls, admitted, stop).await,
                None => http(socket, admitted, stop).await,
            }
        });
    }
}

async fn encrypted(socket: TcpStream, tls: &TlsConfig, admitted: Admitted, stop: Stop) {
    match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(socket)).await {
        Ok(Ok(socket)) => http(socket, admitted, stop).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn http(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    admitted: Admitted,
    mut stop: Stop,
) {
    let service = Arc::clone(&admitted.shared);
    let visit = Visit { admitted: Arc::new(Mutex::new(Some(admitted))), stop: stop.clone() };
    let routes = TowerToHyperService::new(routes::routes(service, visit));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(socket), routes)
        .with_upgrades();
    let ended = tokio::select! {
        ended = served => ended,
        () = stop.stopped() => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection failed");
    }
}
