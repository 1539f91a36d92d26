//! People's names, beside their logins.

use std::collections::BTreeMap;

use conclave_engine::api::{
    AppState, Error, Event, LastRow, LogExport, LogQuery, MembershipKind, NewAccount, Person as Shown,
    Service,
};
use conclave_engine::{Events, Received};
use conclave_tests::{Person, oracle, story};

async fn signs_up(person: &Person, name: &str) -> Result<String, Error> {
    let new = NewAccount { name: Some(name.to_owned()), ..NewAccount::new(person.name(), Service::Own) };
    person.engine.create_account(new).await.map(|account| account.name)
}

async fn is_called(person: &Person) -> String {
    match person.engine.app_state().await {
        Ok(AppState::Ready { account }) => account.name,
        other => panic!("no account: {other:?}"),
    }
}

#[test]
fn a_name_of_any_script_is_the_accounts_and_can_be_changed() {
    story(2201, |world| async move {
        let mut anna = world.newcomer("anna").await;
        assert_eq!(signs_up(&anna, "\u{200B}\u{3164}").await, Err(Error::Empty));
        assert_eq!(signs_up(&anna, &"ж".repeat(65)).await, Err(Error::NameTooLong { max: 64 }));
        assert_eq!(signs_up(&anna, " Анна \u{202E} Лебедева\u{0}").await.as_deref(), Ok("Анна Лебедева"));
        anna.restart().await;
        assert_eq!(is_called(&anna).await, "Анна Лебедева");
        assert_eq!(anna.engine.set_name(" ".to_owned()).await, Err(Error::Empty));
        anna.engine.set_name("أنّا".to_owned()).await.expect("another name");
        assert_eq!(is_called(&anna).await, "أنّا");
        anna.restart().await;
        assert_eq!(is_called(&anna).await, "أنّا");
    });
}

#[test]
fn without_a_name_the_login_is_it() {
    story(2202, |world| async move {
        let anna = world.person("anna").await;
        assert_eq!(is_called(&anna).await, "anna");
    });
}

/// The names of a group's other members as somebody sees them, by login.
async fn names(by: &Person, group: &str) -> BTreeMap<String, Option<String>> {
    let roster = by.engine.roster(group.to_owned(), 0).await.expect("the roster is there");
    let others = roster.people.into_iter().map(|one| one.person).filter(|person| !person.me);
    others.map(|person| (person.handle, person.name)).collect()
}

fn called(names: &[(&str, &str)]) -> BTreeMap<String, Option<String>> {
    names.iter().map(|(login, name)| ((*login).to_owned(), Some((*name).to_owned()))).collect()
}

fn name(person: Option<&Shown>) -> Option<&str> {
    person.and_then(|person| person.name.as_deref())
}

fn notified(events: &mut Events) -> bool {
    std::iter::from_fn(|| events.try_next())
        .any(|heard| matches!(heard, Received::Event(Event::Notify { .. })))
}

#[test]
fn everybody_is_called_by_name_wherever_people_are_shown() {
    story(2203, |world| async move {
        let all = [("alice", "Alice A."), ("bob", "Боб"), ("carol", "Carol C.")];
        let [alice, bob, carol] = world.people_called(all).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.settle().await;
        bob.says(&group, "hello").await;
        world.settle().await;
        let hello = alice.message(&group, "hello").await;
        carol.replies(&group, &hello, "hello back").await;
        carol.reacts(&group, &hello, "👋", true).await;
        world.quiet().await;
        assert_eq!(names(&alice, &group).await, called(&all[1..]));
        assert_eq!(names(&carol, &group).await, called(&all[..2]));
        let messages = alice.messages(&group).await;
        assert_eq!(name(Some(&messages[0].sender)), Some("Боб"));
        assert_eq!(name(Some(&messages[0].reactions[0].people[0])), Some("Carol C."));
        let quote = messages[1].reply_to.as_ref().expect("an answer");
        assert_eq!(name(quote.sender.as_ref()), Some("Боб"));
        let log = bob.log(&group).await.rows;
        let added = log.iter().find(|row| row.change.kind == MembershipKind::Added).expect("bob was added");
        assert_eq!(name(added.change.actor.as_ref()), Some("Alice A."));
        assert_eq!(name(added.change.target.as_ref()), Some("Боб"), "the own one is the account's");
        match alice.line(&group).await.last {
            Some(LastRow::Message { sender, .. }) => assert_eq!(name(Some(&sender)), Some("Carol C.")),
            other => panic!("the newest is Carol's answer: {other:?}"),
        }
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_name_is_no_message_and_nothing_to_be_told_of() {
    story(2204, |world| async move {
        let [alice, bob] = world.people_called([("alice", "Alice A."), ("bob", "Bob B.")]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let rows = bob.timeline(&group).await.len();
        let (unread, mut events) = (bob.line(&group).await.unread, bob.engine.events());
        alice.engine.set_name("Alice the Second".to_owned()).await.expect("another name");
        assert_eq!(alice.sees(&group).await.queued, 0, "no user waits for it");
        world.quiet().await;
        assert_eq!(names(&bob, &group).await, called(&[("alice", "Alice the Second")]));
        assert_eq!(bob.timeline(&group).await.len(), rows);
        assert_eq!(bob.line(&group).await.unread, unread);
        assert!(!notified(&mut events));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn who_comes_late_learns_the_names_of_those_who_were_there() {
    story(2205, |world| async move {
        let all = [("alice", "Alice A."), ("bob", "Bob B."), ("carol", "Carol C.")];
        let [alice, mut bob, carol] = world.people_called(all).await;
        let dave = world.person("dave").await;
        let group = alice.creates("Harbour", &[&bob, &dave]).await;
        world.quiet().await;
        bob.stop().await;
        alice.adds(&group, &[&carol]).await;
        world.quiet().await;
        let mut expected = called(&all[..1]);
        expected.extend([("bob".to_owned(), None), ("dave".to_owned(), None)]);
        assert_eq!(names(&carol, &group).await, expected, "Bob is away, Dave has no name");
        bob.start().await;
        world.quiet().await;
        expected.extend(called(&all[1..2]));
        assert_eq!(names(&carol, &group).await, expected);
        assert_eq!(names(&bob, &group).await.get("carol"), called(&all[2..]).get("carol"));
        oracle::agree(&group, &[&alice, &bob, &carol, &dave]).await;
    });
}

#[test]
fn a_name_that_was_changed_without_a_connection_is_told_after_a_kill() {
    story(2206, |world| async move {
        let [mut alice, bob] = world.people_called([("alice", "Alice A."), ("bob", "Bob B.")]).await;
        let mut groups = Vec::new();
        for name in ["One", "Two", "Three"] {
            groups.push(alice.creates(name, &[&bob]).await);
        }
        world.quiet().await;
        alice.network().cut();
        alice.engine.set_name("Alicia".to_owned()).await.expect("another name");
        alice.rises(&world).await;
        world.quiet().await;
        for group in &groups {
            assert_eq!(names(&bob, group).await, called(&[("alice", "Alicia")]), "{group}");
            oracle::agree(group, &[&alice, &bob]).await;
        }
    });
}

#[test]
fn two_of_one_name_are_told_apart() {
    story(2207, |world| async move {
        let all = [("alice", "Alice"), ("mallory", "Аlісе"), ("bob", "Bob")];
        let [alice, mallory, bob] = world.people_called(all).await;
        let group = alice.creates("Harbour", &[&mallory, &bob]).await;
        world.quiet().await;
        let roster = bob.engine.roster(group.clone(), 0).await.expect("the roster is there");
        let alike: Vec<_> =
            roster.people.iter().map(|one| (one.person.handle.as_str(), one.person.alike)).collect();
        assert_eq!(alike, [("alice", true), ("bob", false), ("mallory", true)]);
        mallory.engine.set_name("Bob".to_owned()).await.expect("another name");
        world.quiet().await;
        let roster = alice.engine.roster(group.clone(), 0).await.expect("the roster is there");
        let fooled = roster.people.iter().find(|one| one.person.handle == "mallory").expect("she is here");
        assert!(
            fooled.person.alike && name(Some(&fooled.person)) == Some("Bob"),
            "the login stands beside it"
        );
        assert!(roster.people[0].person.me && !roster.people[0].person.alike);
        oracle::agree(&group, &[&alice, &mallory, &bob]).await;
    });
}

#[test]
fn names_are_searched_in_the_log_and_are_not_in_its_file() {
    story(2208, |world| async move {
        let [alice, bob] = world.people_called([("alice", "Ålice"), ("bob", "Борис")]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let query = LogQuery { text: Some("борис".to_owned()), ..LogQuery::default() };
        let found = alice.engine.membership_log(group.clone(), query).await.expect("the log is there");
        assert!(found.total > 0, "found as it is shown");
        for format in [LogExport::Json, LogExport::Csv] {
            let file = alice.engine.export_log(group.clone(), LogQuery::default(), format).await;
            let file = file.expect("the log is there");
            assert!(file.contains("/u/bob") && !file.contains("Борис"), "who somebody is, is in the login");
        }
    });
}
