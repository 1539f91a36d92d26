//! How somebody arranges the list of groups (pinned, archived, muted, marked), and that the others notice nothing.

use conclave_engine::Received;
use conclave_engine::api::{Error, Event, GroupSummary};
use conclave_protocol::clock::Clock as _;
use conclave_protocol::limits::REACTIONS_PER_PERSON_MAX;
use conclave_tests::{Person, World, story};

const HOUR_MS: u64 = 3_600_000;

async fn two_groups(world: &World) -> ([Person; 2], [String; 2]) {
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let first = alice.creates("Harbour", &[&bob]).await;
    let second = alice.creates("Quay", &[&bob]).await;
    world.quiet().await;
    ([alice, bob], [first, second])
}

async fn names(who: &Person) -> Vec<String> {
    who.engine.groups().await.expect("it is open").into_iter().map(|g| g.name).collect()
}

#[test]
fn pinned_comes_first_archived_comes_back_with_a_message_and_a_restart_forgets_nothing() {
    story(1301, |world| async move {
        let ([mut alice, bob], [harbour, quay]) = two_groups(&world).await;
        bob.says(&quay, "newest").await;
        world.settle().await;
        assert_eq!(names(&alice).await, ["Quay", "Harbour"]);
        alice.engine.pin_group(harbour.clone(), true).await.expect("it is there");
        alice.engine.archive_group(quay.clone(), true).await.expect("it is there");
        alice.restart().await;
        world.settle().await;
        assert_eq!(names(&alice).await, ["Harbour", "Quay"]);
        let flags = |line: GroupSummary| (line.pinned, line.archived);
        assert_eq!(flags(alice.line(&harbour).await), (true, false));
        assert_eq!(flags(alice.line(&quay).await), (false, true));
        assert_eq!(flags(bob.line(&quay).await), (false, false));
        bob.says(&quay, "are you there?").await;
        world.settle().await;
        assert_eq!(flags(alice.line(&quay).await), (false, false));
    });
}

/// The groups for which a notification was requested since.
fn notified(events: &mut conclave_engine::Events) -> Vec<String> {
    let mut groups = Vec::new();
    while let Some(heard) = events.try_next() {
        if let Received::Event(Event::Notify { group, .. }) = heard {
            groups.push(group);
        }
    }
    groups
}

#[test]
fn a_muted_group_counts_and_says_nothing_until_its_time_is_over() {
    story(1302, |world| async move {
        let ([alice, bob], [harbour, quay]) = two_groups(&world).await;
        let until = alice.clock().now().0 + HOUR_MS;
        alice.engine.mute_group(harbour.clone(), Some(until)).await.expect("it is there");
        alice.engine.archive_group(harbour.clone(), true).await.expect("it is there");
        assert_eq!(alice.line(&harbour).await.muted_until_ms, Some(until));
        let mut events = alice.engine.events();
        bob.says(&harbour, "quiet").await;
        bob.says(&quay, "loud").await;
        world.settle().await;
        assert_eq!(notified(&mut events), std::slice::from_ref(&quay));
        let line = alice.line(&harbour).await;
        assert_eq!((line.unread, line.archived), (1, true), "it counts, and stays where it was put");
        tokio::time::sleep(std::time::Duration::from_millis(2 * HOUR_MS)).await;
        assert_eq!(alice.line(&harbour).await.muted_until_ms, None);
        bob.says(&harbour, "loud again").await;
        world.settle().await;
        assert_eq!(notified(&mut events), std::slice::from_ref(&harbour));
        assert!(!alice.line(&harbour).await.archived);
        alice.engine.mute_group(harbour.clone(), Some(u64::MAX)).await.expect("it is there");
        bob.says(&harbour, "quiet for ever").await;
        world.settle().await;
        assert_eq!(notified(&mut events), Vec::<String>::new());
        alice.engine.mute_group(harbour.clone(), None).await.expect("it is there");
        assert_eq!(alice.line(&harbour).await.muted_until_ms, None);
    });
}

#[test]
fn messages_are_read_by_a_wish_changes_only_by_being_seen_and_a_mark_by_a_look() {
    story(1303, |world| async move {
        let ([alice, bob], [harbour, _]) = two_groups(&world).await;
        let [carol] = world.people(["carol"]).await;
        bob.looks(&harbour).await;
        for text in ["one", "two", "three"] {
            alice.says(&harbour, text).await;
        }
        alice.adds(&harbour, &[&carol]).await;
        world.quiet().await;
        let counts = |line: GroupSummary| (line.unread, line.unseen_changes, line.marked_unread);
        assert_eq!(counts(bob.line(&harbour).await), (3, 1, false));
        bob.engine.mark_read(harbour.clone()).await.expect("it is there");
        assert_eq!(counts(bob.line(&harbour).await), (0, 1, false));
        bob.engine.mark_unread(harbour.clone()).await.expect("it is there");
        assert_eq!(counts(bob.line(&harbour).await), (0, 1, true));
        bob.looks(&harbour).await;
        assert_eq!(counts(bob.line(&harbour).await), (0, 0, false));
    });
}

#[test]
fn one_line_is_what_the_list_has() {
    story(1304, |world| async move {
        let ([alice, bob], groups) = two_groups(&world).await;
        bob.says(&groups[0], "hello").await;
        world.settle().await;
        for group in groups {
            assert_eq!(alice.engine.group_summary(group.clone()).await, Ok(alice.line(&group).await));
        }
        assert_eq!(alice.engine.group_summary("00".repeat(16)).await, Err(Error::NoSuchGroup));
    });
}

#[test]
fn nobody_has_more_reactions_to_a_message_than_are_kept() {
    story(1305, |world| async move {
        let ([alice, bob], [harbour, _]) = two_groups(&world).await;
        alice.says(&harbour, "hello").await;
        world.settle().await;
        let message = bob.message(&harbour, "hello").await;
        let react = |n: usize, on| bob.engine.react(&harbour, message.clone(), format!("e{n}"), on);
        for n in 0..REACTIONS_PER_PERSON_MAX {
            react(n, true).await.expect("there is room");
        }
        let full = Err(Error::TooMany { max: REACTIONS_PER_PERSON_MAX as u64 });
        assert_eq!(react(99, true).await, full);
        react(3, true).await.expect("it is there already");
        react(3, false).await.expect("it is taken back");
        react(99, true).await.expect("there is room again");
        assert_eq!(react(100, true).await, full);
        world.settle().await;
        let shown = alice.messages(&harbour).await.pop().expect("it is there").reactions;
        assert_eq!(shown.len(), REACTIONS_PER_PERSON_MAX);
        assert!(shown.iter().any(|r| r.emoji == "e99") && !shown.iter().any(|r| r.emoji == "e3"));
    });
}
