//! One commit in a group whose tree is warm: built by one engine, processed by both.

use std::time::{Duration, Instant};

use mls_rs::MlsMessage;

use crate::floor::Rows;
use crate::machine::written;
use crate::profile::until;
use crate::room::Room;
use crate::table::{Table, median};

/// Measures commits in a room.
pub(crate) async fn measure(room: &Room, count: usize, table: &mut Table) {
    let (floor, commits) = floor(room, count);
    let engine = commit(room, count).await;
    let n = room.size;
    table.time(format!("warm commit + process, N = {n}"), engine, floor, Some(2.0));
    let floor = bytes_floor(room, &commits);
    let engine = bytes(room, count).await;
    table.bytes(format!("written to disk per commit received, N = {n}"), engine, floor, None);
}

/// mls-rs alone: built and applied by one member, processed by another. Returns the commits' bytes as well.
fn floor(room: &Room, count: usize) -> (Duration, Vec<Vec<u8>>) {
    let (mut a, mut b) = (room.crowd.a.clone(), room.crowd.b.clone());
    let (mut times, mut commits) = (Vec::new(), Vec::new());
    // The first one warms the last pair's part of the tree.
    for _ in 0..=count {
        let from = Instant::now();
        let commit = b.commit_builder().build().unwrap().commit_message.to_bytes().unwrap();
        b.apply_pending_commit().unwrap();
        a.process_incoming_message(MlsMessage::from_bytes(&commit).unwrap()).unwrap();
        times.push(from.elapsed());
        commits.push(commit);
    }
    (median(times.split_off(1)), commits.split_off(1))
}

/// From the call until both engines are in the new epoch, through the service.
async fn commit(room: &Room, count: usize) -> Duration {
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let epoch = room.sender.sees(&room.group).await.epoch;
        let from = Instant::now();
        rename(room, number).await;
        tokio::join!(
            room.sender.reaches(&room.group, epoch + 1),
            room.receiver.reaches(&room.group, epoch + 1)
        );
        times.push(from.elapsed());
        room.at_rest().await;
    }
    median(times)
}

async fn rename(room: &Room, number: usize) {
    room.sender.engine.rename_group(room.group.clone(), format!("Quay {number}")).await.unwrap();
}

/// A durable row of each commit's size.
fn bytes_floor(room: &Room, commits: &[Vec<u8>]) -> f64 {
    let rows = Rows::open(&room.folder);
    let before = written();
    commits.iter().for_each(|commit| rows.insert(commit));
    (written() - before) as f64 / commits.len() as f64
}

/// What the receiver writes for each of some commits, and truncating the write-ahead log after them.
async fn bytes(room: &Room, count: usize) -> f64 {
    let (receiver, group) = (&room.receiver, &room.group);
    room.sender.checkpointed().await;
    receiver.checkpointed().await;
    receiver.gate.shut();
    for number in 0..count {
        let epoch = room.sender.sees(group).await.epoch;
        rename(room, number).await;
        room.sender.reaches(group, epoch + 1).await;
        room.sender.settled(group).await;
    }
    room.sender.checkpointed().await;
    until("all commits wait", || async { receiver.gate.waiting() >= count }).await;
    let before = written();
    for _ in 0..count {
        let epoch = receiver.sees(group).await.epoch;
        receiver.gate.release().await;
        receiver.reaches(group, epoch + 1).await;
    }
    receiver.checkpointed().await;
    let bytes = (written() - before) as f64 / count as f64;
    receiver.gate.open();
    bytes
}
