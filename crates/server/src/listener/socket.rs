//! A WebSocket as a link: one binary message is one frame, in both directions.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use conclave_protocol::link::{ConnectionKind, Link};
use conclave_protocol::wire::{ServerFrame, server_frame};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::Stop;
use crate::connection;
use crate::refusal::Refusal;
use crate::shared::Admitted;

/// Frames between socket and connection, each way: few, since each may be large and TCP holds more.
const FRAMES_MAX: usize = 4;
/// A client that says nothing for so long, not even pong, is gone.
const SILENCE: Duration = Duration::from_secs(90);
/// Time between pings.
const PING: Duration = Duration::from_secs(30);
/// How long the last frames may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why nothing more is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The client closed, fell silent, or broke off.
    Gone,
    /// A message that is not binary.
    NotBinary,
    /// A message over the limit, or not WebSocket.
    TooLarge,
    /// We end it.
    Ours,
}

/// Carries frames until either side ends.
pub(super) async fn carry(socket: WebSocket, admitted: Admitted, kind: ConnectionKind, mut stop: Stop) {
    let (mut sink, stream) = socket.split();
    let frame_bytes_max = admitted.shared.limits.frame_bytes_max;
    let (to_connection, incoming) = mpsc::channel(FRAMES_MAX);
    let (outgoing, mut from_connection) = mpsc::channel(FRAMES_MAX);
    // A task of its own: it finishes what it took on when the socket is gone.
    let mut connection = tokio::spawn(connection::serve(admitted, kind, Link { outgoing, incoming }));
    let ended = {
        let mut writer = pin!(write(&mut sink, &mut from_connection));
        let reader = read(stream, to_connection);
        let (ended, written) = tokio::select! {
            ended = reader => (ended, false),
            () = &mut writer => (Ended::Ours, true),
            _ = &mut connection => (Ended::Ours, false),
            () = stop.stopped() => (Ended::Ours, false),
        };
        // The reader is gone and with it the connection's frames: it ends, and then the writer.
        if !written && timeout(FAREWELL, writer).await.is_err() {
            tracing::debug!("a client did not take its last frames");
        }
        ended
    };
    // The client may have gone.
    let _ = timeout(FAREWELL, farewell(&mut sink, ended, frame_bytes_max)).await;
}

async fn read(mut stream: SplitStream<WebSocket>, frames: mpsc::Sender<Bytes>) -> Ended {
    loop {
        let message = match timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "a WebSocket can't be read");
                return Ended::TooLarge;
            }
            Ok(None) | Err(_) => return Ended::Gone,
        };
        match message {
            Message::Binary(frame) => {
                if frames.send(frame).await.is_err() {
                    return Ended::Ours;
                }
            }
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Text(_) => return Ended::NotBinary,
            Message::Close(_) => return Ended::Gone,
        }
    }
}

async fn write(sink: &mut SplitSink<WebSocket, Message>, frames: &mut mpsc::Receiver<Bytes>) {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    loop {
        let message = tokio::select! {
            biased;
            frame = frames.recv() => match frame {
                Some(frame) => Message::Binary(frame),
                None => return,
            },
            _ = pings.tick() => Message::Ping(Bytes::new()),
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

async fn farewell(
    sink: &mut SplitSink<WebSocket, Message>,
    ended: Ended,
    frame_bytes_max: usize,
) -> Result<(), axum::Error> {
    let code = match ended {
        Ended::Gone => close_code::NORMAL,
        Ended::Ours => close_code::AWAY,
        Ended::NotBinary => close_code::UNSUPPORTED,
        Ended::TooLarge => {
            let error = Refusal::TooLarge("the frame", frame_bytes_max).to_wire();
            let frame = ServerFrame { request: 0, body: Some(server_frame::Body::Error(error)) };
            sink.send(Message::Binary(frame.encode_to_vec().into())).await?;
            close_code::SIZE
        }
    };
    sink.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await
}
