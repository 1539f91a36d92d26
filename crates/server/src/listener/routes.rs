//! HTTP routes: the two WebSockets and the health endpoint.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use conclave_protocol::link::ConnectionKind;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::{Stop, proxies, socket};
use crate::shared::{Admitted, Full as NoPlace, Shared};

/// Seconds after which a client that was refused may retry.
const AGAIN_S: &str = "30";

pub(super) type Answer = Response<Full<Bytes>>;

/// Whether an HTTP connection has a place among the open connections, which passes to its WebSocket.
#[derive(Debug)]
pub(super) enum Place {
    Taken(Admitted),
    None(NoPlace),
    /// From a proxy: the request names the client that takes the place.
    ByProxy(std::net::IpAddr),
}

/// One HTTP connection.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) shared: Arc<Shared>,
    /// Empty once a WebSocket has taken it.
    pub(super) place: Arc<Mutex<Option<Place>>>,
    pub(super) stop: Stop,
}

impl Visit {
    pub(super) async fn answer<S>(self, request: Request<Incoming>) -> Result<Answer, Infallible>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let refused = match &*self.place.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Place::None(why)) => Some(*why),
            _ => None,
        };
        if let Some(why) = refused {
            return Ok(no_place(why));
        }
        Ok(match (request.method(), request.uri().path()) {
            (&Method::GET, "/health") => self.health().await,
            (_, "/v1/identified") => self.open::<S>(request, ConnectionKind::Identified),
            (_, "/v1/anonymous") => self.open::<S>(request, ConnectionKind::Anonymous),
            _ => empty(StatusCode::NOT_FOUND),
        })
    }

    /// 200 if the service works, else 503. Says nothing else: anyone may ask.
    async fn health(&self) -> Answer {
        if self.shared.health.ask(&self.shared).await {
            json(StatusCode::OK, r#"{"status":"ok"}"#)
        } else {
            json(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"unavailable"}"#)
        }
    }

    fn open<S>(self, mut request: Request<Incoming>, kind: ConnectionKind) -> Answer
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // Only browsers send it: a web page must not reach a service on its visitor's machine.
        if request.headers().contains_key(header::ORIGIN) {
            return empty(StatusCode::FORBIDDEN);
        }
        let Ok(response) = create_response_with_body(&request, Full::default) else {
            return empty(StatusCode::BAD_REQUEST);
        };
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        let admitted = match place {
            Some(Place::Taken(admitted)) => admitted,
            Some(Place::ByProxy(proxy)) => {
                let source = proxies::source(request.headers(), proxy, &self.shared.trusted_proxies);
                match self.shared.admit(source) {
                    Ok(admitted) => admitted,
                    Err(why) => return no_place(why),
                }
            }
            Some(Place::None(why)) => return no_place(why),
            None => return empty(StatusCode::SERVICE_UNAVAILABLE),
        };
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let upgraded = match upgrade.await {
                Ok(upgraded) => upgraded,
                Err(error) => return tracing::debug!(%error, "a connection did not become a WebSocket"),
            };
            if let Some((socket, buffered)) = take_apart::<S>(upgraded) {
                socket::carry(socket, buffered, admitted, kind, self.stop).await;
            }
        });
        response
    }
}

/// The underlying socket, and what was already read from it.
fn take_apart<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    upgraded: Upgraded,
) -> Option<(S, BytesMut)> {
    // The connection was served with this type.
    let parts = upgraded.downcast::<TokioIo<S>>().ok()?;
    // A copy: the buffer itself is as large as a request head may be, and would live as long as the connection.
    Some((parts.io.into_inner(), BytesMut::from(&parts.read_buf[..])))
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

pub(super) fn json(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// Says why there is no place, and when to retry.
fn no_place(why: NoPlace) -> Answer {
    let mut answer = match why {
        NoPlace::OfAddress => {
            json(StatusCode::TOO_MANY_REQUESTS, r#"{"error":"too many connections from this address"}"#)
        }
        NoPlace::OfAll => json(StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"too many connections"}"#),
        NoPlace::Closing => json(StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"the service is closing"}"#),
    };
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(AGAIN_S));
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
