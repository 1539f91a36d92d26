//! A WebSocket as a link: one binary message is one frame, in both directions.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use conclave_protocol::link::{ConnectionKind, Link};
use conclave_protocol::wire::{ServerFrame, server_frame};
use prost::Message as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::Stop;
use super::receiving::{Ended, Receiving};
use super::sending::{Pongs, Sending};
use crate::budget::Room;
use crate::connection::{self, End};
use crate::refusal::Refusal;
use crate::shared::Admitted;

/// Frames between socket and connection, in each direction: few, since each may be large and TCP buffers more.
const RECEIVED_MAX: usize = 1;
const SENT_MAX: usize = 4;
/// How long sending the last frames may take.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a client that we disconnect may keep sending before it is reset.
const LINGER: Duration = Duration::from_secs(2);

/// Why a WebSocket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// The client ended it, or violated the protocol.
    Client(Ended),
    /// The connection ended it.
    Connection(End),
    /// The client reads nothing.
    Stuck,
    /// The service is stopping.
    Stopped,
}

/// Carries frames until either side ends. `buffered` was already read from the socket.
pub(super) async fn carry<S>(
    socket: S,
    buffered: BytesMut,
    admitted: Admitted,
    kind: ConnectionKind,
    mut stop: Stop,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (shared, source, pongs) = (Arc::clone(&admitted.shared), admitted.source, Pongs::default());
    let (read, write) = tokio::io::split(socket);
    let (to_connection, incoming) = mpsc::channel(RECEIVED_MAX);
    let (outgoing, mut to_client) = mpsc::channel(SENT_MAX);
    let requests = Room::new(&shared.requests, source);
    let answers = Room::new(&shared.answers, source);
    let bytes_max = Arc::clone(&admitted.frame_bytes);
    let mut receiving =
        Receiving::new(read, buffered, requests, bytes_max, shared.limits.frames, pongs.clone());
    let mut sending = Sending::new(write, answers.clone(), shared.limits.stalled, pongs);
    let mut connection = pin!(connection::serve(admitted, kind, Link { outgoing, incoming }, answers));
    let mut sent = Box::pin(sending.all(&mut to_client));
    let over = tokio::select! {
        ended = receive(&mut receiving, to_connection) => Over::Client(ended),
        end = &mut connection => Over::Connection(end),
        _ = &mut sent => Over::Stuck,
        () = stop.stopped() => Over::Stopped,
    };
    // The client's frames have ended: the connection answers its requests in flight, and ends.
    match over {
        Over::Connection(_) => _ = timeout(FAREWELL, sent).await,
        Over::Stuck => {
            drop(sent);
            drop(to_client);
            connection.await;
        }
        Over::Client(_) | Over::Stopped => {
            let answered = async { tokio::join!(&mut connection, &mut sent) };
            if timeout(FAREWELL, answered).await.is_err() {
                tracing::debug!("a client did not take its last frames");
            }
            drop(sent);
        }
    }
    // The client may have disconnected.
    let _ = timeout(FAREWELL, farewell(&mut sending, over)).await;
    if !matches!(over, Over::Stuck | Over::Client(Ended::Gone)) {
        let _ = timeout(LINGER, receiving.discard()).await;
    }
}

async fn receive<R: AsyncRead + Unpin>(receiving: &mut Receiving<R>, frames: mpsc::Sender<Bytes>) -> Ended {
    loop {
        match receiving.message().await {
            Ok(frame) => {
                if frames.send(frame).await.is_err() {
                    // The connection has ended, and says why.
                    std::future::pending::<()>().await;
                }
            }
            Err(ended) => return ended,
        }
    }
}

async fn farewell<W: AsyncWrite + Unpin>(sending: &mut Sending<W>, over: Over) {
    let refusal = match over {
        Over::Client(Ended::TooLarge(most)) => Some(Refusal::TooLarge("the frame", most)),
        Over::Client(Ended::Busy) => Some(Refusal::busy()),
        Over::Client(Ended::TooSlow) => Some(Refusal::TooLate),
        _ => None,
    };
    if let Some(refusal) = refusal {
        let body = Some(server_frame::Body::Error(refusal.to_wire()));
        let frame = ServerFrame { request: 0, body }.encode_to_vec();
        if sending.message(&frame).await.is_err() {
            return;
        }
    }
    // The client may have disconnected.
    let _ = sending.close(close_code(over)).await;
}

/// As docs/protocol.md says.
fn close_code(over: Over) -> CloseCode {
    match over {
        Over::Client(Ended::Gone) => CloseCode::Normal,
        Over::Client(Ended::NotBinary) => CloseCode::Unsupported,
        Over::Client(Ended::Protocol) => CloseCode::Protocol,
        Over::Client(Ended::TooLarge(_)) => CloseCode::Size,
        Over::Client(Ended::TooSlow) | Over::Connection(End::TooLate | End::Version) => CloseCode::Policy,
        Over::Client(Ended::Busy) => CloseCode::Again,
        Over::Connection(End::Failed) => CloseCode::Error,
        Over::Connection(End::Gone | End::Silent | End::Closing) | Over::Stuck | Over::Stopped => {
            CloseCode::Away
        }
    }
}
