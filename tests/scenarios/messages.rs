//! What can be done with messages: reply, react, edit, delete; what is unread; what could not be sent.

use conclave_engine::api::{Draft, Error, FailReason, MessageBody, MessageState, TextFormat};
use conclave_protocol::wire::client_frame::Body;
use conclave_tests::network::Way;
use conclave_tests::{Person, oracle, story};

#[test]
fn replies_reactions_edits_and_deletions_go_both_ways() {
    story(601, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        for (one, other) in [(&alice, &bob), (&bob, &alice)] {
            let [question, answer, regret] =
                ["question", "answer", "regret"].map(|w| format!("{w} of {}", one.name()));
            one.says(&group, &question).await;
            one.says(&group, &regret).await;
            world.settle().await;
            let (asked, regretted) =
                (other.message(&group, &question).await, other.message(&group, &regret).await);
            other.replies(&group, &asked, &answer).await;
            other.reacts(&group, &asked, "👍", true).await;
            carol.reacts(&group, &asked, "👍", true).await;
            carol.reacts(&group, &asked, "👩‍🚀", true).await;
            one.deletes(&group, &regretted).await;
            world.settle().await;
            one.edits(&group, &asked, &format!("better {question}")).await;
            carol.reacts(&group, &asked, "👍", false).await;
            world.settle().await;
            for who in [&alice, &bob, &carol] {
                let messages = who.messages(&group).await;
                let edited = messages.iter().find(|m| m.message == asked).expect("it is there");
                assert!(edited.edited);
                let shown = &edited.reactions;
                let count = |emoji| shown.iter().find(|r| r.emoji == emoji).map_or(0, |r| r.people.len());
                assert_eq!((count("👍"), count("👩‍🚀")), (1, 1), "{} sees the reactions", who.name());
                let gone = messages.iter().find(|m| m.message == regretted).expect("its place is there");
                assert_eq!(gone.body, MessageBody::Deleted);
                let is_answer = |m: &&conclave_engine::api::MessageRow| matches!(&m.body, MessageBody::Text { text, .. } if *text == answer);
                let reply = messages.iter().find(is_answer).expect("the answer is there");
                let quote = reply.reply_to.as_ref().expect("it says what it answers");
                assert_eq!(quote.message, asked);
                assert_eq!(quote.text.as_deref(), Some(format!("better {question}").as_str()));
            }
        }
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn nobody_edits_or_takes_back_what_another_said() {
    story(602, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "mine").await;
        world.settle().await;
        let mine = bob.message(&group, "mine").await;
        let edited = bob.engine.edit(&group, mine.clone(), "yours".to_owned(), TextFormat::Plain).await;
        assert_eq!(edited, Err(Error::NoSuchMessage));
        assert_eq!(bob.engine.delete(&group, mine).await, Err(Error::NoSuchMessage));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn an_edit_has_the_format_of_its_new_text() {
    story(607, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "at nine").await;
        world.settle().await;
        let id = alice.message(&group, "at nine").await;
        for (text, format) in [("at **ten**", TextFormat::Markdown), (r"\o/ soon", TextFormat::Plain)] {
            alice.edits_as(&group, &id, text, format).await;
            world.settle().await;
            for who in [&alice, &bob] {
                let shown = who.messages(&group).await.remove(0);
                assert_eq!(shown.body, MessageBody::Text { text: text.to_owned(), format });
                assert!(shown.edited);
            }
        }
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn one_heart_is_one_reaction_whichever_way_it_was_written() {
    story(608, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.says(&group, "hello").await;
        world.settle().await;
        let id = alice.message(&group, "hello").await;
        let (text, colour) = ("\u{2764}", "\u{2764}\u{fe0f}");
        alice.reacts(&group, &id, text, true).await;
        bob.reacts(&group, &id, colour, true).await;
        // Not a reaction to its readers, so not one to its sender.
        let text_of_two_lines = bob.engine.react(&group, id.clone(), "a\nb".to_owned(), true).await;
        assert_eq!(text_of_two_lines, Err(Error::NotAReaction));
        // Once more, as another keyboard encodes it: it is the same.
        bob.reacts(&group, &id, text, true).await;
        world.settle().await;
        for who in [&alice, &bob] {
            let reactions = who.messages(&group).await.remove(0).reactions;
            assert_eq!(reactions.iter().map(|r| r.people.len()).collect::<Vec<_>>(), [2]);
        }
        bob.reacts(&group, &id, text, false).await;
        world.settle().await;
        let left = alice.messages(&group).await.remove(0).reactions.remove(0);
        assert_eq!(left.people.iter().map(|p| p.handle.as_str()).collect::<Vec<_>>(), ["alice"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn what_concerns_a_message_still_queued_waits_with_it() {
    story(603, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        alice.network().cut();
        alice.says(&group, "draft").await;
        alice.says(&group, "never mind").await;
        let draft = alice.message(&group, "draft").await;
        alice.edits(&group, &draft, "final").await;
        alice.reacts(&group, &draft, "🎉", true).await;
        alice.replies(&group, &draft, "and another thing").await;
        alice.deletes(&group, &alice.message(&group, "never mind").await).await;
        alice.restart().await;
        alice.network().mend();
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, ["final", "and another thing"]);
        let first = bob.messages(&group).await.remove(0);
        assert!(first.edited);
        assert_eq!(first.reactions.len(), 1);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

/// Sends all of these, one after the other; then polls the last first, as a thread pool may.
async fn says_at_once(who: &Person, group: &str, texts: &[String]) {
    let draft = |text: &String| Draft { text: text.clone(), format: TextFormat::Plain, reply_to: None };
    let mut calls: Vec<_> = texts.iter().map(|text| who.engine.send(group, draft(text))).collect();
    calls.reverse();
    for sent in futures::future::join_all(calls).await {
        sent.expect("a message is queued");
    }
}

#[test]
fn messages_have_the_order_in_which_they_were_handed_in() {
    story(605, |world| async move {
        let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob, &carol]).await;
        world.quiet().await;
        let texts: Vec<String> = (0..300).map(|n| n.to_string()).collect();
        says_at_once(&alice, &group, &texts).await;
        world.quiet().await;
        for who in [&alice, &bob, &carol] {
            assert_eq!(who.reads(&group).await, texts, "what {} reads", who.name());
        }
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn a_message_held_up_on_its_way_is_not_overtaken() {
    story(606, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        let mut held = false;
        alice.network().upstream(move |frame| {
            let first = !held && matches!(frame.body, Some(Body::SubmitEntry(_)));
            held |= first;
            if first { Way::Hold } else { Way::Pass }
        });
        let texts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        says_at_once(&alice, &group, &texts).await;
        world.settle().await;
        assert!(bob.reads(&group).await.is_empty(), "the first one is on its way");
        alice.network().behave();
        world.quiet().await;
        assert_eq!(bob.reads(&group).await, texts);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn texts_have_bounds_and_all_scripts() {
    story(604, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        assert_eq!(alice.tries_to_say(&group, "").await, Err(Error::Empty));
        assert_eq!(alice.tries_to_say(&group, " \n").await, Err(Error::Empty));
        let longest = "ß".repeat(32 << 10);
        let too_long = Error::TooLong { max: 64 << 10 };
        assert_eq!(alice.tries_to_say(&group, &format!("{longest}x")).await, Err(too_long));
        let texts =
            ["שלום, עולם", "مرحبًا", "こんにちは", "e\u{301}\u{327}", "👩🏽‍👩🏿‍👧‍👦", "\u{202e}gnp.exe", &longest];
        for text in texts {
            alice.says(&group, text).await;
        }
        let bold = Draft { text: "**b**".to_owned(), format: TextFormat::Markdown, reply_to: None };
        bob.engine.send(&group, bold).await.expect("markdown is a text");
        world.quiet().await;
        let read = bob.reads(&group).await;
        for text in texts {
            assert!(read.iter().any(|r| r == text), "{} bytes arrive as they are", text.len());
        }
        let last = alice.messages(&group).await;
        let markdown = |m: &conclave_engine::api::MessageRow| matches!(&m.body, MessageBody::Text { format: TextFormat::Markdown, text } if text == "**b**");
        assert!(last.iter().any(markdown));
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}

#[test]
fn unread_and_unseen_count_until_they_were_on_screen() {
    story(605, |world| async move {
        let [alice, mut bob, carol] = world.people(["alice", "bob", "carol"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.looks(&group).await;
        let counts = |line: conclave_engine::api::GroupSummary| (line.unread, line.unseen_changes);
        assert_eq!(counts(bob.line(&group).await), (0, 0));
        alice.says(&group, "one").await;
        alice.says(&group, "two").await;
        bob.says(&group, "my own").await;
        alice.adds(&group, &[&carol]).await;
        world.settle().await;
        assert_eq!(counts(bob.line(&group).await), (2, 1), "own messages are not unread");
        bob.restart().await;
        assert_eq!(counts(bob.line(&group).await), (2, 1));
        let rows = bob.timeline(&group).await;
        let text = |row: &&conclave_engine::api::TimelineRow| matches!(&row.body, conclave_engine::api::RowBody::Message(m) if m.sender.handle == "alice");
        let first = rows.iter().find(text).expect("alice's first");
        bob.engine.mark_seen(group.clone(), first.position).await.expect("a mark is kept");
        assert_eq!(bob.line(&group).await.unread, 1);
        bob.looks(&group).await;
        assert_eq!(counts(bob.line(&group).await), (0, 0));
        // A reaction to something read, or an edit of it, is not unread.
        let one = alice.message(&group, "one").await;
        alice.edits(&group, &one, "one, corrected").await;
        alice.reacts(&group, &one, "✅", true).await;
        world.quiet().await;
        assert_eq!(bob.line(&group).await.unread, 0);
        oracle::agree(&group, &[&alice, &bob, &carol]).await;
    });
}

#[test]
fn what_was_on_its_way_when_one_was_removed_is_shown_as_failed() {
    story(606, |world| async move {
        let [alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.network().upstream(|frame| match &frame.body {
            Some(Body::SubmitEntry(_)) => Way::Hold,
            _ => Way::Pass,
        });
        bob.says(&group, "wait for me").await;
        bob.says(&group, "and this").await;
        world.settle().await;
        alice.removes(&group, &bob).await;
        world.settle().await;
        bob.network().behave();
        world.quiet().await;
        assert!(alice.reads(&group).await.is_empty());
        let states = bob.states(&group).await;
        assert_eq!(states.len(), 2);
        let MessageState::Failed { intent, failure: FailReason::NotAMember } = states[0].clone() else {
            panic!("the first is shown as {:?}", states[0]);
        };
        assert_eq!(bob.engine.retry(group.clone(), intent.clone()).await, Err(Error::NotAMember));
        bob.engine.discard(group.clone(), intent).await.expect("it is given up");
        assert_eq!(bob.reads(&group).await, ["and this"]);
        // Back in the group, the rest can be retried.
        alice.adds(&group, &[&bob]).await;
        world.quiet().await;
        let states = bob.states(&group).await;
        let Some(MessageState::Failed { intent, .. }) = states.first().cloned() else {
            panic!("the other is shown as {states:?}");
        };
        bob.engine.retry(group.clone(), intent).await.expect("bob is a member");
        world.quiet().await;
        assert_eq!(alice.reads(&group).await, ["and this"]);
        oracle::agree(&group, &[&alice, &bob]).await;
    });
}
