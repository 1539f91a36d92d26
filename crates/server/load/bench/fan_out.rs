//! One entry to many followers, until the last one has it, next to as many sockets written one after the other by a
//! task that does nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conclave_protocol::wire::ServerFrame;
use prost::Message as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::client::{Answer, Connection, Effect, Group};
use crate::idle::program;
use crate::raw::{BINARY, frame, hello, next, raw, request};
use crate::socket::connect;
use crate::table::{Aim, Table, quantile};

/// Pause between two entries, so that everyone is idle at each.
const PAUSE: Duration = Duration::from_millis(20);
const MESSAGE_BYTES: usize = 512;

/// Counts who has an entry.
struct Finish {
    begun: Instant,
    all: usize,
    there: AtomicUsize,
    /// When the last one arrived, in nanoseconds since `begun`.
    last: AtomicU64,
    complete: Notify,
}

impl Finish {
    fn of(all: usize) -> Arc<Self> {
        let (there, last, complete) = (AtomicUsize::new(0), AtomicU64::new(0), Notify::new());
        Arc::new(Self { begun: Instant::now(), all, there, last, complete })
    }

    fn count(&self) {
        let now = u64::try_from(self.begun.elapsed().as_nanos()).unwrap();
        if self.there.fetch_add(1, Ordering::AcqRel) + 1 == self.all {
            self.last.store(now, Ordering::Release);
            self.complete.notify_one();
        }
    }

    /// When the last one arrived; resets the count for the next entry.
    async fn wait(&self) -> Duration {
        self.complete.notified().await;
        self.there.store(0, Ordering::Release);
        Duration::from_nanos(self.last.load(Ordering::Acquire))
    }
}

/// Reads frames and counts them.
async fn follow(socket: TcpStream, finish: Arc<Finish>) {
    let mut socket = BufReader::new(socket);
    loop {
        let Ok(first) = socket.read_u8().await else { return };
        let length = match socket.read_u8().await.unwrap() {
            126 => usize::from(socket.read_u16().await.unwrap()),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        socket.read_exact(&mut payload).await.unwrap();
        if first == BINARY {
            finish.count();
        }
    }
}

pub(crate) async fn measure(followers: usize, entries: usize, table: &mut Table) {
    let folder = TempDir::new().unwrap();
    let mut program = program(&folder).await;
    let mut sender = connect(program.address, "/v1/anonymous").await;
    let mut group = Group::new(1);
    let seq = group.advance(&mut sender, Effect::None).await;
    let finish = Finish::of(followers);
    for _ in 0..followers {
        let socket = subscriber(program.address, &group, seq).await;
        tokio::spawn(follow(socket, Arc::clone(&finish)));
    }
    let plain = Plain::with(followers).await;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..entries {
        tokio::time::sleep(PAUSE).await;
        ours.push(one_entry(&mut sender, &group, &finish).await);
        tokio::time::sleep(PAUSE).await;
        floors.push(plain.write().await);
    }
    for (part, aim) in [(0.5, Aim::AtMost(25.0)), (0.99, Aim::None)] {
        let what = format!("one entry to {followers} followers, last one, p{:.0}", part * 100.0);
        table.time(&what, quantile(&mut ours, part), quantile(&mut floors, part), aim);
    }
    program.child.kill().await.unwrap();
}

/// From the submission until the last follower has it.
async fn one_entry(sender: &mut Connection, group: &Group, finish: &Finish) -> Duration {
    let ask = group.submit(sender, &group.entry(1, &"x".repeat(MESSAGE_BYTES)));
    let begun = finish.begun.elapsed();
    assert!(matches!(sender.ask(ask).await, Answer::Submitted(_)));
    finish.wait().await - begun
}

/// A socket that follows the log after an entry; everything before has been read.
async fn subscriber(address: std::net::SocketAddr, group: &Group, after: u64) -> TcpStream {
    let mut socket = raw(address, false).await;
    socket.write_all(&hello()).await.unwrap();
    let answer = async |socket: &mut TcpStream| {
        let (_, payload) = next(socket).await.unwrap();
        ServerFrame::decode(payload.as_slice()).unwrap().body.unwrap()
    };
    let Answer::HelloAnswer(hello) = answer(&mut socket).await else { panic!("no answer to Hello") };
    let (link, _) = conclave_protocol::link::Link::pair();
    let mut proving = Connection::over(link);
    proving.hello = hello;
    socket.write_all(&request(2, group.subscribe(&proving, 1, after))).await.unwrap();
    assert!(matches!(answer(&mut socket).await, Answer::Done(_)));
    // A subscription starts with the log's head.
    assert!(matches!(answer(&mut socket).await, Answer::LogEntries(_)));
    socket
}

/// As many sockets without a service.
struct Plain {
    sockets: Vec<TcpStream>,
    finish: Arc<Finish>,
    frame: Vec<u8>,
}

impl Plain {
    async fn with(followers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let finish = Finish::of(followers);
        let mut sockets = Vec::new();
        for _ in 0..followers {
            let reader = TcpStream::connect(address).await.unwrap();
            tokio::spawn(follow(reader, Arc::clone(&finish)));
            let (socket, _) = listener.accept().await.unwrap();
            socket.set_nodelay(true).unwrap();
            sockets.push(socket);
        }
        let payload = vec![0; MESSAGE_BYTES + 128];
        let mut masked = frame(BINARY, payload.len(), &payload);
        // A server's frames have no mask.
        masked[1] &= 0x7f;
        masked.drain(4..8);
        Self { sockets, finish, frame: masked }
    }

    async fn write(&self) -> Duration {
        let begun = self.finish.begun.elapsed();
        for socket in &self.sockets {
            assert_eq!(socket.try_write(&self.frame).unwrap(), self.frame.len());
        }
        self.finish.wait().await - begun
    }
}
