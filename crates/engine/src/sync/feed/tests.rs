use std::time::Duration;

use conclave_delivery::LogPage;
use conclave_protocol::Epoch;
use conclave_protocol::SubmissionId;
use conclave_record::{Submission, SubmissionBody};
use conclave_store::LogPlace;

use super::*;
use crate::live::Delivery;

fn key(epoch: u64) -> AccessKey {
    AccessKey::new(Epoch(epoch), [1; 32])
}

fn page(seqs: std::ops::RangeInclusive<u64>, head: u64) -> LogPage {
    let entries = seqs.map(|seq| wire::LogEntry { seq, ..Default::default() }).collect();
    LogPage { entries, head: Seq(head) }
}

fn keys(epoch: u64) -> Keys {
    Keys { present: key(epoch), former: Vec::new() }
}

fn feed() -> Feed {
    let follow = Follow { from: ReadFrom::After(Seq(0)), keys: keys(1), log: LogPlace::default() };
    let mut feed = Feed::new(follow, 1, 1);
    feed.ask();
    feed.want_head();
    feed
}

#[test]
fn one_batch_at_a_time_in_order() {
    let mut feed = feed();
    assert_eq!(Pushed::Taken, feed.push(page(1..=300, 300)));
    let first = feed.next_batch().expect("entries are there");
    assert_eq!((first.entries.len(), first.at_head, first.remaining), (256, false, 300));
    assert!(feed.next_batch().is_none(), "the actor is busy");
    assert!(!feed.done(ReadFrom::After(Seq(256)), keys(1)));
    let second = feed.next_batch().expect("the rest");
    assert_eq!((second.entries[0].seq, second.at_head), (257, true));
}

#[test]
fn an_empty_log_is_told_once() {
    let mut feed = feed();
    assert_eq!(Pushed::Taken, feed.push(LogPage::default()));
    assert!(feed.next_batch().expect("the head is news").at_head);
    feed.done(ReadFrom::After(Seq(0)), keys(1));
    assert!(feed.next_batch().is_none());
}

#[test]
fn what_came_twice_is_taken_once() {
    let mut feed = feed();
    assert_eq!(Pushed::Taken, feed.push(page(1..=3, 3)));
    assert_eq!(Pushed::Taken, feed.push(page(2..=4, 4)));
    let batch = feed.next_batch().expect("entries");
    assert_eq!(batch.entries.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn too_much_is_read_again_later() {
    let mut feed = feed();
    assert_eq!(Pushed::Taken, feed.push(page(1..=2000, 2000)));
    let mut cursor = 0;
    let mut again = false;
    while let Some(batch) = feed.next_batch() {
        cursor = batch.entries.last().expect("not empty").seq;
        again = feed.done(ReadFrom::After(Seq(cursor)), keys(1));
    }
    assert_eq!(cursor, BUFFER_MAX as u64);
    assert!(again, "it subscribes again from where it is");
}

#[test]
fn a_paused_feed_goes_on_with_a_newer_key() {
    let mut feed = feed();
    assert_eq!(Pushed::Taken, feed.push(page(1..=2, 9)));
    assert!(!feed.pause(Seq(2)), "not before the batch is handled");
    let _ = feed.next_batch().expect("entries");
    assert!(feed.done(ReadFrom::After(Seq(2)), keys(2)));
    assert!(feed.pause(Seq(2)), "it was handled before the word came");
}

#[test]
fn what_is_missing_is_asked_for_once() {
    let mut feed = feed();
    assert_eq!(Pushed::Gap, feed.push(page(3..=4, 4)), "1 and 2 are missing");
    assert_eq!(Pushed::Taken, feed.push(page(1..=2, 4)));
    assert_eq!(Pushed::Taken, feed.push(page(3..=4, 4)));
    let batch = feed.next_batch().expect("entries");
    assert_eq!(batch.entries.len(), 4);
    assert_eq!(Pushed::Taken, feed.push(page(6..=6, 6)), "not before the batch is handled");
    assert!(feed.done(ReadFrom::After(Seq(4)), keys(1)), "5 is missing");
    assert_eq!(Pushed::Taken, feed.push(page(6..=6, 6)), "it is past its retention");
    assert_eq!(feed.next_batch().expect("an entry").entries[0].seq, 6);
}

#[test]
fn who_takes_a_part_of_a_batch_reads_the_rest_again() {
    let mut feed = feed();
    assert_eq!(Pushed::Taken, feed.push(page(1..=400, 400)));
    assert_eq!(feed.next_batch().expect("entries").entries.len(), 256);
    assert!(feed.done(ReadFrom::After(Seq(7)), keys(1)), "it subscribes again from there");
    assert!(feed.next_batch().is_none(), "what was here came in the same bad way");
    feed.ask();
    assert_eq!(Pushed::Taken, feed.push(page(8..=400, 400)));
    assert_eq!(feed.next_batch().expect("entries").entries[0].seq, 8);
}

#[test]
fn what_had_no_answer_waits_and_lets_nothing_overtake_it() {
    let (mut feed, ids) = (feed(), IdSource::seeded(1));
    assert_eq!(Pushed::Taken, feed.push(LogPage::default()));
    feed.submit(key(1), entry(1));
    assert_eq!(feed.take_unsent().len(), 1);
    let at = feed.unanswered(SubmissionId::new([1; 16]), 60_000, &ids).expect("a time is set");
    assert!(at >= Instant::now() + Duration::from_secs(59), "as long as was asked for");
    assert!(feed.retry_at(0, &ids) < at, "others don't wait for it");
    feed.submit(key(1), entry(2));
    assert!(feed.take_unsent().is_empty());
    assert_eq!(feed.next_unsent(), Some(at));
    feed.disconnected();
    assert_eq!(feed.take_unsent().len(), 1, "another connection is another matter");
    assert!(feed.take_unsent().is_empty(), "what was said after it waits for its answer");
}

#[test]
fn nothing_is_sent_on_a_new_connection_before_the_log_was_read() {
    let mut feed = feed();
    assert_eq!(Pushed::Taken, feed.push(page(1..=1, 1)));
    let _ = feed.next_batch().expect("entries");
    assert!(!feed.done(ReadFrom::After(Seq(1)), keys(1)));
    feed.submit(key(1), entry(1));
    assert_eq!(feed.take_unsent().len(), 1);
    feed.disconnected();
    feed.ask();
    assert!(feed.take_unsent().is_empty(), "it may be in the log already");
    assert_eq!(Pushed::Taken, feed.push(LogPage { entries: Vec::new(), head: Seq(1) }));
    assert_eq!(feed.take_unsent().len(), 1, "it is not");
}

/// A log of entries whose bodies say what they are.
fn entries(bodies: &[(u64, &str)], head: u64) -> LogPage {
    let entry = |(seq, body): &(u64, &str)| wire::LogEntry {
        seq: *seq,
        body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        ..Default::default()
    };
    LogPage { entries: bodies.iter().map(entry).collect(), head: Seq(head) }
}

/// Has handled `a` and `b`, at 1 and 2.
fn knowing() -> Feed {
    let mut feed = feed();
    assert_eq!(feed.push(entries(&[(1, "a"), (2, "b")], 2)), Pushed::Taken);
    let _ = feed.next_batch().expect("entries");
    assert!(!feed.done(ReadFrom::After(Seq(2)), keys(1)));
    feed.disconnected();
    feed
}

#[test]
fn a_new_subscription_shows_that_the_log_is_the_same() {
    let mut feed = knowing();
    assert_eq!(feed.ask(), ReadFrom::After(Seq(1)), "the newest known entry comes once more");
    assert_eq!(feed.push(entries(&[(2, "b"), (3, "c")], 3)), Pushed::Taken);
    assert_eq!(feed.next_batch().expect("what is new").entries.len(), 1);
}

#[test]
fn a_key_that_opens_nothing_after_the_cursor_is_not_asked_about_for_ever() {
    let mut feed = knowing();
    assert_eq!(feed.ask(), ReadFrom::After(Seq(1)));
    assert_eq!(feed.push(entries(&[(2, "b")], 2)), Pushed::Taken);
    assert!(feed.pause(Seq(2)), "it was handled: subscribe again");
    assert_eq!(feed.ask(), ReadFrom::After(Seq(2)), "the service refuses that, and the group shows it");
}

#[test]
fn other_bytes_at_a_known_place_and_a_head_below_the_cursor_raise_doubts() {
    for page in [entries(&[(2, "c"), (3, "d")], 3), entries(&[], 1)] {
        let mut feed = knowing();
        feed.ask();
        assert_eq!(feed.push(page), Pushed::Doubtful);
        assert!(feed.next_batch().is_none());
        assert!(feed.begin_comparing().is_some());
        assert!(feed.begin_comparing().is_none(), "one comparison at a time");
    }
    let mut feed = knowing();
    feed.ask();
    assert_eq!(feed.push(entries(&[(3, "c")], 3)), Pushed::Taken, "the known one is past its retention");
}

#[test]
fn a_log_that_was_set_back_goes_on_after_the_cursor() {
    let mut feed = knowing();
    feed.ask();
    assert_eq!(feed.push(entries(&[], 1)), Pushed::Doubtful);
    assert!(feed.begin_comparing().is_some());
    // The actor put a row at 3, and the service's next is 2.
    feed.was_set_back(Seq(1), ReadFrom::After(Seq(3)), keys(1));
    feed.trust();
    assert_eq!(feed.ask(), ReadFrom::After(Seq(1)), "the common entry is at 1 there");
    assert_eq!(feed.push(entries(&[(2, "c")], 2)), Pushed::Taken);
    let batch = feed.next_batch().expect("what is new");
    assert_eq!((batch.entries[0].seq, batch.offset, batch.at_head), (4, 2, true));
}

#[test]
fn a_submission_is_not_at_a_place_that_shows_another() {
    let mut feed = knowing();
    assert_eq!(feed.accepted(Seq(2), Mark::of_body(b"b")), Some(Seq(2)));
    assert_eq!(feed.accepted(Seq(2), Mark::of_body(b"c")), None);
    assert_eq!(feed.accepted(Seq(3), Mark::of_body(b"c")), Some(Seq(3)), "it is yet to come");
}

#[test]
fn a_new_membership_goes_after_a_former_one() {
    let log = LogPlace { newest: Seq(9), ..LogPlace::default() };
    let mut feed = Feed::new(Follow { from: ReadFrom::StartOf(Epoch(4)), keys: keys(4), log }, 2, 1);
    assert_eq!(feed.ask(), ReadFrom::StartOf(Epoch(4)));
    assert_eq!(feed.push(entries(&[(5, "commit"), (6, "a")], 6)), Pushed::Taken);
    let batch = feed.next_batch().expect("entries");
    assert_eq!((batch.entries[0].seq, batch.entries[1].seq, batch.offset), (10, 11, 5));
}

#[test]
fn it_is_known_what_became_of_a_commit() {
    let ids = IdSource::seeded(4);
    let id = |n| SubmissionId::new([n; 16]);
    let (bundle, welcomes) = (bytes::Bytes::new(), Vec::new());
    let body = SubmissionBody::Commit { bundle, welcomes, first_access_key: None, blob: None };
    let commit = Submission { id: id(9), epoch: Epoch(1), body };
    let mut feed = feed();
    feed.submit(key(1), entry(1));
    assert_eq!(feed.delivery(), None, "an entry is no commit");
    feed.submit(key(1), commit);
    assert_eq!(feed.delivery(), Some(Delivery::Held), "it may be in the log already");
    assert_eq!(Pushed::Taken, feed.push(LogPage::default()));
    assert_eq!(feed.delivery(), Some(Delivery::Behind), "it is to go");
    assert_eq!(feed.take_unsent().len(), 2);
    assert_eq!(feed.delivery(), Some(Delivery::Sent));
    let _ = feed.unanswered(id(9), 0, &ids);
    assert_eq!(feed.delivery(), Some(Delivery::Sent), "it goes again");
    let _ = feed.unanswered(id(9), 60_000, &ids);
    assert_eq!(feed.delivery(), Some(Delivery::PutOff));
    // The time came.
    feed.outbox.iter_mut().flat_map(|o| &mut o.retry).for_each(|retry| retry.not_before = Instant::now());
    assert_eq!(feed.take_unsent().len(), 1);
    assert_eq!(feed.delivery(), Some(Delivery::PutOff), "until the service says otherwise");
    feed.disconnected();
    assert_eq!(feed.delivery(), Some(Delivery::Behind));
    let _ = feed.unanswered(id(1), 60_000, &ids);
    assert_eq!(feed.delivery(), Some(Delivery::PutOff), "what goes before it is put off");
    feed.answered(id(1));
    feed.answered(id(9));
    assert_eq!(feed.delivery(), None);
}

fn entry(n: u8) -> Submission {
    let body = SubmissionBody::Entry { entry: bytes::Bytes::new() };
    Submission { id: SubmissionId::new([n; 16]), epoch: Epoch(1), body }
}

#[test]
fn nothing_is_sent_to_a_log_that_is_refused_before_it_is_granted() {
    let mut feed = feed();
    assert_eq!(feed.push(LogPage::default()), Pushed::Taken);
    feed.granted();
    feed.failed(true);
    feed.submit(key(1), entry(1));
    assert!(feed.is_off() && feed.take_unsent().is_empty());
    feed.ask();
    assert!(feed.take_unsent().is_empty(), "it may be refused again");
    feed.failed(false);
    assert!(feed.take_unsent().is_empty(), "no answer is no grant");
    feed.ask();
    feed.granted();
    assert_eq!(feed.take_unsent().len(), 1);
}

#[test]
fn a_log_that_failed_is_sent_to_all_the_same() {
    let mut feed = feed();
    feed.failed(false);
    feed.submit(key(1), entry(1));
    assert_eq!(feed.take_unsent().len(), 1, "it may not be made yet: its first commit may be this one");
}

#[test]
fn what_overflowed_and_is_paused_then_is_read_again_once_there_is_room() {
    let mut feed = feed();
    assert_eq!(feed.push(page(1..=2000, 2000)), Pushed::Taken);
    assert!(!feed.pause(Seq(2000)));
    for upto in [256, 512, 768] {
        assert!(feed.next_batch().is_some());
        assert!(!feed.done(ReadFrom::After(Seq(upto)), keys(2)), "there is more in the buffer");
    }
    assert!(feed.next_batch().is_some());
    assert!(feed.done(ReadFrom::After(Seq(1024)), keys(2)));
    assert_eq!(feed.ask(), ReadFrom::After(Seq(1024)));
    assert_eq!(feed.push(page(1025..=1025, 2000)), Pushed::Taken);
    assert_eq!(feed.next_batch().expect("the next one").entries.len(), 1);
}

#[test]
fn a_comparison_outlives_its_connection() {
    let mut feed = knowing();
    feed.ask();
    assert_eq!(feed.push(entries(&[], 1)), Pushed::Doubtful);
    assert!(feed.begin_comparing().is_some());
    feed.disconnected();
    feed.ask();
    assert_eq!(feed.push(entries(&[(2, "b"), (3, "c")], 3)), Pushed::Taken);
    assert!(
        feed.next_batch().is_none() && feed.begin_comparing().is_none(),
        "its answer may move the cursor"
    );
    feed.compare_later();
    assert!(feed.is_off());
    feed.ask();
    assert_eq!(feed.push(entries(&[(2, "b"), (3, "c")], 3)), Pushed::Taken);
    assert_eq!(feed.next_batch().expect("what is new").entries.len(), 1);
}

#[test]
fn a_doubt_stays_when_a_batch_could_not_be_taken() {
    let mut feed = feed();
    assert_eq!(feed.push(entries(&[(1, "a")], 1)), Pushed::Taken);
    assert!(feed.next_batch().is_some());
    feed.doubt();
    assert!(feed.begin_comparing().is_none(), "not while a batch is with the actor");
    feed.not_now();
    assert!(feed.begin_comparing().is_some());
}

#[test]
fn a_batch_carries_the_marks_of_its_entries() {
    let mut feed = feed();
    assert_eq!(feed.push(entries(&[(1, "a"), (2, "b")], 2)), Pushed::Taken);
    let batch = feed.next_batch().expect("entries");
    assert_eq!(*batch.marks, [(Seq(1), Mark::of_body(b"a")), (Seq(2), Mark::of_body(b"b"))]);
}
