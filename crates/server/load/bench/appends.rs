//! Durable appends, a given number at once, next to the same rows written by one thread in transactions of that size.

use std::time::{Duration, Instant};

use bytes::Bytes;
use conclave_protocol::wire::{ClientFrame, ServerFrame};
use conclave_server::{Allowance, Limits, Service, ServiceConfig};
use prost::Message as _;
use tempfile::TempDir;

use crate::Scale;
use crate::client::{Answer, Connection, Effect, Group, accepted, fresh};
use crate::floor::Floor;
use crate::table::{Aim, Table, quantile};

/// Most connections; beyond it, each has more than one append in flight.
const CONNECTIONS_MAX: usize = 64;
/// Bytes of a message: a padded and encrypted line of text.
const MESSAGE_BYTES: usize = 512;

/// A client that appends to a group's log, with everything signed in advance.
struct Writer {
    connection: Connection,
    group: Group,
    frames: Vec<Bytes>,
}

/// Measures one number of concurrent appends.
pub(crate) async fn measure(in_flight: usize, scale: &Scale, table: &mut Table) {
    let folder = TempDir::new().unwrap();
    let service = open(&folder);
    let connections = in_flight.min(CONNECTIONS_MAX);
    let mut writers = Vec::new();
    for number in 0..connections {
        let mut connection = Connection::anonymous(&service).await;
        let mut group = Group::new(u8::try_from(number).unwrap());
        group.advance(&mut connection, Effect::None).await;
        writers.push(Writer { connection, group, frames: Vec::new() });
    }
    let mut floor = Floor::open(folder.path(), connections);
    let each = scale.appends / connections;
    let rows = rows(each * connections);
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    let (mut our_work, mut floor_work) = (Vec::new(), Vec::new());
    // Alternating, so that other load on the machine affects both.
    for _ in 0..scale.rounds {
        writers.iter_mut().for_each(|writer| writer.prepare(each));
        let (took, before) = (Instant::now(), worked());
        writers = append(writers, in_flight / connections).await;
        ours.push(took.elapsed());
        our_work.push(worked() - before);
        let rows: Vec<_> = rows.iter().map(|body| (*fresh().as_bytes(), body.clone())).collect();
        let (took, before) = (Instant::now(), worked());
        floor.append(&rows, in_flight);
        floors.push(took.elapsed());
        floor_work.push(worked() - before);
    }
    let all = each * connections;
    let rate = |times: &mut Vec<Duration>| all as f64 / quantile(times, 0.5).as_secs_f64();
    let what = format!("durable appends, {in_flight} in flight");
    table.rate(&what, rate(&mut ours), rate(&mut floors), Aim::AtLeast(0.7));
    let each = |times: &mut Vec<Duration>| quantile(times, 0.5) / u32::try_from(all).unwrap();
    table.time("    … processor time of each", each(&mut our_work), each(&mut floor_work), Aim::None);
    service.close().await;
}

/// Processor time of this process so far.
fn worked() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(used.tv_sec).unwrap(), u32::try_from(used.tv_nsec).unwrap())
}

fn open(folder: &TempDir) -> Service {
    // Otherwise the limits against strangers would be measured instead of the service.
    let limits = Limits { frames: Allowance::per_second(1_000_000, 1_000_000), ..Limits::default() };
    let own = folder.path().join("service");
    Service::open(ServiceConfig { limits, ..ServiceConfig::directory(own) }).unwrap()
}

/// Bodies as the service stores them.
fn rows(number: usize) -> Vec<Vec<u8>> {
    let entry = Group::new(1).entry(1, &"x".repeat(MESSAGE_BYTES)).encode_to_vec();
    vec![entry; number]
}

impl Writer {
    /// Signs everything it will send.
    fn prepare(&mut self, number: usize) {
        let text = "x".repeat(MESSAGE_BYTES);
        let frame = |request: usize| {
            let ask = self.group.submit(&self.connection, &self.group.entry(1, &text));
            Bytes::from(ClientFrame { request: request as u64 + 1_000, body: Some(ask) }.encode_to_vec())
        };
        self.frames = (0..number).map(frame).collect();
    }

    /// Sends everything, this many at once; each must be answered as stored.
    async fn say(mut self, at_once: usize) -> Self {
        let mut left = std::mem::take(&mut self.frames).into_iter();
        let mut unanswered = 0;
        loop {
            while unanswered < at_once {
                let Some(frame) = left.next() else { break };
                self.connection.link.outgoing.send(frame).await.unwrap();
                unanswered += 1;
            }
            if unanswered == 0 {
                return self;
            }
            let answer = ServerFrame::decode(self.connection.link.incoming.recv().await.unwrap()).unwrap();
            match answer.body {
                Some(answer @ Answer::Submitted(_)) => _ = accepted(answer),
                other => panic!("{other:?}"),
            }
            unanswered -= 1;
        }
    }
}

async fn append(writers: Vec<Writer>, at_once: usize) -> Vec<Writer> {
    let saying: Vec<_> = writers.into_iter().map(|writer| tokio::spawn(writer.say(at_once))).collect();
    let mut writers = Vec::new();
    for said in saying {
        writers.push(said.await.unwrap());
    }
    writers
}
