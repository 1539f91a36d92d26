//! Messages, and what refers to them.

use conclave_protocol::{Epoch, Seq, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

fn react(target: u32, emoji: &str) -> MessageKind {
    MessageKind::Reaction { target: id(target), emoji: emoji.into() }
}

fn edit(target: u32, text: &str) -> MessageKind {
    MessageKind::Edit { target: id(target), text: text.into(), format: TextFormat::Markdown }
}

fn delete(target: u32) -> MessageKind {
    MessageKind::Delete { target: id(target) }
}

fn sent(store: &Store, generation: &Generation, number: u32, seq: u64) -> bool {
    store.write(|tx| tx.sent(generation, &id(number), Seq(seq), Timestamp(2000 + seq), Epoch(2))).unwrap()
}

#[test]
fn a_message_is_shown_once() {
    let (store, generation) = in_a_group();
    let row = message(1, "bob", 1, text("hi"));
    assert!(store.write(|tx| tx.add_message(&generation, &row)).unwrap());
    let again = MessageRow { seq: Seq(2), ..row };
    assert!(!store.write(|tx| tx.add_message(&generation, &again)).unwrap());
    assert_eq!(texts(&store), ["hi"]);
    assert_eq!(entry(&store).unread, 1);
}

#[test]
fn an_own_message_moves_from_the_end_to_its_place() {
    let (store, generation) = in_a_group();
    let (_, row) = store.write(|tx| tx.add_send(&GROUP, &own(1, text("mine")))).unwrap();
    store.write(|tx| tx.add_message(&generation, &message(2, "bob", 5, text("early")))).unwrap();
    assert_eq!(texts(&store), ["early", "mine"]);
    assert_eq!(shown(&store)[1].state, MessageState::Queued);
    assert!(page(&store)[1].position >= 1 << 52 && page(&store)[1].position < 1 << 53);
    assert_eq!(store.read(|view| view.waiting(&GROUP)).unwrap(), 1);

    assert!(sent(&store, &generation, 1, 4));
    let rows = page(&store);
    assert_eq!(texts(&store), ["mine", "early"]);
    assert_eq!((Some(rows[0].id), rows[0].position), (row, 4 << 10));
    assert_eq!((rows[0].at, rows[0].epoch), (Timestamp(2004), Epoch(2)));
    assert_eq!(shown(&store)[0].state, MessageState::Sent);
    assert_eq!(store.read(|view| view.waiting(&GROUP)).unwrap(), 0);
    assert!(!sent(&store, &generation, 1, 4), "an echo seen twice changes nothing");
    assert_eq!(store.read(|view| view.row_of(&GROUP, &id(1))).unwrap(), row);
}

#[test]
fn the_newest_edit_of_its_author_is_shown() {
    let (store, generation) = in_a_group();
    tell(
        &store,
        &generation,
        &[("bob", text("one")), ("bob", edit(1, "two")), ("bob", edit(1, "three")), ("eve", edit(1, "evil"))],
    );
    let message = shown(&store).remove(0);
    assert_eq!(message.body, MessageBody::Text { text: "three".into(), format: TextFormat::Markdown });
    assert!(message.edited);
    assert_eq!(shown(&store).len(), 1);
}

#[test]
fn a_message_deleted_by_its_author_is_gone_for_good() {
    let (store, generation) = in_a_group();
    tell(
        &store,
        &generation,
        &[
            ("bob", text("secret")),
            ("bob", edit(1, "secret too")),
            ("eve", delete(1)),
            ("cat", react(1, "x")),
            ("bob", delete(1)),
            ("bob", edit(1, "late secret")),
        ],
    );
    let message = shown(&store).remove(0);
    assert_eq!((message.body, message.edited, message.reactions), (MessageBody::Deleted, false, vec![]));
    let left: i64 = store
        .raw()
        .query_row(
            "SELECT count(*) FROM messages WHERE kind IN (0, 2) AND (body IS NOT NULL OR content <> x'')",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn nobody_deletes_what_another_wrote() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("here")), ("eve", delete(1))]);
    assert_eq!(texts(&store), ["here"]);
}

#[test]
fn an_own_deletion_shows_at_once_and_wipes_when_it_is_accepted() {
    let (store, generation) = in_a_group();
    store.write(|tx| tx.add_send(&GROUP, &own(1, text("mine")))).unwrap();
    sent(&store, &generation, 1, 1);
    let (intent, row) = store.write(|tx| tx.add_send(&GROUP, &own(2, delete(1)))).unwrap();
    assert_eq!((texts(&store), row), (vec!["(deleted)".to_owned()], None));

    let fail = IntentChange::Failed(FailReason::Refused);
    store.write(|tx| tx.set_intent(&GROUP, intent, fail)).unwrap();
    let message = shown(&store).remove(0);
    assert_eq!(message.body, MessageBody::Text { text: "mine".into(), format: TextFormat::Plain });
    assert_eq!(message.failed_change, Some(FailedChange { intent, reason: FailReason::Refused }));

    store.write(|tx| tx.retry(&GROUP, intent)).unwrap();
    sent(&store, &generation, 2, 2);
    assert_eq!(texts(&store), ["(deleted)"]);
    let body: Option<String> =
        store.raw().query_row("SELECT body FROM messages WHERE kind = 0", [], |row| row.get(0)).unwrap();
    assert_eq!(body, None);
}

#[test]
fn reactions_count_people_once_and_can_be_taken_back() {
    let (store, generation) = in_a_group();
    tell(
        &store,
        &generation,
        &[
            ("bob", text("hi")),
            ("cat", react(1, "+")),
            ("eve", react(1, "*")),
            ("cat", react(1, "+")),
            ("dan", react(1, "+")),
            ("eve", delete(3)),
            ("bob", delete(5)),
        ],
    );
    let reactions = shown(&store).remove(0).reactions;
    assert_eq!(reactions, [Reaction { emoji: "+".into(), people: vec![user("cat"), user("dan")] }]);
}

#[test]
fn an_own_reaction_is_found_until_it_is_taken_back() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("hi")), ("bob", react(1, "+"))]);
    let mine = || store.read(|view| view.own_reaction(&GROUP, &id(1), "+")).unwrap();
    assert_eq!(mine(), None);
    store.write(|tx| tx.add_send(&GROUP, &own(10, react(1, "+")))).unwrap();
    assert_eq!(mine(), Some(id(10)));
    assert_eq!(shown(&store)[0].reactions[0].people, [user("bob"), user("ana")]);
    store.write(|tx| tx.add_send(&GROUP, &own(11, delete(10)))).unwrap();
    assert_eq!(mine(), None);
    assert_eq!(shown(&store)[0].reactions[0].people, [user("bob")]);
}

#[test]
fn a_reply_quotes_what_is_here_and_as_it_is_now() {
    let (store, generation) = in_a_group();
    let long = "ä".repeat(300);
    tell(&store, &generation, &[("bob", text("one")), ("bob", edit(1, &long))]);
    let reply = |number: u32, to: u32| MessageRow {
        in_reply_to: Some(id(to)),
        ..message(number, "cat", number.into(), text("reply"))
    };
    store
        .write(|tx| {
            tx.add_message(&generation, &reply(10, 1))?;
            tx.add_message(&generation, &reply(11, 99))
        })
        .unwrap();
    let quotes: Vec<Quote> = shown(&store).into_iter().filter_map(|message| message.reply_to).collect();
    assert_eq!(quotes[0].text, Some("ä".repeat(200)));
    assert_eq!(quotes[0].sender, Some(client("bob")));
    assert_eq!(quotes[1], Quote { message: id(99), sender: None, text: None });
    store.write(|tx| tx.add_message(&generation, &message(12, "bob", 12, delete(1)))).unwrap();
    assert_eq!(
        shown(&store)[1].reply_to,
        Some(Quote { message: id(1), sender: Some(client("bob")), text: None })
    );
}

#[test]
fn content_of_a_kind_we_do_not_know_is_kept_and_shown_as_such() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", MessageKind::Unknown { content_type: "video/x".into() })]);
    assert_eq!(texts(&store), ["(video/x)"]);
    assert_eq!(entry(&store).unread, 0);
}

#[test]
fn a_message_of_another_device_of_mine_is_not_unread() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("ana", text("from my phone"))]);
    assert_eq!(entry(&store).unread, 0);
    assert_eq!(shown(&store)[0].state, MessageState::Received);
}
