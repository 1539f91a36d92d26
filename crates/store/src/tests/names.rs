//! What people call themselves.

use std::collections::BTreeSet;

use conclave_protocol::{PersonName, Timestamp, alike_key};
use conclave_record::*;

use super::fixture::*;
use crate::*;

fn called(name: &str) -> PersonName {
    PersonName::clean(name).unwrap()
}

/// Ana's group, with Ben and Cat in it.
fn with_people() -> (Store, Generation) {
    let (store, generation) = in_a_group();
    let roster = [leaf(0, "ana", Role::Owner), leaf(1, "ben", Role::Member), leaf(2, "cat", Role::Member)];
    store.write(|tx| tx.roster_put(&generation, &roster)).unwrap();
    (store, generation)
}

fn say(store: &Store, generation: &Generation, who: &str, name: &str) {
    store.write(|tx| tx.put_name(generation, &user(who), &called(name))).unwrap();
}

/// Everybody's name, and whether it looks like another.
fn names(store: &Store) -> Vec<(String, String, bool)> {
    let names = store.read(|view| view.names(&GROUP)).unwrap();
    names
        .into_iter()
        .map(|(user, known)| (user.handle().to_owned(), known.name.into(), known.alike))
        .collect()
}

fn queued(store: &Store) -> Vec<(PersonName, Option<Timestamp>)> {
    let intents = store.read(|view| view.queued_intents(&GROUP)).unwrap();
    let profile = |row: Intent| match row.kind {
        IntentKind::Profile { name, due } => Some((name, due)),
        _ => None,
    };
    intents.into_iter().filter_map(profile).collect()
}

fn named_account(store: &Store, name: &str) {
    store.write(|tx| tx.set_name(&called(name))).unwrap();
}

#[test]
fn a_person_has_one_name_in_a_group_however_often_it_changes() {
    let (store, generation) = with_people();
    let often = |tx: &mut Tx<'_>| {
        (0..10_000).try_for_each(|n| tx.put_name(&generation, &user("ben"), &called(&format!("Ben {n}"))))
    };
    store.write(often).unwrap();
    say(&store, &generation, "ben", "Ben at last");
    assert_eq!(names(&store), [("ben".to_owned(), "Ben at last".to_owned(), false)]);
    let users = [user("ben"), user("cat")];
    let of = store.read(|view| view.names_of(&GROUP, &users.iter().collect::<BTreeSet<_>>())).unwrap();
    assert_eq!(of.len(), 1, "who sent none has none");
    assert_eq!(of[&user("ben")].name, called("Ben at last"));
}

#[test]
fn names_that_look_like_another_name_or_a_login_are_marked() {
    let (store, generation) = with_people();
    say(&store, &generation, "ben", "Zo\u{435}");
    say(&store, &generation, "cat", "ZOE");
    assert!(names(&store).iter().all(|(_, _, alike)| *alike), "two that look alike");
    say(&store, &generation, "cat", "B\u{435}n");
    let marked: Vec<_> = names(&store).into_iter().map(|(who, _, alike)| (who, alike)).collect();
    assert_eq!(marked, [("ben".to_owned(), false), ("cat".to_owned(), true)], "as Ben's login");
    say(&store, &generation, "ben", "Ben");
    store.write(|tx| tx.roster_end(&generation, &[1], conclave_protocol::Epoch(2))).unwrap();
    assert!(names(&store)[1].2, "Ben's name is still shown with his messages, though he is gone");
}

#[test]
fn names_stay_with_the_next_membership_and_go_with_the_group() {
    let (store, generation) = with_people();
    say(&store, &generation, "ben", "Ben");
    store.write(|tx| begin(tx, &GROUP)).unwrap();
    assert_eq!(names(&store).len(), 1);
    store.write(|tx| tx.delete_group(&GROUP)).unwrap();
    let left = store.raw().query_row("SELECT count(*) FROM names", [], |row| row.get::<_, i64>(0));
    assert_eq!(left, Ok(0));
}

#[test]
fn without_a_name_nothing_is_told() {
    let (store, _) = in_a_group();
    store.write(|tx| tx.introduce(&GROUP, Some(Timestamp(9)), Timestamp(1))).unwrap();
    assert_eq!(queued(&store), []);
}

#[test]
fn one_wish_to_tell_a_name_waits_at_a_time_and_has_the_newest_one() {
    let (store, _) = in_a_group();
    named_account(&store, "Ana");
    let introduce = |due: Option<u64>| {
        store.write(|tx| tx.introduce(&GROUP, due.map(Timestamp), Timestamp(1))).unwrap();
    };
    introduce(None);
    assert_eq!(queued(&store), [(called("Ana"), None)]);
    assert!(!store.read(|view| view.is_busy(&GROUP)).unwrap(), "it waits for a message");
    introduce(Some(90));
    introduce(Some(95));
    introduce(None);
    named_account(&store, "Ana L.");
    assert_eq!(queued(&store), [(called("Ana L."), Some(Timestamp(90)))]);
    assert!(store.read(|view| view.is_busy(&GROUP)).unwrap());
    assert_eq!(store.read(|view| view.waiting(&GROUP)), Ok(0), "no user waits for it");
}

#[test]
fn a_new_name_has_a_wish_of_its_own() {
    let (store, _) = in_a_group();
    named_account(&store, "Ana");
    store.write(|tx| tx.introduce(&GROUP, None, Timestamp(1))).unwrap();
    let first = store.read(|view| view.queued_intents(&GROUP)).unwrap()[0].id;
    store.write(|tx| tx.introduce_anew(&GROUP, Timestamp(5), Timestamp(5))).unwrap();
    let second = store.read(|view| view.queued_intents(&GROUP)).unwrap()[0].id;
    assert!(second > first, "the former one may be under way");
    store.write(|tx| tx.set_intent(&GROUP, second, IntentChange::Submitted)).unwrap();
    store.write(|tx| tx.introduce_anew(&GROUP, Timestamp(6), Timestamp(6))).unwrap();
    assert_eq!(queued(&store).len(), 1, "what is under way stays beside it");
}

#[test]
fn a_name_that_could_not_be_told_is_no_row() {
    let (store, generation) = with_state();
    named_account(&store, "Ana");
    let failed = IntentChange::Failed(FailReason::Refused);
    store.write(|tx| tx.introduce(&GROUP, None, Timestamp(1))).unwrap();
    let intent = store.read(|view| view.queued_intents(&GROUP)).unwrap()[0].id;
    store.write(|tx| tx.set_intent(&GROUP, intent, failed)).unwrap();
    store.write(|tx| tx.introduce(&GROUP, None, Timestamp(1))).unwrap();
    store.write(|tx| tx.forget(&generation)).unwrap();
    assert_eq!(queued(&store), []);
    assert_eq!(page(&store), []);
}

#[test]
fn the_log_is_searched_by_names_too() {
    let (store, generation) = with_people();
    say(&store, &generation, "ben", "\u{411}\u{435}\u{43d}");
    say(&store, &generation, "ana", "\u{411}\u{43e}\u{440}\u{438}\u{441}");
    let mut log = Log::new();
    let rows =
        [log.row(1, MembershipKind::Added, "ana", "ben"), log.row(2, MembershipKind::Added, "ana", "cat")];
    store.write(|tx| tx.add_membership(&generation, &rows)).unwrap();
    let found = |text: &str| {
        let filter = LogFilter { text: Some(text.to_owned()), ..LogFilter::default() };
        let page = store.read(|view| view.membership_log(&GROUP, &filter, 50)).unwrap();
        assert_eq!(page.total as usize, page.rows.len());
        page.rows.len()
    };
    assert_eq!(found("\u{431}\u{435}"), 1, "in any case");
    assert_eq!(found("\u{431}\u{43e}\u{440}"), 0, "rows call this user \"you\"");
    assert_eq!(found("cat"), 1);
}

/// The migration computes for older logins what the code computes for new ones.
#[test]
fn logins_of_before_look_alike_as_those_of_now() {
    let store = Store::open_temporary(&KEY).unwrap();
    let migrated = "SELECT replace(replace(replace(replace(replace(replace(replace(
        ?1, 'm', 'rn'), '0', 'o'), '1', 'l'), 'i', 'l'), '.', ''), '_', ''), '-', '')";
    assert!(
        include_str!("../../migrations/0008_names.sql")
            .contains("'m', 'rn'), '0', 'o'), '1', 'l'), 'i', 'l'")
    );
    let handle = "abcdefghijklmnopqrstuvwxyz.0123456789_-";
    let made: String = store.raw().query_row(migrated, [handle], |row| row.get(0)).unwrap();
    assert_eq!(made, alike_key(handle));
}
