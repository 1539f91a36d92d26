//! The counters, over HTTP on loopback.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::ServeError;
use crate::metrics;
use crate::service::Service;
use crate::shared::Shared;

/// Concurrent connections.
const CONNECTIONS_MAX: usize = 16;
/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(10);
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4");

/// Serves a service's counters at `/metrics`, in the text format of Prometheus, until it is dropped.
///
/// # Errors
/// [`ServeError::MetricsBeyondLoopback`] if the listener is not on loopback: nothing was served.
pub async fn serve_metrics(service: Service, listener: TcpListener) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::MetricsBeyondLoopback(address));
    }
    tracing::info!(metrics = %address, "counters");
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let (socket, _) = listener.accept().await?;
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let shared = Arc::clone(service.shared());
        tokio::spawn(async move {
            let _place = place;
            let answer = service_fn(move |request| answer(Arc::clone(&shared), request));
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .keep_alive(false)
                .serve_connection(TokioIo::new(socket), answer);
            // The client may have disconnected.
            let _ = tokio::time::timeout(REQUEST, served).await;
        });
    }
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut answer = Response::new(Full::default());
    if request.uri().path() == "/metrics" {
        *answer.body_mut() = Full::from(metrics::text(&shared));
        answer.headers_mut().insert(header::CONTENT_TYPE, TEXT);
    } else {
        *answer.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(answer)
}
