//! Connections that die silently.

use conclave_engine::api::Connection;
use conclave_tests::story;

use crate::outages::connection;

/// A dead connection of somebody who only reads; of somebody who sends, it is found sooner.
#[test]
fn a_line_that_went_silent_is_replaced() {
    story(9101, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let before = bob.network().connections();
        bob.network().hush();
        alice.says(&group, "hello").await;
        world.pass(90_000).await;
        assert_eq!(bob.reads(&group).await, ["hello"]);
        assert_eq!(bob.network().connections(), before + 2, "both, and once");
        bob.network().hush();
        bob.says(&group, "back").await;
        world.pass(35_000).await;
        assert_eq!(alice.reads(&group).await, ["hello", "back"]);
    });
}

/// What was under way on the dead connection is sent again on the next, and done once.
#[test]
fn what_was_asked_on_a_dead_line_is_asked_again() {
    story(9102, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.network().hush();
        for i in 0..5 {
            alice.says(&group, &format!("{i}")).await;
        }
        alice.renames(&group, "Quay").await;
        world.pass(60_000).await;
        assert_eq!(bob.reads(&group).await, ["0", "1", "2", "3", "4"]);
        assert_eq!(bob.sees(&group).await.name, "Quay");
        // The inbox is read on the other connection.
        carol.network().hush();
        alice.adds(&group, &[&carol]).await;
        world.pass(100_000).await;
        alice.says(&group, "welcome").await;
        world.settle().await;
        assert_eq!(carol.reads(&group).await, ["welcome"]);
    });
}

/// The window gets attention, or the network is back: a dead connection is found at once.
#[test]
fn who_asks_finds_a_dead_line_at_once() {
    story(9103, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.network().hush();
        alice.says(&group, "hello").await;
        world.settle().await;
        bob.engine.reconnect().await.unwrap();
        world.pass(12_000).await;
        assert_eq!(bob.reads(&group).await, ["hello"]);
        // On a good connection it costs a ping.
        let connections = bob.network().connections();
        for _ in 0..10 {
            bob.engine.reconnect().await.unwrap();
        }
        world.pass(60_000).await;
        assert_eq!(bob.network().connections(), connections);
        // Without one, it connects without waiting.
        bob.network().cut();
        world.pass(10 * 60_000).await;
        assert!(matches!(connection(&bob).await, Connection::Unreachable { .. }));
        bob.network().mend();
        bob.engine.reconnect().await.unwrap();
        world.pass(100).await;
        assert_eq!(connection(&bob).await, Connection::Connected);
    });
}

/// The machine slept, and its connections died meanwhile: the clock shows it.
#[test]
fn after_a_sleep_the_lines_are_looked_at() {
    story(9104, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.network().hush();
        alice.says(&group, "hello").await;
        world.settle().await;
        bob.clock().jump(8 * 60 * 60_000);
        world.pass(30_000).await;
        assert_eq!(bob.reads(&group).await, ["hello"]);
    });
}
