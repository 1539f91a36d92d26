//! Rows of the sample that no conversation makes, or only a long one: written into Alice's store while her app is closed.

use std::collections::BTreeMap;

use bytes::Bytes;
use conclave_protocol::{ClientUri, Epoch, GroupId, MessageId, Seq, Timestamp};
use conclave_record::{
    FailReason, Generation, GroupStatus, IntentChange, IntentKind, MessageKind, MessageRow, OwnMessage,
    PersonKeyPackages, TextFormat, UnreadableCause, UnreadableRow,
};
use conclave_store::{Store, Tx};

use crate::Person;
use crate::world::DAY_MS;

/// What is said in a rehearsal.
pub(super) const LINES: [&str; 10] = [
    "Bar 64 again, please.",
    "Who has the second trombone part?",
    "Rehearsal starts at half past seven.",
    "I will be ten minutes late.",
    "The hall is booked until ten.",
    "Can we take the scherzo a little slower?",
    "Mutes for the last page.",
    "Parking is behind the church this time.",
    "Great evening, thank you all.",
    "New parts are in the cupboard. They are **double sided**, so bring clips.",
];
/// For the virtual list. The last one is a single line.
const LONG_HISTORY: u64 = 1_999;
/// Positions of the timeline that belong to one entry of the log.
const PLACES: u64 = 1_024;
/// Rows of the history beside one entry.
const ROWS_AT_A_PLACE: u64 = 700;
const MINUTE_MS: u64 = 60_000;

/// Writes them.
pub(super) fn write(alice: &Person, people: &BTreeMap<String, Person>, now: Timestamp) {
    let clients: BTreeMap<&str, ClientUri> =
        people.iter().map(|(name, person)| (name.as_str(), client(person))).collect();
    let store = Store::open(&alice.store_file(), &alice.store_key()).expect("nobody else has it open");
    let groups = store.read(|v| v.groups()).expect("the list");
    let named =
        |name: &str| groups.iter().find(|group| group.name == name).expect("it is in the list").generation;
    let rows = store.write(|tx| {
        orchestra(tx, &named("Orchestra, brass"), &clients, now)?;
        flat(tx, &named("Flat 12"), &clients, now)?;
        let broken = named("Allotment");
        let (_, mut head) = tx.view().head(&broken.group)?.expect("it has a head");
        head.status = GroupStatus::Broken { cause: UnreadableCause::Diverged };
        tx.put_head(&broken, &head)
    });
    rows.expect("the rows fit");
}

/// The one client of a person, whose app is closed.
fn client(person: &Person) -> ClientUri {
    let store = Store::open(&person.store_file(), &person.store_key()).expect("nobody else has it open");
    let account = store.read(|v| v.account()).expect("it can be read").expect("there is an account");
    account.user.client(account.device)
}

/// An id that is the same in every run.
fn message_id(group: &GroupId, n: u64) -> MessageId {
    let mut id = [0_u8; 32];
    id[..16].copy_from_slice(group.as_bytes());
    id[16..24].copy_from_slice(&n.to_be_bytes());
    MessageId::new(id)
}

/// A long history, before what was said today.
fn orchestra(
    tx: &mut Tx<'_>,
    generation: &Generation,
    clients: &BTreeMap<&str, ClientUri>,
    now: Timestamp,
) -> Result<(), conclave_store::Error> {
    let players = ["grace", "grace", "ivan", "ivan", "judy", "judy", "heidi", "heidi"];
    for n in 0..LONG_HISTORY {
        let line = usize::try_from(n).unwrap_or(0);
        let sender = if n % 7 == 3 { "alice" } else { players[line % players.len()] };
        let text = format!("{} ({})", LINES[line % LINES.len()], n + 1);
        let row = MessageRow {
            message: message_id(&generation.group, n),
            sender: clients[sender].clone(),
            epoch: Epoch(1),
            seq: Seq(1 + n / ROWS_AT_A_PLACE),
            at: Timestamp(now.0 - 5 * DAY_MS + n * 3 * MINUTE_MS),
            kind: MessageKind::Text { text, format: TextFormat::Markdown },
            in_reply_to: None,
            content: Bytes::new(),
        };
        tx.add_message(generation, &row)?;
    }
    // What follows was said today.
    let places = (1 + LONG_HISTORY / ROWS_AT_A_PLACE) + 1;
    tx.mark_seen(&generation.group, places * PLACES - 1)
}

/// What goes wrong in a group.
fn flat(
    tx: &mut Tx<'_>,
    generation: &Generation,
    clients: &BTreeMap<&str, ClientUri>,
    now: Timestamp,
) -> Result<(), conclave_store::Error> {
    let group = &generation.group;
    let (_, head) = tx.view().head(group)?.expect("it has a head");
    let at = Timestamp(now.0 - 2 * DAY_MS - 50 * MINUTE_MS);
    let seq = Seq(tx.view().saved(generation)?.expect("it has a state").cursor.0);
    let unreadable = |sender: Option<&ClientUri>, cause| UnreadableRow {
        seq,
        at,
        epoch: head.epoch,
        sender: sender.cloned(),
        cause,
    };
    tx.add_unreadable(generation, &unreadable(Some(&clients["heidi"]), UnreadableCause::SenderGone))?;
    tx.add_unreadable(generation, &unreadable(None, UnreadableCause::Damaged))?;
    let unknown = MessageRow {
        message: message_id(group, 1),
        sender: clients["ivan"].clone(),
        epoch: head.epoch,
        seq,
        at,
        kind: MessageKind::Unknown { content_type: "image/avif".to_owned() },
        in_reply_to: None,
        content: Bytes::new(),
    };
    tx.add_message(generation, &unknown)?;
    let people = vec![PersonKeyPackages { user: clients["nadia"].user().clone(), key_packages: Vec::new() }];
    let add = tx.add_intent(group, &IntentKind::Add { people }, at)?;
    tx.set_intent(group, add, IntentChange::Failed(FailReason::BadKeyPackage))?;
    let failed = OwnMessage {
        message: message_id(group, 2),
        sender: clients["alice"].clone(),
        epoch: head.epoch,
        at,
        kind: MessageKind::Text {
            text: "Then I turn the heating on again.".to_owned(),
            format: TextFormat::Plain,
        },
        in_reply_to: None,
        content: Bytes::new(),
    };
    let (send, _) = tx.add_send(group, &failed)?;
    tx.set_intent(group, send, IntentChange::Failed(FailReason::TooManyAttempts))?;
    tx.mark_read(group)
}
