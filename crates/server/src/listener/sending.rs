//! Sends to a WebSocket (RFC 6455 §5): writes payloads from where they are, so that nothing is buffered twice.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use crate::budget::Room;

/// Time between pings.
const PING: Duration = Duration::from_secs(30);
/// How long a client may read nothing while others wait for the bytes held for it.
const PRESSED: Duration = Duration::from_secs(5);
/// A head and this much of a payload are written together.
const TOGETHER_BYTES: usize = 4 << 10;

/// The client has disconnected, or has read nothing for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// The pong owed to a client: only for the latest ping (RFC 6455 §5.5.3).
#[derive(Debug, Clone, Default)]
pub(super) struct Pongs(Arc<Owed>);

#[derive(Debug, Default)]
struct Owed {
    pong: Mutex<Option<Vec<u8>>>,
    there: Notify,
}

impl Pongs {
    pub(super) fn owe(&self, payload: Vec<u8>) {
        *self.0.pong.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
        self.0.there.notify_one();
    }

    async fn next(&self) -> Vec<u8> {
        loop {
            self.0.there.notified().await;
            if let Some(pong) = self.0.pong.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return pong;
            }
        }
    }
}

/// The writing half of a WebSocket.
pub(super) struct Sending<W> {
    socket: W,
    patience: Patience,
    pongs: Pongs,
}

impl<W: AsyncWrite + Unpin> Sending<W> {
    pub(super) fn new(socket: W, room: Room, stalled: Duration, pongs: Pongs) -> Self {
        Self { socket, patience: Patience { room, stalled }, pongs }
    }

    /// Sends frames until there are no more, with pings and pongs in between.
    pub(super) async fn all(&mut self, frames: &mut mpsc::Receiver<Bytes>) -> Result<(), Gone> {
        let mut pings = interval(PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        let pongs = self.pongs.clone();
        loop {
            tokio::select! {
                biased;
                pong = pongs.next() => self.frame(OpCode::Control(Control::Pong), &pong).await?,
                frame = frames.recv() => match frame {
                    Some(frame) => self.message(&frame).await?,
                    None => return Ok(()),
                },
                _ = pings.tick() => self.frame(OpCode::Control(Control::Ping), &[]).await?,
            }
        }
    }

    /// Sends one binary message.
    pub(super) async fn message(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.frame(OpCode::Data(Data::Binary), bytes).await
    }

    /// Sends a close frame, and closes its side.
    pub(super) async fn close(&mut self, code: CloseCode) -> Result<(), Gone> {
        self.frame(OpCode::Control(Control::Close), &u16::from(code).to_be_bytes()).await?;
        self.socket.shutdown().await.map_err(|_| Gone)
    }

    async fn frame(&mut self, opcode: OpCode, payload: &[u8]) -> Result<(), Gone> {
        let (together, rest) = payload.split_at(payload.len().min(TOGETHER_BYTES));
        let mut first = Vec::with_capacity(together.len() + 10);
        let head = FrameHeader { opcode, ..FrameHeader::default() };
        head.format(payload.len() as u64, &mut first).map_err(|_| Gone)?;
        first.extend_from_slice(together);
        for mut bytes in [first.as_slice(), rest] {
            while !bytes.is_empty() {
                match self.patience.spend(self.socket.write(bytes)).await? {
                    0 => return Err(Gone),
                    written => bytes = &bytes[written..],
                }
            }
        }
        self.patience.spend(self.socket.flush()).await
    }
}

/// How long a client may read nothing: less if others wait.
struct Patience {
    /// Budget of the answers: shorter if others wait for what is held here.
    room: Room,
    stalled: Duration,
}

impl Patience {
    async fn spend<T>(&self, step: impl Future<Output = io::Result<T>>) -> Result<T, Gone> {
        let mut step = pin!(step);
        let mut waited = Duration::ZERO;
        loop {
            let more = PRESSED.min(self.stalled.saturating_sub(waited));
            if let Ok(done) = timeout(more, &mut step).await {
                return done.map_err(|_| Gone);
            }
            waited += more;
            if waited >= self.stalled || self.room.is_short() {
                return Err(Gone);
            }
        }
    }
}
