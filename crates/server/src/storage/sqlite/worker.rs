//! Runs the work: one writer thread with group commit, and a few reader threads.
//!
//! Work that arrives together shares a transaction and its fsync; one failure does not affect the others. If the
//! transaction itself fails, each unit runs again alone. A thread that ends unexpectedly is reported: nobody else would
//! notice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::gathering::{Counted, Gathering, OnTheirWay};
use super::open::{self, Place};
use super::room::Room;
use super::{Done, SqliteTables, StorageError, Work};
use crate::limits::WORKS_MAX;

/// Most units of work in a transaction.
const BATCH_MAX: usize = 512;
/// Reader threads: as many as profit from one disk, and no more than there are processors.
const READERS_MAX: usize = 4;

struct Job {
    work: Work,
    reply: oneshot::Sender<Result<(), StorageError>>,
}

type Queue = Mutex<Option<SyncSender<Job>>>;

/// The threads of one database. They finish their work and end when this is closed or dropped.
pub(super) struct Workers {
    writes: Queue,
    on_their_way: OnTheirWay,
    /// None in memory: reads go through the writer.
    reads: Option<Queue>,
    ended: Mutex<Vec<oneshot::Receiver<()>>>,
}

impl Workers {
    /// `lost` is set when a thread ends unexpectedly.
    pub(super) fn start(
        writer: Connection,
        room: Room,
        place: &Place,
        lost: &watch::Sender<bool>,
    ) -> Result<Self, StorageError> {
        let mut ended = Vec::new();
        let (writes, queue) = sync_channel(WORKS_MAX);
        let on_their_way = OnTheirWay::default();
        let gathering = Gathering::new(on_their_way.clone());
        let write = move || write_loop(writer, &room, &queue, gathering);
        ended.push(spawn("conclave-writer", place, lost, write)?);
        let mut reads = None;
        let (sender, queue) = sync_channel(WORKS_MAX);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..readers() {
            let Some(reader) = open::reader(place)? else { break };
            let queue = Arc::clone(&queue);
            // Readers need no room.
            let room = Room::new(&Place::Memory, 0);
            ended.push(spawn("conclave-reader", place, lost, move || read_loop(reader, &room, &queue))?);
            reads = Some(sender.clone());
        }
        let reads = reads.map(|sender| Mutex::new(Some(sender)));
        Ok(Self { writes: Mutex::new(Some(writes)), on_their_way, reads, ended: Mutex::new(ended) })
    }

    pub(super) fn announce(&self) -> Counted {
        self.on_their_way.count()
    }

    pub(super) fn write(&self, work: Work) -> Done {
        enqueue(&self.writes, work)
    }

    pub(super) fn read(&self, work: Work) -> Done {
        enqueue(self.reads.as_ref().unwrap_or(&self.writes), work)
    }

    pub(super) fn close(&self) -> BoxFuture<'static, ()> {
        lock(&self.writes).take();
        if let Some(reads) = &self.reads {
            lock(reads).take();
        }
        let ended = std::mem::take(&mut *lock(&self.ended));
        async move {
            for thread in ended {
                // An error means that the thread has panicked: it has ended all the same.
                let _ = thread.await;
            }
        }
        .boxed()
    }
}

fn readers() -> usize {
    thread::available_parallelism().map_or(READERS_MAX, |cores| cores.get().min(READERS_MAX))
}

/// Reports that its thread has ended, unless disarmed before.
struct Alarm(Option<watch::Sender<bool>>);

impl Alarm {
    fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(lost) = &self.0 {
            lost.send_replace(true);
        }
    }
}

fn spawn(
    name: &str,
    place: &Place,
    lost: &watch::Sender<bool>,
    body: impl FnOnce() + Send + 'static,
) -> Result<oneshot::Receiver<()>, StorageError> {
    let (end, ended) = oneshot::channel();
    // Holds the folder's lock until the thread has closed its connection.
    let place = place.clone();
    let alarm = Alarm(Some(lost.clone()));
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            body();
            alarm.let_go();
            drop(place);
            // There may be no waiter.
            let _ = end.send(());
        })
        .map_err(|e| StorageError::Failed(e.to_string()))?;
    Ok(ended)
}

fn enqueue(queue: &Queue, work: Work) -> Done {
    let (reply, replied) = oneshot::channel();
    let sent = match lock(queue).as_ref() {
        Some(sender) => sender.try_send(Job { work, reply }),
        None => return ready(Err(StorageError::Busy)).boxed(),
    };
    match sent {
        Ok(()) => async move { replied.await.unwrap_or(Err(StorageError::Busy)) }.boxed(),
        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => ready(Err(StorageError::Busy)).boxed(),
    }
}

fn write_loop(mut db: Connection, room: &Room, queue: &Receiver<Job>, mut gathering: Gathering) {
    while let Some(batch) = gathering.next(queue, BATCH_MAX, thread::sleep) {
        let began = Instant::now();
        let (mut works, replies): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|job| (job.work, job.reply)).unzip();
        let done = run_batch(&mut db, room, &mut works);
        gathering.done(works.len(), began.elapsed());
        for (reply, done) in replies.into_iter().zip(done) {
            // The caller may be gone; the work is done all the same.
            let _ = reply.send(done);
        }
    }
    finish(db);
}

fn read_loop(mut db: Connection, room: &Room, queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = lock(queue).recv();
        let Ok(mut job) = next else { break };
        // As above.
        let _ = job.reply.send(run_read(&mut db, room, &mut job.work));
    }
}

fn run_read(db: &mut Connection, room: &Room, work: &mut Work) -> Result<(), StorageError> {
    // One transaction, so that it sees one state.
    let tx = db.transaction()?;
    guarded(&tx, room, work)
}

/// Runs one unit of work in its own transaction.
pub(super) fn run_alone(db: &mut Connection, room: &Room, work: &mut Work) -> Result<(), StorageError> {
    room.forget();
    let stored = (|| {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // On failure the transaction, with everything it wrote, is dropped.
        let done = guarded(&tx, room, work);
        if done.is_ok() {
            tx.commit()?;
        }
        Ok(done)
    })();
    stored.unwrap_or_else(|error: StorageError| {
        tracing::error!(%error, "a unit of work was not stored");
        Err(error)
    })
}

/// Runs work in one transaction; one result each, in order. If it can't be stored as one, each runs in its own, so that
/// one that does not fit does not affect others.
fn run_batch(db: &mut Connection, room: &Room, works: &mut [Work]) -> Vec<Result<(), StorageError>> {
    if works.len() > 1 {
        let together = match try_plainly(db, room, works) {
            Ok(Some(done)) => return done,
            Ok(None) => try_undoing(db, room, works),
            Err(error) => Err(error),
        };
        match together {
            Ok(done) => return done,
            Err(error) => tracing::warn!(%error, works = works.len(), "a batch was not stored as one"),
        }
    }
    works.iter_mut().map(|work| run_alone(db, room, work)).collect()
}

/// Runs all without savepoints, which copy each page that a unit changes. Work reads first and writes last, so a failed
/// unit has usually written nothing. None if one has: then nothing is stored.
fn try_plainly(
    db: &mut Connection,
    room: &Room,
    works: &mut [Work],
) -> Result<Option<Vec<Result<(), StorageError>>>, StorageError> {
    room.forget();
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut done = Vec::with_capacity(works.len());
    for work in works {
        let changes = tx.total_changes();
        let one = guarded(&tx, room, work);
        if one.is_err() && (tx.total_changes() != changes || tx.is_autocommit()) {
            return Ok(None);
        }
        done.push(one);
    }
    tx.commit()?;
    Ok(Some(done))
}

/// Each in a savepoint, so that a failure does not affect the others.
fn try_undoing(
    db: &mut Connection,
    room: &Room,
    works: &mut [Work],
) -> Result<Vec<Result<(), StorageError>>, StorageError> {
    room.forget();
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut done = Vec::with_capacity(works.len());
    for work in works {
        let savepoint = tx.savepoint()?;
        let one = guarded(&savepoint, room, work);
        match &one {
            Ok(()) => savepoint.commit()?,
            // A full disk may have ended the whole transaction: then earlier units are undone too.
            Err(error) if savepoint.is_autocommit() => return Err(error.clone()),
            Err(_) => savepoint.finish()?,
        }
        done.push(one);
    }
    tx.commit()?;
    Ok(done)
}

/// A panic in one unit is that unit's failure, not the service's.
fn guarded(db: &Connection, room: &Room, work: &mut Work) -> Result<(), StorageError> {
    let run = AssertUnwindSafe(|| work(&SqliteTables { db, room }));
    catch_unwind(run).unwrap_or_else(|_| Err(StorageError::Failed("the work panicked".to_owned())))
}

/// Empties the write-ahead log.
pub(super) fn finish(db: Connection) {
    let checkpoint = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    if let Err(error) = checkpoint.and_then(|()| db.close().map_err(|(_, e)| e)) {
        // Everything committed is in the write-ahead log and is read from there at the next start.
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
