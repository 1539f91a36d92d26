//! One message: received durably, and from the sender's call to the receiver's screen.

use std::time::{Duration, Instant};

use conclave_engine::Received;
use conclave_engine::api::Event;

use crate::floor::{self, Rows};
use crate::machine::written;
use crate::profile::{hear, until};
use crate::room::Room;
use crate::table::{Table, median};

/// The first ones are not counted: caches warm up.
const WARM_UP: usize = 5;

/// A message of common length.
pub(crate) fn text(number: usize) -> String {
    format!("{number}: the tide tables are in the folder, high water is at six")
}

/// What receiving costs.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    time: Duration,
    bytes: f64,
}

impl Cost {
    fn of(times: Vec<Duration>, written_before: u64) -> Self {
        let bytes = (written() - written_before) as f64 / times.len() as f64;
        Self { time: median(times.into_iter().skip(WARM_UP).collect()), bytes }
    }
}

/// Measures receiving and sending in a room.
pub(crate) async fn measure(room: &Room, count: usize, table: &mut Table) -> Cost {
    let count = count + WARM_UP;
    let floor = receive_floor(room, count);
    let engine = receive(room, count).await;
    let n = room.size;
    table.time(format!("durable receive of one message, N = {n}"), engine.time, floor.time, Some(2.0));
    table.bytes(format!("written to disk per message received, N = {n}"), engine.bytes, floor.bytes, None);
    let floor = send_floor(room, count);
    table.time(format!("send to peer's screen event, N = {n}"), send(room, count).await, floor, Some(2.0));
    engine
}

/// Receiving in the largest group beside receiving in the smallest.
pub(crate) fn flatness(costs: &[(usize, Cost)], table: &mut Table) {
    let (Some((least, small)), Some((most, large))) = (costs.first(), costs.last()) else { return };
    let what = format!("receive, N = {most} beside N = {least}");
    table.time(format!("{what}: time"), large.time, small.time, Some(1.5));
    table.bytes(format!("{what}: bytes"), large.bytes, small.bytes, Some(1.5));
}

/// Decrypted, and one row written.
fn receive_floor(room: &Room, count: usize) -> Cost {
    let (mut a, mut b) = (room.crowd.a.clone(), room.crowd.b.clone());
    let sealed: Vec<_> = (0..count).map(|n| floor::seal(&mut a, text(n).as_bytes())).collect();
    let rows = Rows::open(&room.folder);
    let mut times = Vec::with_capacity(count);
    let before = written();
    for message in &sealed {
        let from = Instant::now();
        rows.insert(&floor::open(&mut b, message));
        times.push(from.elapsed());
    }
    Cost::of(times, before)
}

/// From an entry's arrival to the event about its durable row, one at a time.
async fn receive(room: &Room, count: usize) -> Cost {
    let (receiver, group) = (&room.receiver, &room.group);
    receiver.gate.shut();
    for number in 0..count {
        room.sender.says(group, &text(number)).await;
    }
    room.sender.settled(group).await;
    until("all entries wait", || async { receiver.gate.waiting() >= count }).await;
    let shown = Event::Timeline { group: group.clone() };
    let mut events = receiver.engine.events();
    let mut times = Vec::with_capacity(count);
    let before = written();
    for _ in 0..count {
        let from = Instant::now();
        receiver.gate.release().await;
        hear(&mut events, &shown).await;
        times.push(from.elapsed());
        // The step's last event: the next one finds the group's actor idle.
        while !matches!(events.next().await, Some(Received::Event(Event::Notify { .. }))) {}
    }
    let cost = Cost::of(times, before);
    receiver.gate.open();
    cost
}

/// The unavoidable part: encrypted, the state durable before it is sent; durable at the service; decrypted, durable at
/// the receiver.
fn send_floor(room: &Room, count: usize) -> Duration {
    let (mut a, mut b) = (room.crowd.a.clone(), room.crowd.b.clone());
    let rows = Rows::open(&room.folder);
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let from = Instant::now();
        let sealed = floor::seal(&mut a, text(number).as_bytes());
        rows.insert(&sealed);
        rows.insert(&sealed);
        rows.insert(&floor::open(&mut b, &sealed));
        times.push(from.elapsed());
    }
    median(times.split_off(WARM_UP))
}

/// From the call to the event at the receiver, through both engines and the service.
async fn send(room: &Room, count: usize) -> Duration {
    let shown = Event::Timeline { group: room.group.clone() };
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let mut events = room.receiver.engine.events();
        let from = Instant::now();
        room.sender.says(&room.group, &text(number)).await;
        hear(&mut events, &shown).await;
        times.push(from.elapsed());
        room.sender.settled(&room.group).await;
    }
    median(times.split_off(WARM_UP))
}
