//! A draft is kept with its group, and deleted when it is sent.

use conclave_record::*;

use super::fixture::*;
use crate::*;

fn draft(text: &str) -> DraftRow {
    DraftRow { text: text.into(), ..DraftRow::default() }
}

fn keep(store: &Store, draft: &DraftRow) {
    store.write(|tx| tx.put_draft(&GROUP, draft)).unwrap();
}

fn kept(store: &Store) -> Option<DraftView> {
    store.read(|view| view.draft(&GROUP)).unwrap()
}

fn end(store: &Store, part: DraftPart) {
    store.write(|tx| tx.end_draft(&GROUP, part)).unwrap();
}

#[test]
fn a_draft_stays_with_what_it_answers_and_shows_in_the_list() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("at nine?"))]);
    keep(&store, &DraftRow { reply_to: Some(id(1)), ..draft("yes, at") });
    keep(&store, &DraftRow { reply_to: Some(id(1)), ..draft("yes, at nine") });
    let found = kept(&store).unwrap();
    assert_eq!(found.text, "yes, at nine");
    let quote = found.reply_to.unwrap();
    assert_eq!((quote.message, quote.text.as_deref()), (id(1), Some("at nine?")));
    assert_eq!(entry(&store).draft.as_deref(), Some("yes, at nine"));
    assert_eq!(entry(&store).activity.0, 1001, "a draft is no activity");
}

#[test]
fn only_the_beginning_of_a_long_one_is_in_the_list() {
    let (store, _) = in_a_group();
    keep(&store, &draft(&"ж".repeat(60_000)));
    assert_eq!(entry(&store).draft.unwrap().chars().count(), 200);
    assert_eq!(kept(&store).unwrap().text.chars().count(), 60_000);
}

#[test]
fn nothing_is_no_draft_but_an_answer_that_was_begun_is_one() {
    let (store, generation) = in_a_group();
    tell(&store, &generation, &[("bob", text("at nine?"))]);
    keep(&store, &DraftRow { reply_to: Some(id(1)), ..draft("") });
    assert_eq!(entry(&store).draft.as_deref(), Some(""));
    keep(&store, &draft(""));
    assert_eq!((kept(&store), entry(&store).draft), (None, None));
}

#[test]
fn what_was_sent_is_no_draft_any_more_and_what_lies_under_an_edit_stays() {
    let (store, _) = in_a_group();
    store.write(|tx| tx.add_send(&GROUP, &own(1, text("first")))).unwrap();
    let edit = EditRow { message: id(1), text: "first, mended".into() };
    keep(&store, &DraftRow { edit: Some(edit), ..draft("second") });
    let found = kept(&store).unwrap();
    let edit = found.edit.unwrap();
    assert_eq!((edit.text.as_str(), edit.before.as_str()), ("first, mended", "first"));
    assert_eq!(entry(&store).draft.as_deref(), Some("first, mended"), "what is on top is shown");
    end(&store, DraftPart::Edit);
    assert_eq!(kept(&store).unwrap(), DraftView { text: "second".into(), reply_to: None, edit: None });
    end(&store, DraftPart::Text);
    assert_eq!(kept(&store), None);
}

#[test]
fn an_edit_of_what_can_not_be_edited_any_more_is_not_lost() {
    let (store, generation) = in_a_group();
    tell(
        &store,
        &generation,
        &[("ana", text("mine")), ("bob", text("not mine")), ("ana", MessageKind::Delete { target: id(1) })],
    );
    for message in [id(1), id(2), id(99)] {
        let edit = EditRow { message, text: "edited".into() };
        keep(&store, &DraftRow { edit: Some(edit.clone()), ..draft("below") });
        assert_eq!(
            kept(&store).unwrap(),
            DraftView { text: "edited\n\nbelow".into(), reply_to: None, edit: None }
        );
        keep(&store, &DraftRow { edit: Some(edit), ..draft("") });
        assert_eq!(kept(&store).unwrap().text, "edited");
    }
}

#[test]
fn a_draft_goes_with_its_group() {
    let (store, _) = in_a_group();
    keep(&store, &draft("unsent"));
    store.write(|tx| tx.delete_group(&GROUP)).unwrap();
    let left: i64 = store.raw().query_row("SELECT count(*) FROM drafts", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    assert_eq!(store.write(|tx| tx.put_draft(&GROUP, &draft("x"))), Err(Error::NotFound(Missing::Group)));
}
