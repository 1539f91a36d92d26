//! Catching up: an engine that was offline while many messages were sent.

use std::time::Instant;

use conclave_engine::api::Draft;
use conclave_engine::api::TextFormat;
use futures::StreamExt as _;

use crate::floor;
use crate::message::text;
use crate::profile::until;
use crate::room::Room;
use crate::table::{Table, tell};

/// Concurrent sends.
const AT_ONCE: usize = 64;

/// Measures it in a room, which can't be used after that.
pub(crate) async fn measure(mut room: Room, count: usize, table: &mut Table) {
    let (mut a, mut b) = (room.crowd.a.clone(), room.crowd.b.clone());
    let sealed: Vec<_> = (0..count).map(|n| floor::seal(&mut a, text(n).as_bytes())).collect();
    let from = Instant::now();
    for message in &sealed {
        floor::open(&mut b, message);
    }
    let raw = from.elapsed();

    let unread = room.unread().await;
    room.receiver.gate.cut();
    tell("somebody says a lot");
    let send = |number| {
        let draft = Draft { text: text(number), format: TextFormat::Plain, reply_to: None };
        room.sender.engine.send(&room.group, draft)
    };
    let sent = futures::stream::iter(0..count).map(send).buffer_unordered(AT_ONCE);
    sent.for_each(|sent| async { drop(sent.unwrap()) }).await;
    room.sender.settled(&room.group).await;
    room.sender.close().await;
    tell("and somebody reads it");
    room.receiver.gate.mend();
    let from = Instant::now();
    room.receiver.engine.reconnect().await.unwrap();
    let all = unread + u32::try_from(count).unwrap();
    until("all is there", || async { room.unread().await >= all }).await;
    let what = format!("catch-up of {count} messages, N = {}", room.size);
    table.time(what, from.elapsed(), raw, Some(2.0));
    room.receiver.close().await;
}

impl Room {
    async fn unread(&self) -> u32 {
        let groups = self.receiver.engine.groups().await.unwrap();
        groups.iter().find(|g| g.id == self.group).map_or(0, |g| g.unread)
    }
}
