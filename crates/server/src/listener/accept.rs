//! Accepts sockets: enforces the limits, then TLS, then HTTP.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::routes::{Place, Visit};
use super::{Stop, TlsConfig, proxies};
use crate::limits::{REFUSED_AT_ONCE_MAX, SOCKET_BYTES};
use crate::quota::Source;
use crate::service::Service;

/// How long TLS, and then a request's head, may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long it may take to tell a client that the service is full.
const REFUSAL: Duration = Duration::from_secs(5);
/// Delay when no socket can be accepted, for example for lack of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Accepts connections until it is dropped.
pub(super) async fn accept(service: &Service, listener: &TcpListener, tls: Option<&TlsConfig>, stop: &Stop) {
    let refusing = Arc::new(Semaphore::new(REFUSED_AT_ONCE_MAX));
    loop {
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let place = place(service, peer.ip());
        let shared = Arc::clone(service.shared());
        let refused = matches!(place, Place::None(_));
        let visit = Visit { shared, place: Arc::new(Mutex::new(Some(place))), stop: stop.clone() };
        let tls = tls.cloned();
        if !refused {
            tokio::spawn(serve(socket, tls, visit));
        } else if let Ok(permit) = Arc::clone(&refusing).try_acquire_owned() {
            // A few get a reason; the rest are closed at once, before they cost anything.
            tokio::spawn(async move {
                let _permit = permit;
                // The client may not wait for its answer.
                let _ = tokio::time::timeout(REFUSAL, serve(socket, tls, visit)).await;
            });
        }
    }
}

/// The place of a socket's peer, or of the client behind a trusted proxy.
fn place(service: &Service, peer: IpAddr) -> Place {
    let shared = service.shared();
    if proxies::is_trusted(peer, &shared.trusted_proxies) {
        return Place::ByProxy(peer);
    }
    match shared.admit(Source::of(peer)) {
        Ok(admitted) => Place::Taken(admitted),
        Err(why) => Place::None(why),
    }
}

async fn serve(socket: TcpStream, tls: Option<TlsConfig>, visit: Visit) {
    // Sends small frames at once; if this fails, they are only slower.
    let _ = socket.set_nodelay(true);
    // Bounds the kernel's buffers. If this fails, they only hold more.
    let system = SockRef::from(&socket);
    let _ =
        system.set_send_buffer_size(SOCKET_BYTES).and_then(|()| system.set_recv_buffer_size(SOCKET_BYTES));
    let Some(tls) = tls else { return http(socket, visit).await };
    match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(socket)).await {
        Ok(Ok(socket)) => http(socket, visit).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(socket: S, visit: Visit) {
    let mut stop = visit.stop.clone();
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(socket), service_fn(move |request| visit.clone().answer::<S>(request)))
        .with_upgrades();
    let ended = tokio::select! {
        ended = served => ended,
        () = stop.stopped() => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection failed");
    }
}
