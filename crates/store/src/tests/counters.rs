//! Whatever happens, the counters and last rows are what counting from scratch gives.

use conclave_protocol::{Epoch, GroupId, Seq, Timestamp};
use conclave_record::*;
use proptest::prelude::*;

use super::fixture::*;
use crate::*;

const GROUPS: [GroupId; 2] = [GroupId::new([1; 16]), GroupId::new([2; 16])];
const PEOPLE: [&str; 3] = ["ana", "bob", "cat"];

/// An event; its numbers choose among what exists.
#[derive(Debug, Clone, Copy)]
enum Step {
    Receive { group: usize, sender: usize, kind: usize, target: u32 },
    Send { group: usize, kind: usize, target: u32 },
    Accept { group: usize, which: usize },
    Fail { group: usize, which: usize },
    Retry { group: usize, which: usize },
    Discard { group: usize, which: usize },
    Wish { group: usize },
    Change { group: usize, actor: usize, rows: usize },
    Unreadable { group: usize },
    See { group: usize, position: u64 },
    Read { group: usize },
    Forget { group: usize },
    Again { group: usize },
    Fails { group: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let group = 0..GROUPS.len();
    prop_oneof![
        6 => (group.clone(), 0..3_usize, 0..5_usize, 0..40_u32)
            .prop_map(|(group, sender, kind, target)| Step::Receive { group, sender, kind, target }),
        4 => (group.clone(), 0..4_usize, 0..40_u32).prop_map(|(group, kind, target)| Step::Send { group, kind, target }),
        3 => (group.clone(), any::<usize>()).prop_map(|(group, which)| Step::Accept { group, which }),
        2 => (group.clone(), any::<usize>()).prop_map(|(group, which)| Step::Fail { group, which }),
        1 => (group.clone(), any::<usize>()).prop_map(|(group, which)| Step::Retry { group, which }),
        1 => (group.clone(), any::<usize>()).prop_map(|(group, which)| Step::Discard { group, which }),
        1 => group.clone().prop_map(|group| Step::Wish { group }),
        2 => (group.clone(), 0..3_usize, 1..4_usize)
            .prop_map(|(group, actor, rows)| Step::Change { group, actor, rows }),
        1 => group.clone().prop_map(|group| Step::Unreadable { group }),
        3 => (group.clone(), 0..60_u64).prop_map(|(group, position)| Step::See { group, position: position << 10 }),
        1 => group.clone().prop_map(|group| Step::See { group, position: (1 << 52) + 5 }),
        1 => group.clone().prop_map(|group| Step::Read { group }),
        1 => group.clone().prop_map(|group| Step::Forget { group }),
        1 => group.clone().prop_map(|group| Step::Again { group }),
        1 => group.prop_map(|group| Step::Fails { group }),
    ]
}

/// The world outside the store: its log, and what the store returned.
struct World {
    store: Store,
    generations: [Generation; 2],
    logs: [Log; 2],
    seq: u64,
    next: u32,
    intents: Vec<(usize, IntentId, Option<u32>)>,
}

fn kind_of(kind: usize, target: u32) -> MessageKind {
    let target = id(target);
    match kind {
        0 => text("hello"),
        1 => MessageKind::Reaction { target, emoji: "+".into() },
        2 => MessageKind::Edit { target, text: "better".into(), format: TextFormat::Markdown },
        3 => MessageKind::Delete { target },
        _ => MessageKind::Unknown { content_type: "x/y".into() },
    }
}

impl World {
    fn new() -> Self {
        let store = Store::open_temporary(&KEY).unwrap();
        let generations = store
            .write(|tx| {
                tx.put_account(&account())?;
                Ok([begin(tx, &GROUPS[0])?, begin(tx, &GROUPS[1])?])
            })
            .unwrap();
        Self { store, generations, logs: [Log::new(), Log::new()], seq: 0, next: 0, intents: vec![] }
    }

    fn advance(&mut self) -> (u64, u32) {
        self.seq += 1;
        self.next += 1;
        (self.seq, self.next - 1)
    }

    fn pick(&self, group: usize, which: usize) -> Option<(IntentId, Option<u32>)> {
        let of_group: Vec<_> = self.intents.iter().filter(|(of, ..)| *of == group).collect();
        let chosen = which.checked_rem(of_group.len())?;
        Some((of_group[chosen].1, of_group[chosen].2))
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Receive { group, sender, kind, target } => {
                let (seq, number) = self.advance();
                let row = message(number, PEOPLE[sender], seq, kind_of(kind, target));
                self.store.write(|tx| tx.add_message(&self.generations[group], &row)).unwrap();
            }
            Step::Send { group, kind, target } => {
                let (_, number) = self.advance();
                let own = own(number, kind_of(kind, target));
                let (intent, _) = self.store.write(|tx| tx.add_send(&GROUPS[group], &own)).unwrap();
                self.intents.push((group, intent, Some(number)));
            }
            Step::Wish { group } => {
                let kind = IntentKind::Rename { name: "x".into() };
                let intent =
                    self.store.write(|tx| tx.add_intent(&GROUPS[group], &kind, Timestamp(1))).unwrap();
                self.intents.push((group, intent, None));
            }
            Step::Accept { group, which } => self.accept(group, which),
            Step::Fail { group, which } | Step::Retry { group, which } | Step::Discard { group, which } => {
                if let Some((intent, _)) = self.pick(group, which) {
                    self.change_intent(step, &GROUPS[group], intent);
                }
            }
            Step::Change { group, actor, rows } => {
                let (seq, _) = self.advance();
                let log = &mut self.logs[group];
                let rows: Vec<_> =
                    (0..rows).map(|_| log.row(seq, MembershipKind::Added, PEOPLE[actor], "cat")).collect();
                self.store.write(|tx| tx.add_membership(&self.generations[group], &rows)).unwrap();
            }
            Step::Unreadable { group } => {
                let (seq, _) = self.advance();
                let cause = UnreadableCause::Damaged;
                let row =
                    UnreadableRow { seq: Seq(seq), at: Timestamp(seq), epoch: Epoch(1), sender: None, cause };
                self.store.write(|tx| tx.add_unreadable(&self.generations[group], &row)).unwrap();
            }
            Step::See { group, position } => {
                self.store.write(|tx| tx.mark_seen(&GROUPS[group], position)).unwrap();
            }
            Step::Read { group } => self.store.write(|tx| tx.mark_read(&GROUPS[group])).unwrap(),
            Step::Forget { group } => self.store.write(|tx| tx.forget(&self.generations[group])).unwrap(),
            Step::Again { group } => {
                self.generations[group] = self.store.write(|tx| begin(tx, &GROUPS[group])).unwrap();
                self.logs[group] = Log::new();
            }
            Step::Fails { group } => self.fail_halfway(group),
        }
    }

    fn fail_halfway(&self, group: usize) {
        let generation = self.generations[group];
        let row = message(1_000_000, "bob", self.seq + 1, text("never"));
        let failing = |tx: &mut Tx<'_>| {
            tx.add_message(&generation, &row)?;
            tx.mark_seen(&generation.group, u64::MAX)?;
            Err::<(), _>(Error::TooSlow)
        };
        self.store.write(failing).unwrap_err();
    }

    /// Only what failed may be retried or discarded.
    fn change_intent(&self, step: Step, group: &GroupId, intent: IntentId) {
        let failed = IntentChange::Failed(FailReason::Refused);
        let result = self.store.write(|tx| match step {
            Step::Retry { .. } => tx.retry(group, intent),
            Step::Discard { .. } => tx.discard(group, intent),
            _ => tx.set_intent(group, intent, failed).map(drop),
        });
        assert!(matches!(result, Ok(()) | Err(Error::Conflict { .. } | Error::NotFound(_))), "{result:?}");
    }

    fn accept(&mut self, group: usize, which: usize) {
        let Some((intent, number)) = self.pick(group, which) else { return };
        let (seq, _) = self.advance();
        let generation = self.generations[group];
        self.store
            .write(|tx| match number {
                Some(number) => tx.sent(&generation, &id(number), Seq(seq), Timestamp(seq), Epoch(1)),
                None => tx.set_intent(&generation.group, intent, IntentChange::Done),
            })
            .unwrap();
    }

    /// Recounts everything from the timeline as shown.
    fn check(&self) {
        for entry in self.store.read(|view| view.groups()).unwrap() {
            let group = entry.generation.group;
            let rows = self.whole_timeline(&group);
            let seen: i64 = self
                .store
                .raw()
                .query_row("SELECT seen_position FROM groups WHERE group_id = ?1", [group.as_bytes()], |r| {
                    r.get(0)
                })
                .unwrap();
            let after = |row: &&TimelineRow| i64::try_from(row.position).unwrap() > seen;
            let unread = self.unread_texts(&group);
            let unseen = rows.iter().filter(after).filter(|row| is_change_of_others(row)).count();
            assert_eq!((entry.unread as usize, entry.unseen as usize), (unread, unseen));
            check_last(&entry, rows.last());
            let chain = self.store.read(|view| view.verify_chain(&group)).unwrap();
            assert!(!matches!(chain, ChainState::BrokenAt { .. }), "{chain:?}");
        }
        let broken: Option<String> =
            self.store.raw().query_row("PRAGMA foreign_key_check", [], |row| row.get(0)).ok();
        assert_eq!(broken, None);
    }

    /// Unread texts of others, except those that their authors deleted.
    fn unread_texts(&self, group: &GroupId) -> usize {
        let sql = "SELECT count(*) FROM messages m JOIN groups g ON g.id = m.group_row JOIN people p ON p.id = m.sender
                   WHERE g.group_id = ?1 AND m.position > g.read_position AND m.kind = 0 AND m.state = 0
                     AND m.body IS NOT NULL AND p.handle <> 'ana'";
        self.store.raw().query_row(sql, [group.as_bytes()], |row| row.get(0)).unwrap()
    }

    fn whole_timeline(&self, group: &GroupId) -> Vec<TimelineRow> {
        let mut rows: Vec<TimelineRow> = vec![];
        loop {
            let from = rows.last().map_or(0, |row| row.position + 1);
            let page = self.store.read(|view| view.timeline(group, PageFrom::From(from), 7)).unwrap();
            rows.extend(page.rows);
            if !page.more_after {
                assert!(rows.windows(2).all(|pair| pair[0].position < pair[1].position));
                return rows;
            }
        }
    }
}

fn is_change_of_others(row: &TimelineRow) -> bool {
    matches!(&row.body, RowBody::Membership(entry) if entry.row.actor != Some(client("ana")))
}

fn check_last(entry: &GroupEntry, last: Option<&TimelineRow>) {
    match (&entry.last, last.map(|row| (&row.body, row.at))) {
        (None, None) => {}
        (Some(LastRow::Message { at, sender, state, .. }), Some((RowBody::Message(message), row_at))) => {
            assert_eq!((*at, sender, *state), (row_at, &message.sender, message.state));
        }
        (Some(LastRow::Membership { at, kind, .. }), Some((RowBody::Membership(row), row_at))) => {
            assert_eq!((*at, *kind), (row_at, row.row.kind));
        }
        (Some(LastRow::Other { at }), Some((_, row_at))) => assert_eq!(*at, row_at),
        (shown, row) => panic!("{shown:?} is shown, but the last row is {row:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counters_and_last_rows_are_the_truth(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
            world.check();
        }
    }
}
