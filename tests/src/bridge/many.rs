//! An account with thousands of groups: a few that Grace is in as well, scattered among those that Alice has left, which
//! are rows of her store.

use bytes::Bytes;
use conclave_engine::api::{NewAccount, Service};
use conclave_protocol::clock::{Clock as _, SystemClock};
use conclave_protocol::{ClientUri, DeviceId, Epoch, GroupId, MessageId, Seq, Timestamp};
use conclave_record::{GroupHead, GroupStatus, KeyHandle, MessageKind, MessageRow, TextFormat};
use conclave_store::{Store, Tx};

use crate::{Kept, Setup, story_with};

/// How many groups there are.
const GROUPS: u64 = 3_000;
/// Each of so many is one with Grace.
const LIVE_EVERY: u64 = 500;
/// How long ago the newest group had its last message.
const NEWEST_AGO_MS: u64 = 1_000_000;
/// How much older the next one of the list is.
const STEP_MS: u64 = 1_000;

/// Tells how they came.
pub(super) fn tell() -> Kept {
    let now = SystemClock.now();
    let said_at = |n: u64| Timestamp(now.0 - NEWEST_AGO_MS - n * STEP_MS);
    let begin = Timestamp(said_at(GROUPS).0 - 60_000);
    story_with(Setup { service_on_disk: true, begin, ..Setup::seeded(2) }, |world| async move {
        let (alice, grace) = (world.newcomer("alice").await, world.newcomer("grace").await);
        for person in [&alice, &grace] {
            let new = NewAccount::new(person.name(), Service::Own);
            person.engine.create_account(new).await.expect("an account is made");
        }
        world.settle().await;
        for n in (0..GROUPS).rev().filter(|n| n % LIVE_EVERY == 0) {
            let ahead = said_at(n).0.saturating_sub(world.now().0);
            world.pass(ahead).await;
            let group = grace.creates(&format!("Group {n}"), &[&alice]).await;
            world.settle().await;
            alice.looks(&group).await;
        }
        let me = alice.user().parse().map(|user: conclave_protocol::UserUri| user.client(DeviceId([0; 8])));
        let me = me.expect("a user");
        alice.engine.close().await;
        grace.engine.close().await;
        world.settle().await;
        let store = Store::open(&alice.store_file(), &alice.store_key()).expect("nobody else has it open");
        let like =
            store.read(|v| v.groups()).expect("the list").first().expect("there are some").generation.group;
        let left = store.write(|tx| {
            let (_, head) = tx.view().head(&like)?.expect("it has a head");
            let mut dead = (0..GROUPS).filter(|n| n % LIVE_EVERY != 0);
            dead.try_for_each(|n| leave(tx, &head, n, said_at(n), &me))
        });
        left.expect("the rows fit");
        drop(store);
        world.keep([&alice, &grace]).await
    })
}

/// A group that was left, with one message in it.
fn leave(
    tx: &mut Tx<'_>,
    like: &GroupHead,
    n: u64,
    at: Timestamp,
    me: &ClientUri,
) -> Result<(), conclave_store::Error> {
    let mut id = [0x11; 16];
    id[..8].copy_from_slice(&n.to_be_bytes());
    let group = GroupId::new(id);
    let generation = tx.start_generation(&group, &KeyHandle::new("gone"), at)?;
    tx.promote(&generation)?;
    let head = GroupHead { name: format!("Group {n}"), status: GroupStatus::Left, ..like.clone() };
    tx.put_head(&generation, &head)?;
    let mut message = [0; 32];
    message[..16].copy_from_slice(&id);
    let row = MessageRow {
        message: MessageId::new(message),
        sender: me.clone(),
        epoch: Epoch(0),
        seq: Seq(1),
        at,
        kind: MessageKind::Text { text: "That was it.".to_owned(), format: TextFormat::Plain },
        in_reply_to: None,
        content: Bytes::new(),
    };
    tx.add_message(&generation, &row).map(drop)
}
