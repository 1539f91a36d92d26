//! Receives from a WebSocket (RFC 6455 §5), and accounts for every buffered byte. A library's codec parses frame heads;
//! the buffers are our own, since a library's grow to what a client announces and stay that large.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::sending::Pongs;
use crate::budget::{Held, Room};
use crate::limits::{Allowance, MESSAGE_BYTES_PER_SECOND_MIN, MESSAGE_TIME, PARTIAL_BYTES};
use crate::quota::Bucket;

/// A client that sends nothing for this long, not even a pong, counts as disconnected.
const SILENCE: Duration = Duration::from_secs(90);
/// Bytes read at once when nothing large is expected.
const READ_BYTES: usize = 1024;
/// Largest payload of a control frame (RFC 6455 §5.5).
const CONTROL_BYTES_MAX: u64 = 125;

/// Why reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The client closed, fell silent, or disconnected.
    Gone,
    /// A text message.
    NotBinary,
    /// Not valid WebSocket.
    Protocol,
    /// A message over this limit, in bytes.
    TooLarge(usize),
    /// A message was started and not finished in time.
    TooSlow,
    /// There was no room for the message while it arrived.
    Busy,
}

/// The reading half of a WebSocket.
pub(super) struct Receiving<R> {
    socket: R,
    /// Read from the socket but not parsed.
    buffered: BytesMut,
    room: Room,
    /// Largest message accepted now.
    bytes_max: Arc<AtomicUsize>,
    frames: Bucket,
    allowance: Allowance,
    pongs: Pongs,
    /// The message being received; it may be between two frames.
    message: Option<Message>,
    /// When the first byte of a frame outside any message arrived.
    begun: Option<Instant>,
}

struct Message {
    bytes: Vec<u8>,
    /// Accounts for the capacity above [`PARTIAL_BYTES`].
    held: Option<Held>,
    begun: Instant,
}

impl Message {
    /// The deadline for completing it: a fixed time, plus the time that its bytes take on a slow line.
    fn due(&self) -> Instant {
        let bytes = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        self.begun + MESSAGE_TIME + Duration::from_millis(bytes * 1000 / MESSAGE_BYTES_PER_SECOND_MIN)
    }
}

impl<R: AsyncRead + Unpin> Receiving<R> {
    /// For a socket from which `buffered` has already been read.
    pub(super) fn new(
        socket: R,
        buffered: BytesMut,
        room: Room,
        bytes_max: Arc<AtomicUsize>,
        allowance: Allowance,
        pongs: Pongs,
    ) -> Self {
        let (frames, begun) = (Bucket::full(), None);
        Self { socket, buffered, room, bytes_max, frames, allowance, pongs, message: None, begun }
    }

    /// The next binary message, accounted for as long as any part of it is in use.
    pub(super) async fn message(&mut self) -> Result<Bytes, Ended> {
        loop {
            let (head, length) = self.head().await?;
            // Over the allowance nothing is read, so TCP slows the client down.
            if let Some(until) = self.frames.overdraw(self.allowance, 1) {
                sleep_until(until).await;
            }
            let Some(mask) = head.mask else { return Err(Ended::Protocol) };
            if head.rsv1 || head.rsv2 || head.rsv3 {
                return Err(Ended::Protocol);
            }
            match head.opcode {
                OpCode::Control(control) => {
                    if !head.is_final || length > CONTROL_BYTES_MAX {
                        return Err(Ended::Protocol);
                    }
                    self.control(control, length, mask).await?;
                }
                OpCode::Data(data) => {
                    self.begin(data)?;
                    self.payload(length, mask).await?;
                    if head.is_final {
                        return self.complete().await;
                    }
                }
            }
        }
    }

    /// The head of the next frame, and the length of its payload.
    async fn head(&mut self) -> Result<(FrameHeader, u64), Ended> {
        loop {
            let mut cursor = Cursor::new(&self.buffered[..]);
            match FrameHeader::parse(&mut cursor) {
                Ok(Some(found)) => {
                    let taken = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
                    self.buffered.advance(taken);
                    return Ok(found);
                }
                Ok(None) => self.fill().await?,
                Err(_) => return Err(Ended::Protocol),
            }
        }
    }

    async fn control(&mut self, control: Control, length: u64, mask: [u8; 4]) -> Result<(), Ended> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        while self.buffered.len() < length {
            self.fill().await?;
        }
        let mut payload = self.buffered.split_to(length).to_vec();
        self.begun = None;
        match control {
            Control::Ping => {
                unmask(&mut payload, mask);
                self.pongs.owe(payload);
                Ok(())
            }
            Control::Pong => Ok(()),
            Control::Close | Control::Reserved(_) => Err(Ended::Gone),
        }
    }

    /// Starts a message, or continues the current one.
    fn begin(&mut self, data: Data) -> Result<(), Ended> {
        match (data, &self.message) {
            (Data::Binary, None) => {
                let begun = self.begun.take().unwrap_or_else(Instant::now);
                self.message = Some(Message { bytes: Vec::new(), held: None, begun });
                Ok(())
            }
            (Data::Continue, Some(_)) => Ok(()),
            (Data::Text, None) => Err(Ended::NotBinary),
            _ => Err(Ended::Protocol),
        }
    }

    async fn payload(&mut self, length: u64, mask: [u8; 4]) -> Result<(), Ended> {
        let Some(mut message) = self.message.take() else { return Err(Ended::Protocol) };
        let most = self.bytes_max.load(Ordering::Relaxed);
        let begins = message.bytes.len();
        let length = usize::try_from(length).ok().filter(|length| *length <= most.saturating_sub(begins));
        let ends = begins + length.ok_or(Ended::TooLarge(most))?;
        while message.bytes.len() < ends {
            make_room(&self.room, &mut message, ends).await?;
            let left = (ends - message.bytes.len()).min(message.bytes.capacity() - message.bytes.len());
            if self.buffered.is_empty() {
                let due = message.due();
                let mut room = (&mut message.bytes).limit(left);
                match timeout_at(due, self.socket.read_buf(&mut room)).await {
                    Ok(Ok(1..)) => {}
                    Ok(_) => return Err(Ended::Gone),
                    Err(_) => return Err(Ended::TooSlow),
                }
            } else {
                let left = left.min(self.buffered.len());
                message.bytes.extend_from_slice(&self.buffered.split_to(left));
            }
        }
        unmask(&mut message.bytes[begins..], mask);
        self.message = Some(message);
        Ok(())
    }

    async fn complete(&mut self) -> Result<Bytes, Ended> {
        let Some(Message { bytes, held, begun }) = self.message.take() else { return Err(Ended::Protocol) };
        let held = match held {
            Some(held) => held,
            None => self.room.wait(bytes.len(), begun + MESSAGE_TIME).await.ok_or(Ended::Busy)?,
        };
        Ok(held.around(bytes))
    }

    /// Reads some more.
    async fn fill(&mut self) -> Result<(), Ended> {
        let (due, late) = match (&self.message, self.begun) {
            (Some(message), _) => (message.due(), Ended::TooSlow),
            (None, Some(begun)) => (begun + MESSAGE_TIME, Ended::TooSlow),
            (None, None) => (Instant::now() + SILENCE, Ended::Gone),
        };
        self.buffered.reserve(READ_BYTES);
        match timeout_at(due, self.socket.read_buf(&mut self.buffered)).await {
            Ok(Ok(1..)) => {}
            Ok(_) => return Err(Ended::Gone),
            Err(_) => return Err(late),
        }
        if self.message.is_none() && self.begun.is_none() {
            self.begun = Some(Instant::now());
        }
        Ok(())
    }

    /// Reads and discards what is in transit, so that a reset does not lose the last frames sent.
    pub(super) async fn discard(&mut self) {
        let mut dropped = [0; READ_BYTES];
        while matches!(self.socket.read(&mut dropped).await, Ok(1..)) {}
    }
}

/// Makes room for a message that grows to this many bytes, if its buffer is full: bytes are accounted for before they
/// are read, not when they are announced.
async fn make_room(room: &Room, message: &mut Message, ends: usize) -> Result<(), Ended> {
    let full = message.bytes.len();
    if full < message.bytes.capacity() {
        return Ok(());
    }
    let capacity = ends.min((full * 2).max(PARTIAL_BYTES));
    if capacity > PARTIAL_BYTES {
        // The old bytes are released only afterwards: both buffers exist while the data is moved.
        let held = room.wait(capacity, message.due()).await.ok_or(Ended::Busy)?;
        message.held = Some(held);
    }
    message.bytes.reserve_exact(capacity - full);
    Ok(())
}

/// Unmasks a whole payload (RFC 6455 §5.3).
fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte ^= mask[at % 4];
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    use super::*;
    use crate::budget::Budget;
    use crate::quota::Source;

    const MESSAGE: usize = 3 << 20;

    fn receiving(budget: &Arc<Budget>) -> (DuplexStream, Receiving<DuplexStream>) {
        let (client, socket) = duplex(64 << 10);
        let room = Room::new(budget, Source::of([203, 0, 113, 1].into()));
        let (bytes_max, allowance) = (Arc::new(AtomicUsize::new(4 << 20)), Allowance::per_second(100, 100));
        let receiving = Receiving::new(socket, BytesMut::new(), room, bytes_max, allowance, Pongs::default());
        (client, receiving)
    }

    fn head(length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let head =
            FrameHeader { opcode: OpCode::Data(Data::Binary), mask: Some([7; 4]), ..FrameHeader::default() };
        head.format(length as u64, &mut bytes).unwrap();
        bytes
    }

    async fn sent_slowly(mut client: DuplexStream, bytes_a_second: usize) {
        client.write_all(&head(MESSAGE)).await.unwrap();
        for piece in vec![7; MESSAGE].chunks(bytes_a_second) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if client.write_all(piece).await.is_err() {
                return;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_message_is_waited_for_if_it_is_not_too_slow() {
        let budget = Budget::new(16 << 20);
        let (client, mut server) = receiving(&budget);
        tokio::spawn(sent_slowly(client, 40 << 10));
        let begun = Instant::now();
        let message = server.message().await.unwrap();
        assert!(begun.elapsed() > Duration::from_secs(70));
        assert!(message.len() == MESSAGE && message.iter().all(|byte| *byte == 0));

        let (client, mut server) = receiving(&budget);
        tokio::spawn(sent_slowly(client, 20 << 10));
        assert_eq!(server.message().await, Err(Ended::TooSlow));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_come_of_a_message_is_counted_and_given_back() {
        let budget = Budget::new(16 << 20);
        let (mut client, mut server) = receiving(&budget);
        client.write_all(&head(MESSAGE)).await.unwrap();
        let receives = tokio::spawn(async move { (server.message().await, server) });
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(budget.taken(), 0, "what is announced only is not held");
        client.write_all(&vec![7; MESSAGE / 2]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!((MESSAGE / 2..=MESSAGE).contains(&budget.taken()), "{}", budget.taken());
        client.write_all(&vec![7; MESSAGE / 2]).await.unwrap();
        let (message, _server) = receives.await.unwrap();
        assert_eq!(budget.taken(), MESSAGE);
        drop(message);
        assert_eq!(budget.taken(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn without_room_nothing_is_read_and_then_it_is_over() {
        let budget = Budget::new(1 << 20);
        let (client, mut server) = receiving(&budget);
        tokio::spawn(sent_slowly(client, 64 << 10));
        assert_eq!(server.message().await, Err(Ended::Busy));
        drop(server);
        assert_eq!(budget.taken(), 0);
    }
}
