//! Answers and pushes that may be large: one at a time for each connection, accounted for from when they are read until
//! they are sent to the client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::limits::LOG_ENTRIES_BYTES_MAX;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::budget::{Held, Room};
use crate::limits::OWN_BYTES;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::storage::{StorageError, Tables};

/// How long an answer waits for the shared pool before it becomes BUSY.
const WAIT: Duration = Duration::from_secs(10);
/// Size of a page if a full one does not fit the shared pool, in bytes: it fits the connection's own allowance.
const SMALL_PAGE_BYTES: usize = OWN_BYTES / 2;

/// The large answers of one connection.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    turn: Arc<Semaphore>,
    room: Room,
}

/// What a large answer holds until it is sent.
#[derive(Debug)]
pub(super) struct Large {
    _held: Held,
    _turn: OwnedSemaphorePermit,
}

impl Large {
    pub(super) fn new(held: Held, turn: OwnedSemaphorePermit) -> Self {
        Self { _held: held, _turn: turn }
    }

    /// Keeps the bytes and the turn until the frame is sent.
    pub(super) fn around(self, frame: Vec<u8>) -> Bytes {
        Bytes::from_owner(Framed { frame, _large: self })
    }
}

struct Framed {
    frame: Vec<u8>,
    _large: Large,
}

impl AsRef<[u8]> for Framed {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Answers {
    pub(super) fn new(room: Room) -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), room }
    }

    /// Waits for the connection's turn; account for the answer with [`Answers::count`].
    pub(super) async fn turn(&self) -> OwnedSemaphorePermit {
        // Never closed: it is owned by this struct.
        Arc::clone(&self.turn).acquire_owned().await.expect("an open semaphore")
    }

    /// Accounts for an answer created in its turn; an error if there is no room for it.
    pub(super) fn count(&self, bytes: usize) -> Result<Held, StorageError> {
        self.room.take(bytes).ok_or(StorageError::Busy)
    }

    /// Reads a large answer in its turn. `read` gets the largest page size.
    pub(super) async fn read<T, R>(
        &self,
        shared: &Arc<Shared>,
        read: R,
        size: fn(&T) -> usize,
    ) -> Result<(T, Large), Refusal>
    where
        T: Send + 'static,
        R: Fn(&dyn Tables, usize) -> Result<T, StorageError> + Send + Sync + 'static,
    {
        let (turn, until) = (self.turn().await, Instant::now() + WAIT);
        let (read, mut held, mut page) = (Arc::new(read), None, LOG_ENTRIES_BYTES_MAX);
        loop {
            let (read, room) = (Arc::clone(&read), self.room.clone());
            let mut waited: Option<Held> = held.take();
            let tried = shared.read(move |_, tables| {
                let found = read(tables, page)?;
                Ok(fit(&room, waited.take(), size(&found)).map(|held| (found, held)))
            });
            match tried.await? {
                Ok((found, held)) => return Ok((found, Large::new(held, turn))),
                Err(_) if page > SMALL_PAGE_BYTES => page = SMALL_PAGE_BYTES,
                Err(bytes) => held = Some(self.room.wait(bytes, until).await.ok_or(Refusal::busy())?),
            }
        }
    }
}

/// Accounts for what was read, on the thread that read it; else returns how much it needs.
fn fit(room: &Room, waited: Option<Held>, bytes: usize) -> Result<Held, usize> {
    match waited.filter(|held| held.bytes() >= bytes).or_else(|| room.take(bytes)) {
        Some(mut held) => {
            held.shrink_to(bytes);
            Ok(held)
        }
        None => Err(bytes),
    }
}
