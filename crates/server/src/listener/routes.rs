//! What is served over HTTP: the two WebSockets and the health endpoint.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use conclave_protocol::link::ConnectionKind;

use super::{Stop, socket};
use crate::shared::{Admitted, Shared};

/// How long the storage may take to answer before the service counts as ill.
const HEALTH: Duration = Duration::from_secs(2);
/// A frame's own overhead over the largest message.
const SLACK_BYTES: usize = 1024;

/// One HTTP connection. Its place among the open connections goes to the WebSocket it becomes.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) admitted: Arc<Mutex<Option<Admitted>>>,
    pub(super) stop: Stop,
}

pub(super) fn routes(shared: Arc<Shared>, visit: Visit) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/v1/identified", get(identified))
        .route("/v1/anonymous", get(anonymous))
        .layer(Extension(visit))
        .with_state(shared)
}

/// 200 where the storage answers, else 503. Says nothing else: anybody may ask.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let answer = tokio::time::timeout(HEALTH, shared.read(|_, tables| tables.setting("domain"))).await;
    let (status, text) = match answer {
        Ok(Ok(_)) => (StatusCode::OK, r#"{"status":"ok"}"#),
        _ => (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"unavailable"}"#),
    };
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

async fn identified(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    open(&visit, &headers, upgrade, ConnectionKind::Identified)
}

async fn anonymous(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    open(&visit, &headers, upgrade, ConnectionKind::Anonymous)
}

fn open(visit: &Visit, headers: &HeaderMap, upgrade: WebSocketUpgrade, kind: ConnectionKind) -> Response {
    // Only browsers send it: a web page must not reach a service on its visitor's machine.
    if headers.contains_key(header::ORIGIN) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let admitted = visit.admitted.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(admitted) = admitted else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let most = admitted.shared.limits.frame_bytes_max + SLACK_BYTES;
    let stop = visit.stop.clone();
    upgrade
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| socket::carry(socket, admitted, kind, stop))
}
