//! A draft survives the end of the app, and is gone once it was sent.

use conclave_engine::api::{DraftToKeep, EditToKeep, Error};
use conclave_protocol::GroupId;
use conclave_protocol::limits::TEXT_BYTES_MAX;
use conclave_store::Store;
use conclave_tests::{Person, story};

fn text(text: &str) -> DraftToKeep {
    DraftToKeep { text: text.to_owned(), ..DraftToKeep::default() }
}

async fn keeps(who: &Person, group: &str, draft: DraftToKeep) {
    who.engine.keep_draft(group, draft).await.expect("it is kept");
}

#[test]
fn a_draft_with_its_answer_is_there_after_a_restart_and_gone_once_sent() {
    story(1201, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        world.quiet().await;
        bob.says(&group, "at nine?").await;
        world.settle().await;
        let question = alice.message(&group, "at nine?").await;
        keeps(&alice, &group, DraftToKeep { reply_to: Some(question.clone()), ..text("yes, at") }).await;
        let killed = Store::open(&alice.copy_of_store(), &alice.store_key()).expect("it is whole");
        let id = GroupId::from_hex(&group).expect("a group's id");
        let found = killed.read(|view| view.draft(&id)).expect("it can be read").expect("it was durable");
        assert_eq!(found.text, "yes, at");
        alice.restart().await;
        world.settle().await;
        let kept = alice.engine.draft(group.clone()).await.expect("it is open").expect("it was kept");
        assert_eq!(kept.text, "yes, at");
        let quote = kept.reply_to.expect("it is an answer");
        assert_eq!((quote.message, quote.text.as_deref()), (question, Some("at nine?")));
        assert_eq!(alice.line(&group).await.draft.as_deref(), Some("yes, at"));
        alice.says(&group, "yes, at nine").await;
        assert_eq!(alice.engine.draft(group.clone()).await, Ok(None), "it is a message now");
        assert_eq!(alice.line(&group).await.draft, None);
    });
}

#[test]
fn an_edit_under_way_is_there_after_a_restart_over_the_text_that_it_interrupted() {
    story(1202, |world| async move {
        let [mut alice, bob] = world.people(["alice", "bob"]).await;
        let group = alice.creates("Harbour", &[&bob]).await;
        alice.says(&group, "at nine").await;
        world.quiet().await;
        let message = alice.message(&group, "at nine").await;
        let edit = EditToKeep { message: message.clone(), text: "at ten".to_owned() };
        keeps(&alice, &group, DraftToKeep { edit: Some(edit), ..text("and bring") }).await;
        alice.restart().await;
        world.settle().await;
        let kept = alice.engine.draft(group.clone()).await.expect("it is open").expect("it was kept");
        let edit = kept.edit.expect("an edit was under way");
        assert_eq!((edit.text.as_str(), edit.before.as_str()), ("at ten", "at nine"));
        alice.edits(&group, &message, "at ten").await;
        let kept = alice.engine.draft(group.clone()).await.expect("it is open").expect("the rest was kept");
        assert_eq!((kept.text.as_str(), kept.edit), ("and bring", None));
    });
}

#[test]
fn drafts_are_bounded_and_kept_in_the_order_of_the_calls() {
    story(1203, |world| async move {
        let [alice] = world.people(["alice"]).await;
        let group = alice.creates("Harbour", &[]).await;
        world.quiet().await;
        let too_long = alice.engine.keep_draft(&group, text(&"x".repeat(TEXT_BYTES_MAX + 1))).await;
        assert_eq!(too_long, Err(Error::TooLong { max: TEXT_BYTES_MAX as u64 }));
        let calls: Vec<_> =
            (0..50).map(|i| alice.engine.keep_draft(&group, text(&format!("draft {i}")))).collect();
        // In any order.
        futures::future::join_all(calls.into_iter().rev()).await;
        assert_eq!(alice.line(&group).await.draft.as_deref(), Some("draft 49"));
        let nowhere = alice.engine.keep_draft(&"00".repeat(16), text("x")).await;
        assert_eq!(nowhere, Err(Error::NoSuchGroup));
    });
}
