//! Whatever refers to one message, and from how many people: the list of groups reads no more of it than it shows.

use conclave_protocol::limits::REACTIONS_PER_PERSON_MAX;
use conclave_record::*;

use super::cost::{assert_about, steps};
use super::fixture::*;
use crate::*;

/// This many references to one message used to take seconds to fold for each read of the list.
const MANY: u32 = 40_000;

fn react(target: u32, emoji: &str) -> MessageKind {
    MessageKind::Reaction { target: id(target), emoji: emoji.into() }
}

fn edit(target: u32, text: &str) -> MessageKind {
    MessageKind::Edit { target: id(target), text: text.into(), format: TextFormat::Plain }
}

/// Messages with these numbers and kinds from one person each, in one transaction.
fn say(store: &Store, generation: &Generation, said: impl Iterator<Item = (u32, String, MessageKind)>) {
    store
        .write(|tx| {
            said.into_iter().try_for_each(|(number, sender, kind)| {
                tx.add_message(generation, &message(number, &sender, number.into(), kind)).map(drop)
            })
        })
        .unwrap();
}

fn cost_of_the_list(store: &Store) -> u64 {
    steps(store, |tx| tx.view().groups())
}

/// Inserts this many messages that refer to message 1 at once, as `add_message` would one by one: from `people`
/// people, of this kind and with this text.
fn pile_up(store: &Store, kind: MessageCode, people: u32, body: &str) {
    let pile = format!(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {people})
         INSERT OR IGNORE INTO people (uri, handle) SELECT 'mimi://example.org/u/p' || i, 'p' || i FROM n;
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {MANY})
         INSERT INTO messages (group_row, message, sender, device, state, epoch, seq, at, kind, body, markdown, target, content)
         SELECT m.group_row, randomblob(32), (SELECT id FROM people WHERE uri = 'mimi://example.org/u/p' || (i % {people})), x'0000000000000000',
             0, 1, 100 + i, 1000, {kind}, {body}, 0, m.message, x'' FROM n, messages m WHERE m.position IS NOT NULL",
        kind = kind.stored(),
    );
    store.raw().execute_batch(&pile).unwrap();
}

/// What the list costs when this much refers to the newest message, compared with a little.
fn costs_the_same(author: &str, said: impl Fn(&Store)) {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[(author, text("newest"))]);
    say(
        &store,
        &generation,
        [(10, "p1".into(), react(1, "+")), (11, "p1".into(), edit(1, "other"))].into_iter(),
    );
    let early = cost_of_the_list(&store);
    said(&store);
    assert_about(early, cost_of_the_list(&store), "the list");
    let last = entry(&store).last;
    assert!(matches!(last, Some(LastRow::Message { text: Some(_), .. })), "{last:?}");
}

#[test]
fn of_reactions_by_many() {
    costs_the_same("bob", |store| pile_up(store, MessageCode::Reaction, 2_000, "'e' || (i / 2000)"));
}

#[test]
fn of_edits_and_deletions_by_those_who_did_not_write_it() {
    costs_the_same("bob", |store| pile_up(store, MessageCode::Edit, 1, "'evil'"));
    costs_the_same("bob", |store| pile_up(store, MessageCode::Delete, 1, "NULL"));
}

#[test]
fn of_edits_by_its_author() {
    costs_the_same("p1", |store| pile_up(store, MessageCode::Edit, 2, "'edit ' || i"));
}

#[test]
fn of_rows_that_were_not_looked_at_yet() {
    let (store, generation) = in_a_group();
    let rows = |from: u32, count: u32| {
        say(&store, &generation, (from..from + count).map(|n| (n, "bob".to_owned(), text("hi"))));
    };
    let page = || steps(&store, |tx| tx.view().timeline(&GROUP, PageFrom::Newest, 20));
    rows(0, 100);
    let early = (cost_of_the_list(&store), page());
    rows(100, 4_000);
    assert_about(early.0, cost_of_the_list(&store), "the list");
    assert_about(early.1, page(), "a page");
    // Read, but not seen: the search for a change passes them.
    store.write(|tx| tx.mark_read(&GROUP)).unwrap();
    assert_about(early.1, page(), "a page");
}

#[test]
fn a_page_shows_so_many_reactions_and_costs_no_more() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("newest"))]);
    pile_up(&store, MessageCode::Reaction, MANY, "'+'");
    let shown = shown(&store).remove(0);
    assert_eq!(shown.reactions.len(), 1);
    assert_eq!(shown.reactions[0].people.len(), 4_096);
    assert_eq!(shown.reactions[0].people[0], user("p0"));
}

#[test]
fn a_person_has_so_many_reactions_to_a_message_and_another_when_one_was_taken_back() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("one"))]);
    say(&store, &generation, (10..60).map(|n| (n, "cat".into(), react(1, &format!("e{n}")))));
    say(&store, &generation, [(70, "dan".into(), react(1, "+"))].into_iter());
    let emoji = || shown(&store).remove(0).reactions.into_iter().map(|r| r.emoji).collect::<Vec<_>>();
    let kept: Vec<String> = (10..30).map(|n| format!("e{n}")).chain(["+".into()]).collect();
    assert_eq!((emoji(), kept.len()), (kept, REACTIONS_PER_PERSON_MAX + 1));
    say(&store, &generation, [(80, "cat".into(), MessageKind::Delete { target: id(12) })].into_iter());
    say(
        &store,
        &generation,
        [(81, "cat".into(), react(1, "new")), (82, "cat".into(), react(1, "over"))].into_iter(),
    );
    assert!(
        emoji().contains(&"new".into())
            && !emoji().contains(&"over".into())
            && !emoji().contains(&"e12".into())
    );
}

#[test]
fn who_makes_and_takes_back_thousands_leaves_nothing_to_be_folded() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("one"))]);
    let pair = |n: u32| {
        let kind =
            if n.is_multiple_of(2) { react(1, "+") } else { MessageKind::Delete { target: id(n - 1) } };
        (n, "cat".to_owned(), kind)
    };
    say(&store, &generation, (100..110).map(pair));
    let early = steps(&store, |tx| tx.view().timeline(&GROUP, PageFrom::Newest, 20));
    say(&store, &generation, (200..1_200).map(pair));
    assert_about(early, steps(&store, |tx| tx.view().timeline(&GROUP, PageFrom::Newest, 20)), "a page");
    assert!(shown(&store).remove(0).reactions.is_empty());
    let left: i64 =
        store.raw().query_row("SELECT count(*) FROM messages WHERE body = '+'", [], |r| r.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_reaction_that_comes_after_its_deletion_is_none() {
    let (store, generation) = in_a_group();
    tell(
        &store,
        &generation,
        &[("bob", text("one")), ("cat", MessageKind::Delete { target: id(3) }), ("cat", react(1, "+"))],
    );
    assert!(shown(&store).remove(0).reactions.is_empty());
}

#[test]
fn own_ones_are_counted_with_those_that_wait() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("one"))]);
    let count = || store.read(|view| view.own_reactions(&GROUP, &id(1))).unwrap();
    assert_eq!(count(), 0);
    for number in 10..15 {
        store.write(|tx| tx.add_send(&GROUP, &own(number, react(1, &format!("e{number}"))))).unwrap();
    }
    assert_eq!(count(), 5);
    store.write(|tx| tx.add_send(&GROUP, &own(20, MessageKind::Delete { target: id(10) }))).unwrap();
    assert_eq!(count(), 4);
}
